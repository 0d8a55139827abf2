"""Peak memory of the sync beside the number of documents: `python -m benchmarks.sync_memory --help`.

The documents are made up and lie in SQLite. Each sync runs in a process of its own, whose most resident memory
(`getrusage`) is printed: once with a stand-in for the vector store that keeps nothing, which is the sync alone, and
once with Qdrant Edge, whose mapped files count as memory of the process. Vectors are made of the lengths of the texts:
a model would take the same memory each time and hide a growth.
"""

import multiprocessing
import resource
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Final

import click
import numpy as np
from loguru import logger
from numpy.typing import NDArray

from benchmarks.synthetic_chunks import IDENTITY
from llm_engineering.application.index.changes import DocumentIndex
from llm_engineering.application.index.fingerprint import IndexFingerprint
from llm_engineering.application.index.following import followed_documents
from llm_engineering.application.index.manifest import Manifest
from llm_engineering.application.index.reading import DocumentReader, StoredDocuments
from llm_engineering.application.index.writing import Writer
from llm_engineering.application.ports import FacetField, VectorStore
from llm_engineering.application.preprocess.chunking import Chunking
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.domain.chunks import (
    STANDARD_TERMS,
    Candidate,
    Chunk,
    ChunkFilter,
    EmbeddedChunk,
    EmbeddedQuestion,
    EmbeddingIdentity,
    ScoredChunk,
)
from llm_engineering.domain.documents import ArticleDocument, Content
from llm_engineering.domain.identity import identifier
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.embedders.model_folder import model_folder
from llm_engineering.infrastructure.embedders.model_tokenizer import ModelTokenizer
from llm_engineering.infrastructure.factory import term_encoder
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from tools.console import told_errors

MODEL: Final = "sentence-transformers/all-MiniLM-L6-v2"
AUTHOR_ID: Final = identifier("synthetic author")
_WORDS: Final = 1_500
"""Words of a document: some 23 chunks, because made-up words take several tokens each."""


class HashEmbedder:
    """Embeds with a real tokenizer and without a model."""

    @property
    def identity(self) -> EmbeddingIdentity:
        """That of made-up vectors."""
        return IDENTITY

    @cached_property
    def tokenizer(self) -> ModelTokenizer:
        """The tokenizer of the default model."""
        return ModelTokenizer(model_folder(MODEL))

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a vector for each text that follows from its length."""
        return np.stack([self.embed_query(text) for text in texts])

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a vector for each text that follows from its length."""
        return self.embed_documents(texts)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Return a vector that follows from the length of a text."""
        row = np.random.default_rng(len(text)).standard_normal(IDENTITY.dimension, dtype=np.float32)
        return np.asarray(row / np.linalg.norm(row), dtype=np.float32)


@dataclass(frozen=True)
class NothingKept:
    """Stands for a vector store in a first sync: it takes all, keeps none of it, and believes the manifest.

    Since it cannot tell what it was given before, a chunk to which another document points is embedded twice.
    """

    manifest: Manifest
    author_id: str
    """Whose documents are synced."""
    location: str = "nowhere"

    def upsert(self, chunks: Sequence[EmbeddedChunk]) -> None:
        """Do nothing."""

    def replace_payloads(self, chunks: Sequence[Chunk]) -> None:
        """Do nothing."""

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Do nothing."""

    def delete_document(self, document_id: str) -> int:  # noqa: ARG002 - there is none
        """Return 0."""
        return 0

    def digests(self, document_id: str) -> dict[str, str]:  # noqa: ARG002 - it is the same for all
        """Return nothing."""
        return {}

    def document_ids(self, author_id: str | None) -> set[str]:  # noqa: ARG002 - it is the same for all
        """Return nothing."""
        return set()

    def count(self, where: ChunkFilter) -> int:  # noqa: ARG002 - there is one author
        """Return how many chunks the manifest says there are."""
        return sum(header.indexed_chunks for header in self.manifest.headers(self.author_id).values())

    def counts_by(self, field: FacetField) -> dict[str, int]:  # noqa: ARG002 - it is the same for all
        """Return nothing."""
        return {}

    def close(self) -> None:
        """Do nothing."""

    def search(self, embedding: NDArray[np.float32], *, limit: int, where: ChunkFilter) -> list[ScoredChunk]:  # noqa: ARG002 - it is the same for all
        """Return nothing."""
        return []

    def candidates(self, question: EmbeddedQuestion, *, depth: int, where: ChunkFilter) -> list[Candidate]:  # noqa: ARG002 - it is the same for all
        """Return nothing."""
        return []


def documents(count: int) -> Iterator[ArticleDocument]:
    """Yield made-up documents of one author that resemble each other no more than real ones."""
    for number in range(count):
        words = np.random.default_rng(number).integers(20_000, size=_WORDS)
        link = f"https://example.com/{number}"
        yield ArticleDocument(
            id=identifier("synthetic document", str(number)),
            content=Content(title=f"Document {number}", text=" ".join(f"w{word}" for word in words), language="en"),
            platform="example.com",
            author_id=AUTHOR_ID,
            author_full_name="Ada Lovelace",
            link=link,
        )


def sync(folder: Path, *, is_kept: bool) -> float:
    """Index all documents in a folder and return the most memory that the process had resident, in MB.

    Args:
        folder: Holds the documents.
        is_kept: Whether chunks are written to Qdrant Edge; otherwise they are only counted.
    """
    logger.remove()
    embedder, encoder = HashEmbedder(), term_encoder()
    fingerprint = IndexFingerprint.of(embedder, Chunking(), STANDARD_TERMS)
    with ExitStack() as opened:
        store = opened.enter_context(closing(SqliteDocumentStore.open(folder / "documents.sqlite3", timeout_seconds=5)))
        vectors: VectorStore = NothingKept(Manifest(store, "memory"), AUTHOR_ID)
        if is_kept:
            vectors = opened.enter_context(closing(QdrantEdgeVectorStore.open(folder, "memory", IDENTITY)))
        followed_documents(
            [AUTHOR_ID],
            reader=DocumentReader(StoredDocuments(store), embedder.tokenizer, Chunking()),
            index=DocumentIndex(vectors, Manifest(store, "memory"), fingerprint.digest),
            writer=Writer(embedder, encoder, vectors),
            now=datetime.now(UTC),
        )
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def peak_megabytes(count: int, *, is_kept: bool) -> float:
    """Return the peak of a sync of so many documents, in a process that has done nothing else."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with closing(SqliteDocumentStore.open(folder / "documents.sqlite3", timeout_seconds=5)) as store:
            write_documents(store, documents(count))
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            return pool.apply(sync, (folder,), {"is_kept": is_kept})


@click.command(help="Peak memory of the sync at growing numbers of documents.")
@click.option("--documents", "counts", default="250,1000", show_default=True, help="Numbers, separated by commas.")
@told_errors
def main(counts: str) -> None:
    """Print a line for each number."""
    click.echo(f"{'documents':>10}{'sync alone, MB':>18}{'with Qdrant Edge, MB':>24}")
    for count in map(int, counts.split(",")):
        alone, with_edge = (peak_megabytes(count, is_kept=is_kept) for is_kept in (False, True))
        click.echo(f"{count:>10,}{alone:>18.0f}{with_edge:>24.0f}")


if __name__ == "__main__":
    main()
