"""What the gates leave of a set of samples."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from llm_engineering.application.datasets.configuration import DatasetGates, Duplicates
from llm_engineering.application.datasets.detectors import Detectors
from llm_engineering.application.datasets.gates.balance import unbalanced
from llm_engineering.application.datasets.gates.contamination import contaminated
from llm_engineering.application.datasets.gates.repeats import Repeats, torn_documents
from llm_engineering.application.datasets.gates.similarity import dissimilar, similarities
from llm_engineering.application.datasets.gates.sources import Sources
from llm_engineering.application.datasets.measures import kept_figures
from llm_engineering.application.datasets.sample_gates import SampleGates
from llm_engineering.application.ports import Embedder
from llm_engineering.domain.documents import CleanedDocument
from llm_engineering.domain.errors import InvalidInputError, TwinError
from llm_engineering.domain.samples import GatedDataset, Rejection, Sample, SampleKind, Split

_NO_TEXTS: Mapping[str, Sequence[str]] = MappingProxyType({})


class NoSamplesError(InvalidInputError):
    """There is nothing to gate."""

    def __init__(self) -> None:
        super().__init__("A data set has no samples.", remedy="Look at what was generated or read before the gates.")


class MixedKindsError(InvalidInputError):
    """A set has both instruct and preference samples."""

    def __init__(self, kinds: Sequence[str]) -> None:
        super().__init__(
            f"A data set has to be of one kind, got samples of the kinds {', '.join(kinds)}.",
            remedy="Gate them as two sets.",
        )
        self.kinds = tuple(kinds)


class YieldTooLowError(TwinError):
    """The gates left too few samples of a set."""

    def __init__(self, dataset: GatedDataset, min_share: float, min_kept: int = 0) -> None:
        counts = ", ".join(f"{reason} {count}" for reason, count in dataset.rejections().items())
        needed = f"at least {min_share:.1%}" + (f" and {min_kept} samples" if min_kept else "")
        super().__init__(
            f"Of {dataset.total} samples {len(dataset.kept)} passed the gates ({dataset.kept_share:.1%}; needed are "
            f"{needed}). Rejected: {counts or 'none'}.",
            remedy="Look at the rejected samples: mend what makes them, or change the gates on purpose.",
        )
        self.dataset = dataset
        self.min_share = min_share
        self.min_kept = min_kept


class RepeatedIdError(InvalidInputError):
    """Two samples of a set have the same id, so that nothing could be said of either."""

    def __init__(self, sample_id: str, count: int) -> None:
        super().__init__(
            f"{count} samples of a data set have the id {sample_id!r}.",
            remedy="Give each sample an id of its own, or none to any.",
        )
        self.sample_id = sample_id
        self.count = count


def gated_dataset(
    samples: Sequence[Sample],
    documents: Sequence[CleanedDocument],
    gates: DatasetGates,
    detectors: Detectors,
    evaluation_texts: Mapping[str, Sequence[str]] = _NO_TEXTS,
    *,
    embedder: Embedder | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> GatedDataset:
    """Return which samples pass the gates, and for each other one why it does not.

    The gates that look at one sample come first, each sample ending at the first that rejects it; then those that
    compare samples with each other, so that nothing counts as a repetition of what is not used. In samples that are
    rejected for secrets or personal data these are masked.

    Args:
        samples: All of one kind. Their `split` is kept; those without one go to the training side.
        documents: What the samples are made of, cleaned; those without provenance are compared with all of them.
        gates: What is demanded.
        detectors: What looks for personal data, secrets and so on.
        evaluation_texts: Texts of evaluation sets, which no sample may hold, by the name of the set.
        embedder: Compares answers with their sources by meaning too; None: by words alone.
        on_progress: Told how many more samples went through the gates that look at one sample.

    Raises:
        NoSamplesError: There are no samples.
        MixedKindsError: They are not of one kind.
        RepeatedIdError: Two have the same id.
    """
    kind = _checked_kind(samples)
    sources = Sources(documents, detectors.encoder)
    alone = SampleGates(samples, gates, detectors, sources)
    passed, rejected = [], []
    for sample in samples:
        rejection = alone.rejection(sample)
        if rejection:
            rejected.append(rejection)
        else:
            passed.append(sample)
        if on_progress:
            on_progress(1)
    similarity: dict[str, float] = {}
    if embedder is not None and gates.grounding is not None:
        similarity = similarities(passed, sources, embedder, detectors.encoder)
        passed = _without(passed, dissimilar(passed, similarity, gates.grounding.min_similarity), rejected)
    for rejections in _set_gates(gates, evaluation_texts):
        passed = _without(passed, rejections(passed), rejected)
    return GatedDataset(
        kind=kind,
        train=tuple(sample for sample in passed if sample.split is not Split.TEST),
        test=tuple(sample for sample in passed if sample.split is Split.TEST),
        rejected=tuple(rejected),
        flagged=tuple(flag for sample in passed if (flag := alone.flag(sample))),
        figures=kept_figures(passed, alone.supported, alone.run_shares, similarity),
        contract_hash=_contract_hash(passed),
    )


def _checked_kind(samples: Sequence[Sample]) -> SampleKind:
    """Return the kind of all samples."""
    if not samples:
        raise NoSamplesError
    kinds = sorted({sample.kind for sample in samples})
    if len(kinds) > 1:
        raise MixedKindsError(kinds)
    sample_id, count = Counter(sample.id for sample in samples).most_common(1)[0]
    if count > 1:
        raise RepeatedIdError(sample_id, count)
    return kinds[0]


def _without(samples: Sequence[Sample], found: Sequence[Rejection], rejected: list[Rejection]) -> list[Sample]:
    """Return the samples that are left, and note the rejected ones."""
    rejected += found
    gone = {rejection.sample.id for rejection in found}
    return [sample for sample in samples if sample.id not in gone]


def _set_gates(
    gates: DatasetGates, evaluation_texts: Mapping[str, Sequence[str]]
) -> Iterator[Callable[[Sequence[Sample]], list[Rejection]]]:
    """Yield the gates that compare samples with others, in order."""
    contamination, duplicates = gates.contamination, gates.duplicates
    if contamination and evaluation_texts:
        yield lambda samples: contaminated(samples, evaluation_texts, contamination)
    if gates.check_leakage:
        yield torn_documents
    if duplicates or gates.check_leakage:
        yield lambda samples: Repeats(samples, duplicates or Duplicates()).rejected(
            within=duplicates is not None, across=gates.check_leakage
        )
    yield lambda samples: unbalanced(samples, gates.balance)


def _contract_hash(samples: Sequence[Sample]) -> str | None:
    """Return the hash of the contract that all samples were made under; None if they do not say, or differ."""
    hashes = {sample.provenance.contract_hash if sample.provenance else None for sample in samples}
    return hashes.pop() if len(hashes) == 1 else None


def require_yield(dataset: GatedDataset, min_share: float, min_kept: int = 0) -> GatedDataset:
    """Return the data set if enough of its samples are kept.

    Raises:
        YieldTooLowError: They are not.
    """
    if dataset.kept_share < min_share or len(dataset.kept) < min_kept:
        raise YieldTooLowError(dataset, min_share, min_kept)
    return dataset
