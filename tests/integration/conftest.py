"""Real stores in a folder of the test's own."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from llm_engineering.application.ports import DocumentStore, VectorStore
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from tests.support.fakes import LetterEmbedder


@pytest.fixture
def embedder() -> LetterEmbedder:
    return LetterEmbedder()


@pytest.fixture
def documents(tmp_path: Path) -> Iterator[DocumentStore]:
    with closing(SqliteDocumentStore.open(tmp_path / "documents.sqlite3", timeout_seconds=5)) as store:
        yield store


@pytest.fixture
def vectors(tmp_path: Path, embedder: LetterEmbedder) -> Iterator[VectorStore]:
    with closing(QdrantEdgeVectorStore.open(tmp_path / "vectors", "letters", embedder.identity)) as store:
        yield store
