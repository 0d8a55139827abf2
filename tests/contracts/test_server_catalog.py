"""The aliases of Qdrant servers keep the promises of the IndexCatalog port.

They are tried on the client's own imitation of a server, and on a real one where TEST_QDRANT_URL names it (a server
without a key that may be written to, and has no collection of the name `INDEX`).
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from qdrant_client import QdrantClient

from llm_engineering.infrastructure.vector_stores.qdrant_server import QdrantServerVectorStore
from llm_engineering.infrastructure.vector_stores.server_calls import ServerCalls
from llm_engineering.infrastructure.vector_stores.server_catalog import ServerCatalog
from tests.contracts.index_catalog import INDEX, IndexCatalogContract, Make, OpenCatalog
from tests.contracts.vector_store import IDENTITY

CALLS = ServerCalls("local")


class SharedClient(QdrantClient):
    """Stays open: a folder of the imitation can be open once only, and a closed store closes its client."""

    def close(self, grpc_grace: float | None = None, **kwargs: object) -> None:
        pass


@pytest.mark.filterwarnings("ignore:Local mode performs exact")
@pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")  # the imitation says so
class TestCatalogOfQdrantClientOnAFolder(IndexCatalogContract):
    @pytest.fixture
    def client(self, tmp_path: Path) -> Iterator[QdrantClient]:
        client = SharedClient(path=str(tmp_path / "qdrant"))
        yield client
        QdrantClient.close(client)

    @pytest.fixture
    def open_catalog(self, client: QdrantClient) -> OpenCatalog:
        return lambda: ServerCatalog(client, INDEX, CALLS)

    @pytest.fixture
    def make(self, client: QdrantClient) -> Make:
        return lambda name: QdrantServerVectorStore.from_client(client, name, IDENTITY, server="local").close()


@pytest.mark.integration
@pytest.mark.skipif("TEST_QDRANT_URL" not in os.environ, reason="TEST_QDRANT_URL names no Qdrant server")
class TestCatalogOfQdrantServer(IndexCatalogContract):
    @pytest.fixture(autouse=True)
    def cleared(self) -> Iterator[None]:
        yield
        client = QdrantClient(url=os.environ["TEST_QDRANT_URL"])
        for each in client.get_collections().collections:
            if each.name.startswith(INDEX):
                client.delete_collection(each.name)
        client.close()

    @pytest.fixture
    def open_catalog(self) -> OpenCatalog:
        return lambda: ServerCatalog.connect(os.environ["TEST_QDRANT_URL"], None, INDEX, timeout_seconds=30)

    @pytest.fixture
    def make(self) -> Make:
        url = os.environ["TEST_QDRANT_URL"]
        return lambda name: QdrantServerVectorStore.connect(url, None, name, IDENTITY, timeout_seconds=30).close()
