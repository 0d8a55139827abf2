"""A short account of a run of the data pipelines, for people: what each source gave, and what became of it."""

from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text
from zenml.models import PipelineRunResponse

from llm_engineering.application.crawl.report import CrawlReport
from llm_engineering.application.index.sync import IndexReport
from llm_engineering.application.preprocess.chunking import Chunks
from llm_engineering.application.preprocess.cleaning import CleanedDocuments
from llm_engineering.domain.outcomes import Result, counted
from steps.figures import shown_value

ResultT = TypeVar("ResultT", bound=Result)


@dataclass(frozen=True, slots=True)
class DataResults:
    """The artifacts of one run of `end_to_end_data` for one author."""

    crawl: CrawlReport
    cleaned: CleanedDocuments
    chunks: Chunks
    index: IndexReport


def data_results(run: PipelineRunResponse) -> DataResults:
    """Return the artifacts of a finished run."""
    return DataResults(
        crawl=_artifact(run, "crawl_links", CrawlReport),
        cleaned=_artifact(run, "clean_documents", CleanedDocuments),
        chunks=_artifact(run, "chunk_documents", Chunks),
        index=_artifact(run, "load_to_vector_db", IndexReport),
    )


def _artifact(run: PipelineRunResponse, step: str, result_type: type[ResultT]) -> ResultT:
    """Return the only artifact of a step."""
    ((artifact, *_),) = run.steps[step].outputs.values()
    loaded = artifact.load()
    if not isinstance(loaded, result_type):
        raise TypeError(f"the step {step} made a {type(loaded).__name__}, not a {result_type.__name__}")
    return loaded


def print_data_summary(results: DataResults, console: Console) -> None:
    """Print a row per source, and what the documents became."""
    sources = Table("source", "status", "links", "new", "changed", "same", "gone", box=None, pad_edge=False)
    for source in (outcome for outcome in results.crawl.outcomes if not outcome.source):
        outcomes = [each for each in results.crawl.outcomes if source.link in {each.link, each.source}]
        changes = ("inserted", "updated", "unchanged", "gone")
        numbers = (sum(getattr(outcome, change) for outcome in outcomes) for change in changes)
        status = source.reason or source.status
        sources.add_row(Text(source.link, overflow="fold"), status, str(len(outcomes)), *map(str, numbers))
    console.print(sources, highlight=False)
    chunks, index = results.chunks.figures, results.index
    dropped = {**results.crawl.dropped_by_reason, **counted(drop.reason for drop in results.cleaned.dropped)}
    print_line = partial(console.print, highlight=False, soft_wrap=True)
    print_line(f"Documents  {len(results.cleaned.items):,} kept; dropped: {shown_value(dropped)}")
    print_line(
        f"Chunks     {chunks['chunks']:,} with {chunks['covered_characters_percent']} % of the characters; "
        f"{chunks['chunks_cut_by_the_model']} longer than the model reads"
    )
    print_line(
        f"Index      {index.embedded:,} chunks embedded, {index.refreshed:,} refreshed, {index.unchanged:,} unchanged, "
        f"{index.deleted:,} deleted, in {index.seconds:.0f} s"
    )
