"""Qdrant Edge keeps the promises of the VectorStore port."""

from pathlib import Path

import pytest

from llm_engineering.domain.chunks import STANDARD_TERMS, EmbeddingIdentity, TermScheme
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from tests.contracts.vector_store import IDENTITY, DurableVectorStoreContract, OpenStore


class TestQdrantEdge(DurableVectorStoreContract):
    @pytest.fixture
    def open_store(self, tmp_path: Path) -> OpenStore:
        def opened(identity: EmbeddingIdentity = IDENTITY, terms: TermScheme = STANDARD_TERMS) -> QdrantEdgeVectorStore:
            return QdrantEdgeVectorStore.open(tmp_path / "vectors", "chunks", identity, terms)

        return opened

    @pytest.fixture
    def writer(self, tmp_path: Path) -> list[str]:
        return ["edge", str(tmp_path / "vectors"), "chunks"]
