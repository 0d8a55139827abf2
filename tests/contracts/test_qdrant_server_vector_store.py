"""The adapter for Qdrant servers keeps the promises of the VectorStore port.

It is tried on the client's own imitation of a server, and on a real one where TEST_QDRANT_URL names it (a server
without a key that may be written to).
"""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from qdrant_client import QdrantClient

from llm_engineering.domain.chunks import STANDARD_TERMS, EmbeddingIdentity, TermScheme
from llm_engineering.infrastructure.vector_stores.qdrant_server import QdrantServerVectorStore
from tests.contracts.vector_store import IDENTITY, DurableVectorStoreContract, OpenStore


@pytest.mark.filterwarnings("ignore:Local mode performs exact")
@pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")  # the imitation says so
class TestQdrantClientOnAFolder(DurableVectorStoreContract):
    @pytest.fixture
    def open_store(self, tmp_path: Path) -> OpenStore:
        def opened(
            identity: EmbeddingIdentity = IDENTITY, terms: TermScheme = STANDARD_TERMS
        ) -> QdrantServerVectorStore:
            client = QdrantClient(path=str(tmp_path / "qdrant"))
            return QdrantServerVectorStore.from_client(client, "chunks", identity, terms, server="local")

        return opened

    @pytest.fixture
    def writer(self, tmp_path: Path) -> list[str]:
        return ["local", str(tmp_path / "qdrant"), "chunks"]


@pytest.mark.integration
@pytest.mark.skipif("TEST_QDRANT_URL" not in os.environ, reason="TEST_QDRANT_URL names no Qdrant server")
class TestQdrantServer(DurableVectorStoreContract):
    @pytest.fixture
    def collection(self) -> Iterator[str]:
        name = f"test-{uuid4()}"
        yield name
        client = QdrantClient(url=os.environ["TEST_QDRANT_URL"])
        client.delete_collection(name)
        client.close()

    @pytest.fixture
    def open_store(self, collection: str) -> OpenStore:
        def opened(
            identity: EmbeddingIdentity = IDENTITY, terms: TermScheme = STANDARD_TERMS
        ) -> QdrantServerVectorStore:
            return QdrantServerVectorStore.connect(
                os.environ["TEST_QDRANT_URL"], None, collection, identity, terms, timeout_seconds=30
            )

        return opened

    @pytest.fixture
    def writer(self, collection: str) -> list[str]:
        return ["server", os.environ["TEST_QDRANT_URL"], collection]
