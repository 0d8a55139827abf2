"""Documents, chunks and tokens per second from raw documents to the index: `python -m benchmarks.feature_pipeline`.

The baseline is the loop that one writes first: chunks in document order, embedded in batches of 10 in float32 as
sentence-transformers does it by itself, each batch written in upserts of 4 points, into the same kind of store. It is
given its chunks; the project cleans and cuts the documents, looks for near duplicates and keeps its manifest inside the
time that is measured. Loading a model and choosing a backend is timed for neither.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import click

from benchmarks.given_documents import GivenDocuments
from llm_engineering.application.index.changes import DocumentIndex
from llm_engineering.application.index.fingerprint import IndexFingerprint
from llm_engineering.application.index.following import followed_documents
from llm_engineering.application.index.manifest import Manifest
from llm_engineering.application.index.reading import DocumentReader
from llm_engineering.application.index.sync import IndexReport
from llm_engineering.application.index.writing import Writer
from llm_engineering.application.ports import Embedder, VectorStore
from llm_engineering.application.preprocess.chunking import Chunking, Chunks, chunks_of_documents
from llm_engineering.application.preprocess.cleaning import cleaned_documents
from llm_engineering.application.warehouse.documents import document_from
from llm_engineering.domain.chunks import STANDARD_TERMS, ChunkFilter, EmbeddedChunk
from llm_engineering.domain.documents import Category, RawDocument
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.embedders.backends import Backend
from llm_engineering.infrastructure.embedders.choice import AUTO, BackendChoice
from llm_engineering.infrastructure.embedders.model_folder import model_folder
from llm_engineering.infrastructure.embedders.sentence_transformer import SentenceTransformerEmbedder
from llm_engineering.infrastructure.factory import term_encoder
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from tools.console import configured_console, told_errors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

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

    @property
    def tokens_per_second(self) -> float:
        """Tokens of the embedded chunks."""
        return self.tokens / self.seconds

    def row(self, name: str) -> str:
        """Return a line of the printed table."""
        rates = (self.documents / self.seconds, self.chunks / self.seconds, self.tokens_per_second)
        return f"{name:<46}{self.seconds:>9.2f}{rates[0]:>13.2f}{rates[1]:>11.1f}{rates[2]:>11,.0f}"


@dataclass(frozen=True, slots=True)
class Stores:
    """A collection and the store that its manifest is kept in."""

    vectors: VectorStore
    manifest: Manifest


def raw_articles(folder: Path, limit: int | None) -> list[RawDocument]:
    """Return the articles of a warehouse export, at most `limit`."""
    import json

    path = folder / "ArticleDocument.json"
    if not path.is_file():
        raise NoDocumentsError(folder)
    objects = json.loads(path.read_text(encoding="utf-8"))[:limit]
    return [document_from(Category.ARTICLES, item) for item in objects]


def project_run(raw: Sequence[RawDocument], embedder: Embedder, stores: Stores) -> IndexReport:
    """Build or refresh the index with the code of the pipeline's steps."""
    fingerprint = IndexFingerprint.of(embedder, Chunking(), STANDARD_TERMS)
    return followed_documents(
        {document.author_id for document in raw},
        reader=DocumentReader(GivenDocuments(raw), embedder.tokenizer, Chunking()),
        index=DocumentIndex(stores.vectors, stores.manifest, fingerprint.digest),
        writer=Writer(embedder, term_encoder(), stores.vectors),
        now=datetime.now(UTC),
    )


def chunked(raw: Sequence[RawDocument], embedder: Embedder) -> Chunks:
    """Return the chunks of the documents."""
    return chunks_of_documents(cleaned_documents(raw).items, embedder.tokenizer, Chunking())


def naive_run(chunks: Chunks, model: "SentenceTransformer", vectors: VectorStore) -> None:
    """Build the index with the loop that one writes first."""
    encoder = term_encoder()
    for start in range(0, len(chunks.items), NAIVE_BATCH):
        batch = chunks.items[start : start + NAIVE_BATCH]
        texts = [chunk.indexed_text for chunk in batch]
        rows = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        terms = map(encoder.document, texts)
        embedded = [EmbeddedChunk(*parts) for parts in zip(batch, rows, terms, strict=True)]
        for first in range(0, len(embedded), NAIVE_UPSERT):
            vectors.upsert(embedded[first : first + NAIVE_UPSERT])


def naive_model(max_tokens: int) -> "SentenceTransformer":
    """Return the model as sentence-transformers loads it, in float32 on the CPU."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(model_folder(MODEL)), device="cpu", model_kwargs={"dtype": "float32"})
    model.max_seq_length = max_tokens
    model.encode(["The model is warm before the clock starts."], show_progress_bar=False)
    return model


@contextmanager
def empty_stores(embedder: Embedder) -> Iterator[Stores]:
    """Yield an empty collection with its manifest in a temporary folder."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(QdrantEdgeVectorStore.open(Path(folder), "benchmark", embedder.identity)) as vectors,
        closing(SqliteDocumentStore.open(Path(folder) / "documents.sqlite3", timeout_seconds=5)) as store,
    ):
        yield Stores(vectors, Manifest(store, "benchmark"))


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
@click.option(
    "--backend",
    type=click.Choice([AUTO, *(each.value for each in Backend)]),
    default=AUTO,
    show_default=True,
    help="The project's.",
)
@told_errors
def main(warehouse: Path, articles: int | None, repeats: int, backend: str) -> None:
    """Print the table."""
    configured_console(level="WARNING")
    raw = raw_articles(warehouse, articles)
    with tempfile.TemporaryDirectory() as folder:
        choice = BackendChoice(backend, verdicts=Path(folder) / "verdicts.json")
        embedder = SentenceTransformerEmbedder.from_model_id(MODEL, choice)
        embedder.embed_documents(["The model is loaded before the clock starts."])
    chunks = chunked(raw, embedder)
    naive, project, again = measurements(raw, chunks, embedder, repeats)
    precision = embedder.identity.precision
    click.echo(f"{'':<46}{'seconds':>9}{'documents/s':>13}{'chunks/s':>11}{'tokens/s':>11}")
    click.echo(naive.row(f"naive loop (batch {NAIVE_BATCH}, float32, upserts of {NAIVE_UPSERT})"))
    click.echo(project.row(f"feature pipeline ({precision})"))
    click.echo(again.row("feature pipeline again, nothing changed"))
    click.echo(f"\n{naive.documents} documents, {naive.chunks} chunks, {naive.tokens:,} tokens; {MODEL}")
    click.echo(
        f"feature pipeline / naive loop: {project.tokens_per_second / naive.tokens_per_second:.2f} times the tokens/s"
    )
    click.echo(f"second run / first run:        {again.seconds / project.seconds:.1%} of the time")


def measurements(
    raw: Sequence[RawDocument], chunks: Chunks, embedder: Embedder, repeats: int
) -> tuple[Measurement, Measurement, Measurement]:
    """Return the medians of the naive loop, of the feature pipeline, and of the pipeline run again."""
    plain = naive_model(embedder.tokenizer.max_tokens)
    naive, project, again, reports = [], [], [], []
    for _ in range(repeats):
        with empty_stores(embedder) as stores:
            naive.append(seconds_of(lambda: naive_run(chunks, plain, stores.vectors)))
            check_complete(stores.vectors, len(chunks.items))
        with empty_stores(embedder) as stores:
            project.append(seconds_of(lambda: reports.append(project_run(raw, embedder, stores))))
            again.append(seconds_of(lambda: project_run(raw, embedder, stores)))
            check_complete(stores.vectors, len(chunks.items) - reports[-1].shared)
    given = (len(chunks.items), sum(chunk.token_count for chunk in chunks.items))
    done = (reports[-1].embedded, reports[-1].embedded_tokens)
    return (
        Measurement(len(raw), *given, median(naive)),
        Measurement(len(raw), *done, median(project)),
        Measurement(len(raw), *done, median(again)),
    )


def check_complete(vectors: VectorStore, expected: int) -> None:
    """Make sure that a measured run did its work.

    Raises:
        RuntimeError: The index does not hold as many chunks as it has to.
    """
    if (stored := vectors.count(ChunkFilter())) != expected:
        raise RuntimeError(f"the index holds {stored} chunks instead of {expected}")


if __name__ == "__main__":
    main()
