"""Documents, chunks and tokens per second from raw documents to the index: `python -m benchmarks.feature_pipeline`.

The baseline is the loop that one writes first: the same chunks in document order, embedded in batches of 10 in
float32, each batch written in upserts of 4 points, into the same kind of store. Both embed with the same
loaded model. The difference is in batching by length and in the number of writes; cleaning and chunking are
timed for the project only, since the baseline is given its chunks.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import click

from llm_engineering.application.index.plan import index_plan
from llm_engineering.application.index.sync import IndexReport, embedded_chunks, synced_index
from llm_engineering.application.ports import Embedder, VectorStore
from llm_engineering.application.preprocess.chunking import Chunking, Chunks, chunks_of_documents
from llm_engineering.application.preprocess.cleaning import cleaned_documents
from llm_engineering.application.warehouse.documents import document_from
from llm_engineering.domain.chunks import ChunkFilter
from llm_engineering.domain.documents import Category, RawDocument
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.infrastructure.embedders.sentence_transformer import SentenceTransformerEmbedder
from llm_engineering.infrastructure.factory import term_encoder
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from tools.console import configured_console, told_errors

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
NAIVE_BATCH = 10
NAIVE_UPSERT = 4


class NoDocumentsError(InvalidInputError):
    """There is nothing to measure on."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder / 'ArticleDocument.json'} does not exist.",
            remedy="Name a folder with an export of a warehouse: --warehouse DIR "
            "(`poetry poe run-export-data-warehouse-to-json` writes one).",
        )


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one way of building the index did in how long."""

    documents: int
    chunks: int
    tokens: int
    seconds: float

    def row(self, name: str) -> str:
        """Return a line of the printed table."""
        rates = (self.documents / self.seconds, self.chunks / self.seconds, self.tokens / self.seconds)
        return f"{name:<46}{self.seconds:>9.2f}{rates[0]:>13.2f}{rates[1]:>11.1f}{rates[2]:>11,.0f}"


def raw_articles(folder: Path, limit: int | None) -> list[RawDocument]:
    """Return the articles of a warehouse export, at most `limit`."""
    import json

    path = folder / "ArticleDocument.json"
    if not path.is_file():
        raise NoDocumentsError(folder)
    objects = json.loads(path.read_text(encoding="utf-8"))[:limit]
    return [document_from(Category.ARTICLES, item) for item in objects]


def project_run(raw: Sequence[RawDocument], embedder: Embedder, vectors: VectorStore) -> IndexReport:
    """Build or refresh the index with the code of the pipeline's steps."""
    chunks = chunked(raw, embedder)
    authors = {document.author_id for document in raw}
    plan = index_plan(chunks.items, authors, vectors)
    return synced_index(plan, embedder=embedder, encoder=term_encoder(), vectors=vectors)


def chunked(raw: Sequence[RawDocument], embedder: Embedder) -> Chunks:
    """Return the chunks of the documents."""
    return chunks_of_documents(cleaned_documents(raw).items, embedder.tokenizer, Chunking())


def naive_run(chunks: Chunks, embedder: Embedder, vectors: VectorStore) -> None:
    """Build the index with the loop that one writes first."""
    encoder = term_encoder()
    for start in range(0, len(chunks.items), NAIVE_BATCH):
        batch = chunks.items[start : start + NAIVE_BATCH]
        embedded = embedded_chunks(batch, embedder, encoder)
        for first in range(0, len(embedded), NAIVE_UPSERT):
            vectors.upsert(embedded[first : first + NAIVE_UPSERT])


@contextmanager
def empty_index(embedder: Embedder) -> Iterator[VectorStore]:
    """Yield an empty collection in a temporary folder."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(QdrantEdgeVectorStore.open(Path(folder), "benchmark", embedder.identity)) as vectors,
    ):
        yield vectors


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long a call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@click.command(help="Measure the feature pipeline beside a naive loop on the articles of a warehouse export.")
@click.option(
    "--warehouse", type=click.Path(path_type=Path), default=Path("../shared/data/warehouse"), show_default=True
)
@click.option("--articles", type=click.IntRange(min=1), help="Only the first so many articles.")
@click.option("--repeats", type=click.IntRange(min=1), default=1, show_default=True, help="The median is printed.")
@told_errors
def main(warehouse: Path, articles: int | None, repeats: int) -> None:
    """Print the table."""
    configured_console(level="WARNING")
    raw = raw_articles(warehouse, articles)
    embedder = SentenceTransformerEmbedder.from_model_id(MODEL)
    embedder.embed_documents(["The model is loaded before the clock starts."])
    chunks = chunked(raw, embedder)
    naive, project, again = measurements(raw, chunks, embedder, repeats)
    click.echo(f"{'':<46}{'seconds':>9}{'documents/s':>13}{'chunks/s':>11}{'tokens/s':>11}")
    click.echo(naive.row(f"naive loop (batch {NAIVE_BATCH}, float32, upserts of {NAIVE_UPSERT})"))
    click.echo(project.row("feature pipeline (clean, chunk, embed, write)"))
    click.echo(again.row("feature pipeline again, nothing changed"))
    click.echo(f"\n{naive.documents} documents, {naive.chunks} chunks, {naive.tokens:,} tokens; {MODEL}, float32")
    click.echo(f"feature pipeline / naive loop: {naive.seconds / project.seconds:.2f} times the tokens/s")
    click.echo(f"second run / first run:        {again.seconds / project.seconds:.1%} of the time")


def measurements(
    raw: Sequence[RawDocument], chunks: Chunks, embedder: Embedder, repeats: int
) -> tuple[Measurement, Measurement, Measurement]:
    """Return the medians of the naive loop, of the feature pipeline, and of the pipeline run again."""
    naive, project, again = [], [], []
    for _ in range(repeats):
        with empty_index(embedder) as vectors:
            naive.append(seconds_of(lambda: naive_run(chunks, embedder, vectors)))
            check_complete(vectors, chunks)
        with empty_index(embedder) as vectors:
            project.append(seconds_of(lambda: project_run(raw, embedder, vectors)))
            again.append(seconds_of(lambda: project_run(raw, embedder, vectors)))
            check_complete(vectors, chunks)
    tokens = sum(chunk.token_count for chunk in chunks.items)
    first, second, third = (
        Measurement(len(raw), len(chunks.items), tokens, median(seconds)) for seconds in (naive, project, again)
    )
    return first, second, third


def check_complete(vectors: VectorStore, chunks: Chunks) -> None:
    """Make sure that a measured run did its work.

    Raises:
        RuntimeError: The index does not hold every chunk.
    """
    if (stored := vectors.count(ChunkFilter())) != len(chunks.items):
        raise RuntimeError(f"the index holds {stored} of {len(chunks.items)} chunks")


if __name__ == "__main__":
    main()
