"""Measures retrieval on a corpus of one's own: `python -m tools.evaluate_retrieval --help`."""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from llm_engineering.domain.errors import InvalidInputError
from tools.console import configured_console, told_errors

if TYPE_CHECKING:
    from llm_engineering.application.retrieve.configuration import Retrieval
    from llm_engineering.application.retrieve.evaluation import Measures, Rankings
    from llm_engineering.application.retrieve.judgements import JudgedDocument, JudgedQuestion
    from llm_engineering.application.retrieve.passages import Retriever

RANKED_CHUNKS: Final = 100
"""Chunks that are ranked for each question; its documents are ranked by their best chunk."""
_FILE = click.Path(dir_okay=False, path_type=Path)


class UnwritableRankingsError(InvalidInputError):
    """The file for the rankings cannot be written."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} cannot be written: {reason}.", remedy="Name a file in a folder that can be written.")
        self.path = path
        self.reason = reason


@click.command(
    context_settings={"max_content_width": 120},
    help="""Rank the documents of a corpus for each question, with the project's own cleaning, chunks, index and search.

    \b
    Example:
      python -m tools.evaluate_retrieval --corpus corpus.jsonl --queries queries.jsonl --rankings out.jsonl

    A corpus has one JSON object a line: id, title, text. Questions have id, text and, if somebody has judged,
    relevant: {document id: grade from 1}. Then nDCG@10, recall@10 and MRR@10 are printed with 95 % bootstrap
    intervals, by meaning alone (dense), by words alone (sparse) and as configured (fused). The index is temporary.""",
)
@click.option("--corpus", type=_FILE, required=True, help="Documents, JSON Lines.")
@click.option("--queries", type=_FILE, required=True, help="Questions, JSON Lines.")
@click.option("--rankings", type=_FILE, required=True, help="File to write: id and ranking (document ids) a line.")
@click.option("--config", default="retrieval.yaml", show_default=True, help="A path, or a file in configs/.")
@told_errors
def main(corpus: Path, queries: Path, rankings: Path, config: str) -> None:
    """Write rankings and print how good they are."""
    configured_console(level="WARNING")
    from llm_engineering.application.retrieve.configuration import Retrieval
    from llm_engineering.application.retrieve.judgements import JudgedDocument, JudgedQuestion, items_of
    from tools.run_configuration import configuration_path, run_configuration

    retrieval = run_configuration(configuration_path(config), Retrieval).parameters
    documents, questions = items_of(corpus, JudgedDocument), items_of(queries, JudgedQuestion)
    with writing_to(rankings), rankings.open("a", encoding="utf-8"):
        pass  # better told now than after the work
    found = ranked_ways(documents, questions, retrieval)
    write_rankings(rankings, found["fused"])
    print_measures(questions, found)
    click.echo(f"{len(questions)} rankings written to {rankings}")


def ranked_ways(
    documents: Sequence["JudgedDocument"], questions: Sequence["JudgedQuestion"], retrieval: "Retrieval"
) -> dict[str, "Rankings"]:
    """Return the rankings of each way of searching on a temporary index of the documents."""
    from llm_engineering.application.retrieve.evaluation import compared_ways
    from steps.progress import progress_bar

    ways = compared_ways(retrieval)
    judged = any(question.relevant for question in questions)
    asked = ways if judged else {"fused": ways["fused"]}
    with (
        opened_retriever(documents) as retriever_of,
        progress_bar("Searching", len(asked) * len(questions)) as advance,
    ):
        return {name: rankings_of(questions, retriever_of(way), advance) for name, way in asked.items()}


@contextmanager
def opened_retriever(documents: Sequence["JudgedDocument"]) -> Iterator[Callable[["Retrieval"], "Retriever"]]:
    """Index documents in a temporary folder and yield the function that searches it in a given way."""
    from llm_engineering.application.index.plan import index_plan
    from llm_engineering.application.index.sync import synced_index
    from llm_engineering.application.retrieve.evaluation import AUTHOR_ID, corpus_chunks
    from llm_engineering.application.retrieve.passages import Retriever
    from llm_engineering.infrastructure.factory import embedder, reranker, term_encoder
    from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
    from llm_engineering.settings import Settings
    from steps.progress import progress_bar

    model, encoder = embedder(Settings()), term_encoder()
    chunks = corpus_chunks(documents, model.tokenizer).items
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(QdrantEdgeVectorStore.open(Path(folder), "evaluation", model.identity)) as vectors,
    ):
        with progress_bar("Embedding chunks", len(chunks)) as advance:
            plan = index_plan(chunks, [AUTHOR_ID], vectors)
            synced_index(plan, embedder=model, encoder=encoder, vectors=vectors, on_progress=advance)
        yield lambda way: Retriever(model, encoder, vectors, way, reranker(way.reranking))


def rankings_of(
    questions: Sequence["JudgedQuestion"], retriever: "Retriever", on_progress: Callable[[int], None]
) -> "Rankings":
    """Return the documents of the best chunks for each question, the best first, each once."""
    from llm_engineering.domain.chunks import ChunkFilter

    rankings = {}
    for question in questions:
        found = retriever.passages(question.text, limit=RANKED_CHUNKS, where=ChunkFilter())
        documents = (passage.found.chunk.provenance.document_id for passage in found)
        rankings[question.id] = list(dict.fromkeys(documents))
        on_progress(1)
    return rankings


def write_rankings(path: Path, rankings: "Rankings") -> None:
    """Write one JSON object a line: id and ranking."""
    lines = [json.dumps({"id": key, "ranking": ranking}, ensure_ascii=False) for key, ranking in rankings.items()]
    with writing_to(path):
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


@contextmanager
def writing_to(path: Path) -> Iterator[None]:
    """Raise `UnwritableRankingsError` where the operating system refuses."""
    try:
        yield
    except OSError as error:
        raise UnwritableRankingsError(path, error.strerror or type(error).__name__) from error


def print_measures(questions: Sequence["JudgedQuestion"], found: dict[str, "Rankings"]) -> None:
    """Print the measures of each way of searching, if there is a judged question."""
    from llm_engineering.application.retrieve.evaluation import measures

    measured = {name: measures(questions, rankings) for name, rankings in found.items()}
    lines = [_line(name, way) for name, way in measured.items() if way is not None]
    if lines:
        judged = sum(bool(question.relevant) for question in questions)
        click.echo(f"{judged} judged questions, mean [95 % interval]")
        click.echo(f"{'':8}{'nDCG@10':>24}{'recall@10':>24}{'MRR@10':>24}")
        click.echo("\n".join(lines))


def _line(name: str, way: "Measures") -> str:
    figures = (f"{each.mean:.4f} [{each.low:.3f}, {each.high:.3f}]" for each in (way.ndcg, way.recall, way.mrr))
    return f"{name:8}" + "".join(f"{figure:>24}" for figure in figures)


if __name__ == "__main__":
    main()
