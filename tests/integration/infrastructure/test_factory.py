"""The settings decide which adapters are built, and what is opened is closed."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from pydantic import SecretStr

from llm_engineering.application.index.catalog import LiveIndexMismatchError, NoLiveIndexError
from llm_engineering.application.ports import USERS
from llm_engineering.application.retrieve.configuration import Reranking
from llm_engineering.domain.chunks import STANDARD_TERMS, ChunkFilter, EmbeddingIdentity
from llm_engineering.domain.errors import StoreLockedError, StoreUnavailableError
from llm_engineering.infrastructure.document_stores.mongodb import MongoDocumentStore
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.embedders.model_folder import ModelUnavailableError
from llm_engineering.infrastructure.factory import (
    embedder,
    opened_catalog,
    opened_collection,
    opened_document_store,
    opened_vector_store,
    reranker,
    term_encoder,
)
from llm_engineering.infrastructure.rerankers.cross_encoder import UnusableRerankerError
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from llm_engineering.infrastructure.vector_stores.qdrant_server import QdrantServerVectorStore
from llm_engineering.infrastructure.vector_stores.records import TermsMismatchError
from llm_engineering.settings import Settings
from tests.integration.infrastructure.document_stores.scripted_mongodb import scripted_mongodb
from tests.integration.infrastructure.vector_stores.qdrant_stub import QdrantStub, serving

pytestmark = pytest.mark.integration

OLD, NEW = f"twin_chunks-{'a' * 12}", f"twin_chunks-{'b' * 12}"
IDENTITY: Final = EmbeddingIdentity(model="letters", dimension=3, precision="float32")

IMPORT_OF_THE_FACTORY: Final = """
import sys
import llm_engineering.infrastructure.factory

heavy = {"pymongo", "qdrant_client", "qdrant_edge", "sentence_transformers", "sqlite3", "tokenizers", "torch"}
print(sorted(heavy & set(sys.modules)))
"""


class InterruptedWorkError(Exception):
    """Stands for whatever goes wrong while a store is open."""


def test_importing_the_factory_imports_no_client_and_no_model() -> None:
    finished = subprocess.run([sys.executable, "-c", IMPORT_OF_THE_FACTORY], check=True, capture_output=True, text=True)

    assert finished.stdout == "[]\n"


def test_documents_lie_in_sqlite_unless_a_host_is_set(tmp_path: Path) -> None:
    with opened_document_store(Settings(data_folder=tmp_path / "data")) as store:
        assert isinstance(store, SqliteDocumentStore)
        assert store.location == str(tmp_path / "data" / "documents.sqlite3")


def test_documents_lie_in_mongodb_if_a_host_is_set(tmp_path: Path) -> None:
    with scripted_mongodb({}) as address:
        settings = Settings(database_host=SecretStr(f"mongodb://{address}"), database_name="mine", data_folder=tmp_path)
        with opened_document_store(settings) as store:
            assert isinstance(store, MongoDocumentStore)
            assert store.location == f"mongodb://{address}/mine"
    assert list(tmp_path.iterdir()) == []


def test_chunks_lie_in_qdrant_edge_unless_an_address_is_set(tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path, qdrant_collection="mine")

    with opened_collection(settings, "mine", IDENTITY) as store:
        assert isinstance(store, QdrantEdgeVectorStore)
        assert store.location == str(tmp_path / "vectors" / "mine")


def test_chunks_lie_on_a_server_if_its_address_is_set(tmp_path: Path) -> None:
    with serving(QdrantStub(exists=False, required_key="key")) as stub:
        settings = Settings(
            qdrant_url=stub.url, qdrant_api_key=SecretStr("key"), qdrant_collection="mine", data_folder=tmp_path
        )
        with opened_collection(settings, "mine", IDENTITY) as store:
            assert isinstance(store, QdrantServerVectorStore)
            assert store.location == f"{stub.url}/collections/mine"
        assert "PUT /collections/mine" in stub.calls()
    assert list(tmp_path.iterdir()) == []


def test_the_model_of_the_settings_embeds() -> None:
    assert embedder(Settings()).identity == EmbeddingIdentity(
        model="all-MiniLM-L6-v2", dimension=384, precision="float32"
    )


def test_a_model_that_is_nowhere_is_told_when_the_embedder_is_made() -> None:
    with pytest.raises(ModelUnavailableError, match="'nobody/nothing'"):
        embedder(Settings(text_embedding_model_id="nobody/nothing"))


def test_the_document_store_is_closed_at_the_end(tmp_path: Path) -> None:
    with opened_document_store(Settings(data_folder=tmp_path)) as store:
        assert store.count(USERS, {}) == 0

    with pytest.raises(StoreUnavailableError, match="is closed"):
        store.count(USERS, {})


def test_the_document_store_is_closed_by_an_error_which_passes(tmp_path: Path) -> None:
    with (
        pytest.raises(InterruptedWorkError, match="power cut"),
        opened_document_store(Settings(data_folder=tmp_path)) as store,
    ):
        raise InterruptedWorkError("power cut")

    with pytest.raises(StoreUnavailableError, match="is closed"):
        store.count(USERS, {})


def test_the_vector_store_is_held_until_the_end(tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path)

    with (
        opened_collection(settings, "mine", IDENTITY),
        pytest.raises(StoreLockedError),
        opened_collection(settings, "mine", IDENTITY),
    ):
        pass

    with opened_collection(settings, "mine", IDENTITY) as again:
        assert again.count(ChunkFilter()) == 0


def test_the_vector_store_is_let_go_by_an_error_which_passes(tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path)
    with pytest.raises(InterruptedWorkError, match="power cut"), opened_collection(settings, "mine", IDENTITY):
        raise InterruptedWorkError("power cut")

    with opened_collection(settings, "mine", IDENTITY) as again:
        assert again.count(ChunkFilter()) == 0


class TestLiveIndex:
    def test_there_is_none_before_one_is_built_and_none_is_made(self, tmp_path: Path) -> None:
        settings = Settings(data_folder=tmp_path)

        with pytest.raises(NoLiveIndexError, match="no index 'twin_chunks'"), opened_vector_store(settings, IDENTITY):
            pass
        assert list(tmp_path.iterdir()) == []

    def test_it_is_the_one_that_was_switched_to(self, tmp_path: Path) -> None:
        settings = Settings(data_folder=tmp_path)
        made(settings, OLD, NEW)
        with opened_catalog(settings) as catalog:
            catalog.switch(NEW)

        with opened_vector_store(settings, IDENTITY) as store:
            assert store.location == str(tmp_path / "vectors" / NEW)

    def test_a_collection_from_before_is_live(self, tmp_path: Path) -> None:
        settings = Settings(data_folder=tmp_path)
        made(settings, "twin_chunks")

        with opened_vector_store(settings, IDENTITY) as store:
            assert store.location == str(tmp_path / "vectors" / "twin_chunks")

    def test_it_is_not_asked_with_another_model(self, tmp_path: Path) -> None:
        settings = Settings(data_folder=tmp_path)
        made(settings, "twin_chunks")
        other = IDENTITY.model_copy(update={"precision": "bfloat16"})

        with pytest.raises(LiveIndexMismatchError, match="run-feature-engineering") as refused:
            opened_vector_store(settings, other).__enter__()
        assert (refused.value.live, refused.value.asked) == (IDENTITY, other)

    def test_one_without_terms_says_so(self, tmp_path: Path) -> None:
        settings = Settings(data_folder=tmp_path)
        made(settings, "twin_chunks")
        record = tmp_path / "vectors" / "twin_chunks" / "store" / "collection.json"
        first_format = {**json.loads(record.read_text()), "format_version": 1, "terms": None}
        record.write_text(json.dumps(first_format))

        with pytest.raises(TermsMismatchError, match="no term vectors"):
            opened_vector_store(settings, IDENTITY).__enter__()

    def test_on_a_server_it_is_what_the_alias_names(self, tmp_path: Path) -> None:
        record = {"format_version": 2, "identity": IDENTITY.model_dump(), "terms": STANDARD_TERMS.model_dump()}
        with serving(QdrantStub(names=[OLD, NEW], aliases={"twin_chunks-live": NEW})) as stub:
            stub.metadata = {"llm_twin": record}
            settings = Settings(qdrant_url=stub.url, data_folder=tmp_path)
            with opened_vector_store(settings, IDENTITY) as store:
                assert store.location == f"{stub.url}/collections/{NEW}"


def made(settings: Settings, *names: str) -> None:
    for name in names:
        with opened_collection(settings, name, IDENTITY):
            pass


def test_a_silent_mongodb_is_told_and_sqlite_does_not_take_its_place(tmp_path: Path) -> None:
    settings = Settings(
        database_host=SecretStr("mongodb://127.0.0.1:9"), data_folder=tmp_path, store_timeout_seconds=0.2
    )

    with pytest.raises(StoreUnavailableError, match=r"127\.0\.0\.1:9"), opened_document_store(settings):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_silent_qdrant_is_told_and_qdrant_edge_does_not_take_its_place(tmp_path: Path) -> None:
    settings = Settings(qdrant_url="http://127.0.0.1:9", data_folder=tmp_path, store_timeout_seconds=0.2)

    with pytest.raises(StoreUnavailableError, match=r"127\.0\.0\.1:9"), opened_vector_store(settings, IDENTITY):
        pass
    assert list(tmp_path.iterdir()) == []


def test_terms_are_those_of_the_scheme_of_all_collections() -> None:
    encoder = term_encoder()

    assert encoder.scheme == STANDARD_TERMS
    assert len(encoder.question("the running of the engines", pair_weight=0).indices) == 2


def test_there_is_no_reranker_unless_one_is_named() -> None:
    assert reranker(None) is None
    with pytest.raises(UnusableRerankerError, match="'nobody/nothing'"):
        reranker(Reranking(model="nobody/nothing"))
