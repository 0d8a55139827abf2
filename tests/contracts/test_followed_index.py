"""A followed index keeps the promises of the collection that it answers from, as far as they are about reading."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llm_engineering.application.ports import FacetField, VectorStore
from llm_engineering.domain.chunks import (
    STANDARD_TERMS,
    Candidate,
    ChunkFilter,
    EmbeddedQuestion,
    EmbeddingIdentity,
    TermScheme,
)
from llm_engineering.infrastructure.vector_stores.followed_index import FollowedIndex
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from tests.contracts.vector_store import IDENTITY, OpenStore, VectorStoreContract


class WrittenBeside:
    """Reads through a followed index, and writes into the collection that this opened."""

    def __init__(self, opened: Callable[[], VectorStore]) -> None:
        self._store = opened()
        self._index = FollowedIndex(lambda: "chunks", lambda _: self._store, linger_seconds=0)

    @property
    def location(self) -> str:
        return self._index.location

    def count(self, where: ChunkFilter) -> int:
        return self._index.count(where)

    def counts_by(self, field: FacetField) -> dict[str, int]:
        return self._index.counts_by(field)

    def candidates(self, question: EmbeddedQuestion, *, depth: int, where: ChunkFilter) -> list[Candidate]:
        return self._index.candidates(question, depth=depth, where=where)

    def close(self) -> None:
        self._index.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class TestFollowedIndex(VectorStoreContract):
    @pytest.fixture
    def open_store(self, tmp_path: Path) -> OpenStore:
        def opened(identity: EmbeddingIdentity = IDENTITY, terms: TermScheme = STANDARD_TERMS) -> VectorStore:
            folder = tmp_path / "vectors"
            beside: Any = WrittenBeside(lambda: QdrantEdgeVectorStore.open(folder, "chunks", identity, terms))
            store: VectorStore = beside
            return store

        return opened
