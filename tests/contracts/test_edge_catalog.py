"""The folders of Qdrant Edge keep the promises of the IndexCatalog port."""

from pathlib import Path

import pytest

from llm_engineering.infrastructure.vector_stores.edge_catalog import EdgeCatalog
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from tests.contracts.index_catalog import INDEX, IndexCatalogContract, Make, OpenCatalog
from tests.contracts.vector_store import IDENTITY


class TestEdgeCatalog(IndexCatalogContract):
    @pytest.fixture
    def open_catalog(self, tmp_path: Path) -> OpenCatalog:
        return lambda: EdgeCatalog(tmp_path / "vectors", INDEX)

    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        return lambda name: QdrantEdgeVectorStore.open(tmp_path / "vectors", name, IDENTITY).close()
