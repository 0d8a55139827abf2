"""The fake keeps the promises of the IndexCatalog port."""

import pytest

from tests.contracts.index_catalog import INDEX, IndexCatalogContract, Make, OpenCatalog
from tests.contracts.vector_store import IDENTITY
from tests.support.catalogs import CatalogInMemory


class TestCatalogInMemory(IndexCatalogContract):
    @pytest.fixture
    def memory(self) -> CatalogInMemory:
        return CatalogInMemory(INDEX)

    @pytest.fixture
    def open_catalog(self, memory: CatalogInMemory) -> OpenCatalog:
        return lambda: memory

    @pytest.fixture
    def make(self, memory: CatalogInMemory) -> Make:
        return lambda name: memory.make(name, IDENTITY)
