"""How long the gates of training data take, and how much memory: `python -m benchmarks.dataset_gates --help`.

The samples are windows of two and three sentences of real articles, each with a question about it. Neighbours overlap,
which is the hard case for near-duplicates. The baseline, in the same process, is what many make do with: MinHash
signatures of the answers (runs of five words, 128 values) and one query of an LSH index for each.
"""

import json
import re
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from benchmarks.planted.material import Bench, Paragraph, articles
from llm_engineering.application.crawl.resemblance import SIGNATURE_VALUES, fingerprint, signature
from llm_engineering.application.datasets.configuration import DatasetGates
from llm_engineering.application.datasets.gating import gated_dataset
from llm_engineering.domain.documents import CleanedDocument
from llm_engineering.domain.samples import InstructSample
from llm_engineering.infrastructure.datasets.detectors import dataset_detectors

_WAREHOUSE: Final = Path("../shared/data/warehouse")
_SENTENCE: Final = re.compile(r"[^.!?\n][^.!?]*[.!?](?=\s|\Z)")
_WINDOWS: Final = (2, 3)
_SEED: Final = 1


@click.command(context_settings={"max_content_width": 120})
@click.option("--samples", "count", type=click.IntRange(min=100), default=10_000, show_default=True)
@click.option(
    "--warehouse",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=_WAREHOUSE,
    show_default=True,
    help="Folder of an exported warehouse.",
)
@click.option("--without-provenance", is_flag=True, help="Compare each answer with all documents.")
def main(count: int, warehouse: Path, *, without_provenance: bool) -> None:
    """Gate samples of real text and print seconds, memory and the ratio to the baseline as JSON."""
    documents = articles(warehouse)
    samples = _samples(documents, count)
    if without_provenance:
        samples = [sample.model_copy(update={"provenance": None}) for sample in samples]
    baseline = _seconds_of_baseline(samples)
    measured = _measured(samples, documents)
    ratio = round(measured["seconds"] / baseline, 1)
    print(json.dumps({**measured, "baseline_seconds": round(baseline, 1), "times_the_baseline": ratio}, indent=2))


def _samples(documents: tuple[CleanedDocument, ...], count: int) -> list[InstructSample]:
    bench = Bench(documents, _SEED)
    windows = list(_windows(documents))
    bench.random.shuffle(windows)
    if len(windows) < count:
        print(f"The articles have {len(windows)} windows of sentences, fewer than {count}.", file=sys.stderr)
    return [
        bench.sample(window, window.text, f"What did you find out, case {place}: {' '.join(window.text.split()[:6])}?")
        for place, window in enumerate(windows[:count])
    ]


def _windows(documents: tuple[CleanedDocument, ...]) -> Iterator[Paragraph]:
    for document in documents:
        found = list(_SENTENCE.finditer(document.text))
        for length in _WINDOWS:
            for first, last in zip(found, found[length - 1 :], strict=False):
                yield Paragraph(document, first.start(), last.end())


def _seconds_of_baseline(samples: list[InstructSample]) -> float:
    from datasketch import MinHashLSH

    started = time.perf_counter()
    index = MinHashLSH(threshold=0.7, num_perm=SIGNATURE_VALUES)
    for sample in samples:
        of_answer = signature(fingerprint(sample.answer))
        index.query(of_answer)
        index.insert(sample.id, of_answer)
    return time.perf_counter() - started


def _measured(samples: list[InstructSample], documents: tuple[CleanedDocument, ...]) -> dict[str, Any]:
    detectors = dataset_detectors()
    started, used = time.perf_counter(), time.process_time()
    gated = gated_dataset(samples, documents, DatasetGates(), detectors)
    return {
        "samples": gated.total,
        "kept": len(gated.kept),
        "rejected": {str(reason): number for reason, number in gated.rejections().items()},
        "seconds": round(time.perf_counter() - started, 1),
        "processor_seconds": round(time.process_time() - used, 1),
        "peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


if __name__ == "__main__":
    main()
