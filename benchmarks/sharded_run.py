"""What shards cost on one machine: `python -m benchmarks.sharded_run`.

The whole feature pipeline is run by ZenML on SQLite and Qdrant Edge, each time from the same new documents into an
empty index. The baseline is the pipeline without shards. On one machine shards can only cost: the cores are the same,
each step takes ZenML time, and texts are cut twice. So it is seen what a cluster has to gain first.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import click

from llm_engineering.application.warehouse.authors import written_author
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.domain.documents import ArticleDocument, Content
from llm_engineering.domain.identity import identifier
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from pipelines.parameters import FeatureEngineering
from tools.console import told_errors
from tools.run_configuration import RunConfiguration

AUTHOR = "Ada Lovelace"
_WORDS = (
    *("engine", "weave", "pattern", "loom", "number", "card", "table", "note"),
    *("letter", "proof", "series", "motion", "wheel", "column", "store", "mill"),
)
_WORDS_OF_A_DOCUMENT = 120
_FOOTER = "\n\n# Thanks\n\nSubscribe to the letter of the engine, and tell a friend who likes numbers of it.\n"


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a run with some number of shards took."""

    shards: int
    seconds: float
    cpu_seconds: float
    """Of this process, all threads together; other programs have less influence on it."""
    embedded: int
    steps: int


def documents(number: int, author_id: str) -> Iterator[ArticleDocument]:
    """Yield documents of words in an order of their own, each with the same passage at its end."""
    for each in range(number):
        words = Random(each).choices(_WORDS, k=_WORDS_OF_A_DOCUMENT)  # noqa: S311 - it only has to be repeatable
        link = f"https://ada.dev/{each}"
        yield ArticleDocument(
            id=identifier("document", author_id, link),
            content=Content(title=f"Number {each}", text=f"# Part\n\n{' '.join(words)}.{_FOOTER}", language="en"),
            platform="ada.dev",
            author_id=author_id,
            author_full_name=AUTHOR,
            link=link,
        )


def measured(number: int, shards: int) -> Measurement:
    """Run the pipeline once, from new documents into an empty index."""
    from tools.pipeline_start import PreparedRun, chosen_run
    from tools.run_summary import step_figures

    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATA_FOLDER"] = folder
        with closing(SqliteDocumentStore.open(Path(folder) / "documents.sqlite3", timeout_seconds=5)) as store:
            write_documents(store, documents(number, written_author(store, AUTHOR).author.id))
        parameters = FeatureEngineering(author_full_names=(AUTHOR,), shards=shards)
        run = chosen_run(PreparedRun("feature_engineering", RunConfiguration(parameters, settings={})))
        started, cpu_started = time.perf_counter(), time.process_time()
        finished = run.start(use_cache=False)
        seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
        (report,) = (each for name, each in step_figures(finished).items() if name.endswith("/ index_report"))
        return Measurement(shards, seconds, cpu_seconds, int(str(report["embedded_chunks"])), len(finished.steps))


@click.command(help=__doc__)
@click.option("--documents", "number", default=200, show_default=True, type=click.IntRange(min=1))
@click.option("--shards", default="1,4,8", show_default=True, help="Numbers of shards, the baseline first.")
@told_errors
def main(number: int, shards: str) -> None:
    """Measure and print a table."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as zenml:
        os.environ |= {
            "ZENML_CONFIG_PATH": zenml,
            "ZENML_CUSTOM_SOURCE_ROOT": str(Path.cwd()),
            "ZENML_ANALYTICS_OPT_IN": "false",
            "ZENML_LOGGING_VERBOSITY": "WARN",
            "TEXT_EMBEDDING_BACKEND": "cpu-float32",  # nothing is measured beside
        }
        measured(2, 1)  # ZenML makes its tables, and torch is loaded
        found = [measured(number, int(each)) for each in shards.split(",")]
    print("| Shards | Seconds | Of a processor | Against the first | Chunks embedded | Steps of ZenML |")
    print("| --- | --- | --- | --- | --- | --- |")
    for each in found:
        ratio = each.cpu_seconds / found[0].cpu_seconds
        row = (
            each.shards,
            f"{each.seconds:.1f}",
            f"{each.cpu_seconds:.1f}",
            f"{ratio:.1f} x",
            each.embedded,
            each.steps,
        )
        print(f"| {' | '.join(map(str, row))} |")


if __name__ == "__main__":
    main()
