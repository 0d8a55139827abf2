"""An index of documents in a warehouse, with every part real but the embedder, and a clean build to compare it with."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.given_documents import GivenDocuments
from llm_engineering.application.index.changes import DocumentIndex
from llm_engineering.application.index.following import followed_documents
from llm_engineering.application.index.manifest import Manifest
from llm_engineering.application.index.reading import DocumentReader, DocumentSource, StoredDocuments
from llm_engineering.application.index.sync import IndexReport
from llm_engineering.application.index.writing import Writer
from llm_engineering.application.ports import DocumentStore, VectorStore
from llm_engineering.application.preprocess.chunking import Chunking
from llm_engineering.domain.chunks import STANDARD_TERMS, ChunkFilter, EmbeddedQuestion, TermVector
from llm_engineering.domain.documents import RawDocument
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from tests.support.documents import ADA
from tests.support.dying_store import KilledError
from tests.support.fakes import LetterEmbedder, word_encoder

NOW = datetime(2026, 3, 2, tzinfo=UTC)
WRITES = ("upsert", "replace_payloads", "delete", "delete_document")
_NO_TERMS = TermVector(np.empty(0, dtype=np.uint32), np.empty(0, dtype=np.float32))

Contents = dict[str, tuple[Mapping[str, Any], tuple[float, ...]]]
"""Of each chunk its fields and its vector, by id."""


@dataclass
class Indexing:
    """What a sync works with; each `run` reads the warehouse anew, as a new process does."""

    store: DocumentStore
    vectors: VectorStore
    embedder: LetterEmbedder = field(default_factory=LetterEmbedder)
    chunking: Chunking = field(default_factory=lambda: Chunking(min_tokens=0))
    fingerprint: str = "0123456789ab"
    author_ids: Sequence[str] = (ADA,)
    source: DocumentSource | None = None
    """Where documents are read from; the store by default."""
    portion: int = 1000
    reader: DocumentReader = field(init=False)

    @property
    def index(self) -> DocumentIndex:
        return DocumentIndex(self.vectors, Manifest(self.store, "letters"), self.fingerprint)

    def new_reader(self) -> DocumentReader:
        self.reader = DocumentReader(
            self.source or StoredDocuments(self.store), self.embedder.tokenizer, self.chunking, kept_chunks=10
        )
        return self.reader

    def run(self, **options: Any) -> IndexReport:
        return followed_documents(
            self.author_ids,
            reader=self.new_reader(),
            index=self.index,
            writer=Writer(self.embedder, word_encoder(), self.vectors),
            now=NOW,
            portion=self.portion,
            **options,
        )


def contents(vectors: VectorStore) -> Contents:
    """Return all that a collection of fewer than 10,000 chunks holds, but its term vectors."""
    asked = EmbeddedQuestion(np.array([1, 0, 0], dtype=np.float32), _NO_TERMS)
    found = vectors.candidates(asked, depth=10_000, where=ChunkFilter())
    return {
        each.chunk.id: (
            each.chunk.model_dump(mode="json"),
            tuple(round(float(number), 5) for number in each.embedding),
        )
        for each in found
    }


def clean_build(
    documents: Sequence[RawDocument], chunking: Chunking | None = None, author_ids: Sequence[str] = (ADA,)
) -> Contents:
    """Return what an index holds that is built of these documents at once, from nothing."""
    with TemporaryDirectory() as folder:
        path = Path(folder)
        embedder = LetterEmbedder()
        with (
            closing(SqliteDocumentStore.open(path / "documents.sqlite3", timeout_seconds=5)) as store,
            closing(QdrantEdgeVectorStore.open(path, "letters", embedder.identity, STANDARD_TERMS)) as vectors,
        ):
            indexing = Indexing(store, vectors, embedder, source=GivenDocuments(documents), author_ids=author_ids)
            if chunking is not None:
                indexing.chunking = chunking
            indexing.run()
            return contents(vectors)


class DyingVectors:
    """Dies at its n-th write, counted from 0, before or after it takes place; what was written stays."""

    def __init__(
        self, vectors: VectorStore, writes: int, *, after: bool = False, error: Exception | None = None
    ) -> None:
        self._vectors = vectors
        self.left = writes
        self._after = after
        self._error = error or KilledError()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._vectors, name)
        return self._counted(found) if name in WRITES else found

    def _counted(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.left -= 1
            if self.left < 0 and not self._after:
                raise self._error
            result = write(*args, **kwargs)
            if self.left < 0:
                raise self._error
            return result

        return counted
