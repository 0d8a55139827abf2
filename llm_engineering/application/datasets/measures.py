"""Figures of the samples that the gates keep."""

from collections.abc import Mapping, Sequence

import numpy as np

from llm_engineering.application.datasets.gates.texts import words
from llm_engineering.application.datasets.gates.verdicts import good_answer
from llm_engineering.domain.samples import Sample, Split


def kept_figures(
    samples: Sequence[Sample],
    supported: Mapping[str, float],
    run_shares: Mapping[str, float],
    similarity: Mapping[str, float],
) -> dict[str, float]:
    """Return the figures of a data set: lengths, sources, and how far its answers are grounded.

    Args:
        samples: Those that are kept; none has no figures.
        supported: Supported share of the answers that were measured, by the id of the sample.
        run_shares: Share of their runs of six words that the source has.
        similarity: Cosine of answer and source.
    """
    if not samples:
        return {}
    figures = _lengths("answer_words", [len(words(good_answer(sample))) for sample in samples])
    figures |= _lengths("instruction_words", [len(words(sample.instruction)) for sample in samples])
    figures |= _sources(samples)
    for name, values in (
        ("supported_share", supported),
        ("run_share", run_shares),
        ("similarity", similarity),
    ):
        of_kept = [values[sample.id] for sample in samples if sample.id in values]
        if of_kept:
            figures[f"{name}_mean"] = float(np.mean(of_kept))
            figures[f"{name}_min"] = float(np.min(of_kept))
    return figures


def _lengths(name: str, counts: Sequence[int]) -> dict[str, float]:
    low, middle, high = np.percentile(counts, [5, 50, 95])
    return {f"{name}_p5": float(low), f"{name}_median": float(middle), f"{name}_p95": float(high)}


def _sources(samples: Sequence[Sample]) -> dict[str, float]:
    known = [sample for sample in samples if sample.provenance]
    train, test = (
        {each.provenance.source.document_id for each in known if each.provenance and (each.split is Split.TEST) is side}
        for side in (False, True)
    )
    return {
        "documents": float(len(train | test)),
        "documents_on_both_sides": float(len(train & test)),
        "authors": float(len({each.provenance.source.author_id for each in known if each.provenance})),
    }
