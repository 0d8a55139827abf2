"""A followed index keeps the promises of the collection that it answers from, as far as they are about reading."""

from pathlib import Path
from typing import Any

import pytest

from llm_engineering.application.ports import VectorStore
from llm_engineering.domain.chunks import STANDARD_TERMS, EmbeddingIdentity, TermScheme
from llm_engineering.infrastructure.vector_stores.followed_index import FollowedIndex
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from tests.contracts.vector_store import IDENTITY, OpenStore, VectorStoreContract


class WrittenBeside(FollowedIndex):
    """A followed index that writes into the collection that it has opened."""

    def __init__(self, store: VectorStore) -> None:
        self._store = store
        super().__init__(lambda: "chunks", lambda _: store, linger_seconds=0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class TestFollowedIndex(VectorStoreContract):
    @pytest.fixture
    def open_store(self, tmp_path: Path) -> OpenStore:
        def opened(identity: EmbeddingIdentity = IDENTITY, terms: TermScheme = STANDARD_TERMS) -> VectorStore:
            folder = tmp_path / "vectors"
            beside: Any = WrittenBeside(QdrantEdgeVectorStore.open(folder, "chunks", identity, terms))
            store: VectorStore = beside
            return store

        return opened
