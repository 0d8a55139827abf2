"""How the adapter for Qdrant servers speaks HTTP: what it asks for, what it repeats, what it says when it fails."""

import socket
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr, ValidationError

from llm_engineering.domain.chunks import STANDARD_TERMS
from llm_engineering.domain.errors import StoreUnavailableError
from llm_engineering.infrastructure.vector_stores.qdrant_server import QdrantServerVectorStore
from llm_engineering.infrastructure.vector_stores.records import IdentityMismatchError
from llm_engineering.infrastructure.vector_stores.server_addresses import KeyInTheClearError, UnsendableKeyError
from llm_engineering.infrastructure.vector_stores.server_calls import (
    AccessDeniedError,
    NotQdrantError,
    RequestRefusedError,
    ServerFailedError,
    ServerSilentError,
    ServerUnreachableError,
)
from llm_engineering.infrastructure.vector_stores.server_collections import (
    OtherShardsError,
    UnknownIdentityError,
    WriteNotAppliedError,
)
from llm_engineering.infrastructure.vector_stores.server_layout import ServerLayout
from tests.contracts.vector_store import EVERYTHING, IDENTITY, embedded
from tests.integration.infrastructure.vector_stores.qdrant_stub import Answer, QdrantStub, answer, serving

pytestmark = pytest.mark.integration

METADATA = {"llm_twin": {"format_version": 2, "identity": IDENTITY.model_dump(), "terms": STANDARD_TERMS.model_dump()}}
KEY = "s3cret-key"


@pytest.fixture
def stub() -> Iterator[QdrantStub]:
    """A server whose collection is complete and answers that it has 7 chunks."""
    with serving(QdrantStub(metadata=METADATA)) as stub:
        yield stub


def connected(
    url: str, *, key: str | None = None, pauses_seconds: tuple[float, ...] = (0.0, 0.0), **keeping: Any
) -> QdrantServerVectorStore:
    return QdrantServerVectorStore.connect(
        url,
        SecretStr(key) if key is not None else None,
        "chunks",
        IDENTITY,
        timeout_seconds=1,
        pauses_seconds=pauses_seconds,
        **keeping,
    )


class TestOpening:
    def test_a_missing_collection_is_made_with_its_identity_and_indexes(self, stub: QdrantStub) -> None:
        stub.exists = False
        connected(stub.url).close()
        assert stub.calls() == [
            "GET /collections/chunks/exists",
            "PUT /collections/chunks",
            "GET /collections/chunks",
            *["PUT /collections/chunks/index"] * 6,
        ]
        assert stub.requests[1].body == {
            "vectors": {"dense": {"size": 3, "distance": "Cosine"}},
            "sparse_vectors": {"terms": {"modifier": "idf"}},
            "shard_number": 1,
            "replication_factor": 1,
            "write_consistency_factor": 1,
            "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 20_000},
            "optimizers_config": {"indexing_threshold": 40_000},
            "quantization_config": {"scalar": {"type": "int8", "quantile": 0.99, "always_ram": True}},
            "metadata": METADATA,
        }
        assert [request.body for request in stub.requests[3:]] == [
            {"field_name": "author_id", "field_schema": {"type": "keyword", "is_tenant": True}},
            {"field_name": "category", "field_schema": {"type": "keyword", "is_tenant": False}},
            {"field_name": "document_id", "field_schema": {"type": "keyword", "is_tenant": False}},
            {"field_name": "platform", "field_schema": {"type": "keyword", "is_tenant": False}},
            {"field_name": "language", "field_schema": {"type": "keyword", "is_tenant": False}},
            {"field_name": "published_at", "field_schema": {"type": "datetime"}},
        ]

    def test_a_complete_collection_is_only_read(self, stub: QdrantStub) -> None:
        connected(stub.url).close()
        assert {request.method for request in stub.requests} == {"GET"}

    def test_a_half_made_collection_is_completed(self, stub: QdrantStub) -> None:
        stub.indexes = {"author_id"}
        connected(stub.url).close()
        assert [request.body["field_name"] for request in stub.requests if request.method == "PUT"] == [
            "category",
            "document_id",
            "platform",
            "language",
            "published_at",
        ]

    def test_another_process_that_was_faster_is_no_error(self, stub: QdrantStub) -> None:
        stub.exists = False
        stub.next_answers = [
            answer(200, {"result": {"exists": False}, "status": "ok", "time": 0.0}),
            answer(409, {"status": {"error": "Collection `chunks` already exists!"}}),
        ]
        with closing(connected(stub.url)) as store:
            assert store.count(EVERYTHING) == 7

    def test_a_collection_that_the_server_will_not_make_is_told(self, stub: QdrantStub) -> None:
        stub.next_answers = [
            answer(200, {"result": {"exists": False}, "status": "ok", "time": 0.0}),
            answer(400, {"status": {"error": "Wrong input: too many collections"}}),
        ]
        with pytest.raises(RequestRefusedError, match="too many collections") as refused:
            connected(stub.url)
        assert refused.value.status == 400

    def test_another_model_is_refused(self, stub: QdrantStub) -> None:
        other = {**IDENTITY.model_dump(), "model": "another-model"}
        stub.metadata = {"llm_twin": {**METADATA["llm_twin"], "identity": other}}
        with pytest.raises(IdentityMismatchError, match="holds vectors of 'another-model'") as refused:
            connected(stub.url)
        assert refused.value.location == f"{stub.url}/collections/chunks"

    @pytest.mark.parametrize("metadata", [None, {}, {"owner": "somebody"}, {"llm_twin": {"format_version": 1}}])
    def test_a_collection_of_somebody_else_is_refused(
        self, stub: QdrantStub, metadata: dict[str, object] | None
    ) -> None:
        stub.metadata = metadata
        with pytest.raises(UnknownIdentityError, match="Choose another QDRANT_COLLECTION"):
            connected(stub.url)

    def test_location_is_the_address_of_the_collection(self, stub: QdrantStub) -> None:
        with closing(connected(stub.url)) as store:
            assert store.location == f"{stub.url}/collections/chunks"


class TestKeeping:
    def test_shards_copies_and_the_place_of_vectors_are_named_when_it_is_made(self, stub: QdrantStub) -> None:
        stub.exists = False
        layout = ServerLayout(shards=6, replicas=2, write_consistency=2, vectors_on_disk=True, graph_edges=32)
        connected(stub.url, layout=layout).close()
        made = stub.requests[1].body
        assert made["vectors"] == {"dense": {"size": 3, "distance": "Cosine", "on_disk": True}}
        assert made["hnsw_config"] == {"m": 32, "ef_construct": 100, "full_scan_threshold": 20_000}
        assert [made[name] for name in ("shard_number", "replication_factor", "write_consistency_factor")] == [6, 2, 2]

    def test_one_of_the_defaults_of_a_server_is_brought_up(self, stub: QdrantStub) -> None:
        stub.kept = {
            "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 10_000},
            "quantization_config": None,
        }
        connected(stub.url, layout=ServerLayout(replicas=2, vectors_on_disk=True)).close()
        [change] = [request for request in stub.requests if request.method == "PATCH"]
        assert change.path == "/collections/chunks"
        assert change.body == {
            "params": {"replication_factor": 2},
            "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 20_000},
            "quantization_config": {"scalar": {"type": "int8", "quantile": 0.99, "always_ram": True}},
            "vectors": {"dense": {"on_disk": True}},
        }

    def test_rounded_vectors_can_be_given_up(self, stub: QdrantStub) -> None:
        connected(stub.url, layout=ServerLayout(rounded=False)).close()
        assert [request.body for request in stub.requests if request.method == "PATCH"] == [
            {"quantization_config": "Disabled"}
        ]

    def test_who_only_asks_changes_nothing(self, stub: QdrantStub) -> None:
        stub.kept = {"quantization_config": None}
        connected(stub.url, layout=ServerLayout(shards=6, replicas=2), brings_up=False).close()
        assert {request.method for request in stub.requests} == {"GET"}

    def test_what_a_collection_has_of_shards_and_copies_stays_if_nothing_is_said_of_them(
        self, stub: QdrantStub
    ) -> None:
        stub.kept = {
            "params": {
                "vectors": {"dense": {"size": 3, "distance": "Cosine"}},
                "shard_number": 3,
                "replication_factor": 2,
                "write_consistency_factor": 2,
            }
        }
        connected(stub.url).close()
        assert {request.method for request in stub.requests} == {"GET"}

    def test_another_number_of_shards_is_refused_before_anything_is_changed(self, stub: QdrantStub) -> None:
        stub.kept = {"quantization_config": None}
        with pytest.raises(OtherShardsError, match="has 1 shards, and QDRANT_SHARDS is 6") as refused:
            connected(stub.url, layout=ServerLayout(shards=6))
        assert (refused.value.shards, refused.value.wanted) == (1, 6)
        assert {request.method for request in stub.requests} == {"GET"}

    def test_a_search_goes_by_the_graph_and_the_rounded_vectors(self, stub: QdrantStub) -> None:
        with closing(connected(stub.url, layout=ServerLayout(search_candidates=256, oversampling=2))) as store:
            stub.every_answer = answer(200, {"result": {"points": []}, "status": "ok", "time": 0.0})
            store.search(np.array([1, 0, 0], dtype=np.float32), limit=10, where=EVERYTHING)
        assert stub.requests[-1].body["params"] == {
            "hnsw_ef": 256,
            "quantization": {"rescore": True, "oversampling": 2.0},
        }

    def test_a_write_cannot_wait_for_more_copies_than_there_are(self) -> None:
        with pytest.raises(ValidationError, match="more copies than there are"):
            ServerLayout(replicas=2, write_consistency=3)


class TestTryingAgain:
    def test_one_failure_is_not_seen(self, stub: QdrantStub) -> None:
        with closing(connected(stub.url)) as store:
            stub.next_answers = [answer(500, {"status": {"error": "oops"}})]
            assert store.count(EVERYTHING) == 7
        assert stub.calls()[-2:] == ["POST /collections/chunks/points/count"] * 2

    def test_a_write_is_sent_again_whole(self, stub: QdrantStub) -> None:
        with closing(connected(stub.url)) as store:
            stub.next_answers = [answer(503)]
            store.upsert([embedded("a"), embedded("b")])
        first, second = [request.body for request in stub.requests if request.path.endswith("/points")]
        assert first == second
        assert len(second["points"]) == 2

    def test_after_the_last_try_the_status_is_told(self, stub: QdrantStub) -> None:
        stub.every_answer = answer(503, {"status": {"error": "overloaded"}})
        with pytest.raises(ServerFailedError, match=f"at {stub.url} failed .HTTP status 503") as failed:
            connected(stub.url)
        assert failed.value.status == 503
        assert len(stub.requests) == 3

    def test_a_silent_server_is_given_up_after_the_timeout(self, stub: QdrantStub) -> None:
        stub.silent = threading.Event()
        started = time.monotonic()
        with pytest.raises(ServerSilentError, match="STORE_TIMEOUT_SECONDS"):
            connected(stub.url, pauses_seconds=())
        assert time.monotonic() - started < 3

    def test_a_silent_server_is_asked_again(self, stub: QdrantStub) -> None:
        stub.silent = threading.Event()
        with pytest.raises(ServerSilentError, match=stub.url):
            connected(stub.url, pauses_seconds=(0.0,))
        assert len(stub.requests) == 2

    def test_nobody_there_is_told_at_once(self) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(ServerUnreachableError, match="without QDRANT_URL the embedded store is used") as failed:
            connected(url, pauses_seconds=(60.0,))
        assert failed.value.server == url
        assert time.monotonic() - started < 3

    def test_what_the_server_refuses_is_not_tried_again(self, stub: QdrantStub) -> None:
        with closing(connected(stub.url)) as store:
            stub.every_answer = answer(404, {"status": {"error": "Collection `chunks` doesn't exist!"}})
            with pytest.raises(RequestRefusedError, match="Collection `chunks` doesn't exist!") as refused:
                store.count(EVERYTHING)
        assert refused.value.status == 404
        assert stub.calls().count("POST /collections/chunks/points/count") == 1

    def test_too_many_requests_are_told(self, stub: QdrantStub) -> None:
        stub.every_answer = answer(429, {"status": {"error": "slow down"}}, Retry_After="5")
        with pytest.raises(RequestRefusedError, match="slow down") as refused:
            connected(stub.url)
        assert refused.value.status == 429

    def test_a_write_that_is_not_carried_out_is_an_error(self, stub: QdrantStub) -> None:
        stub.write_status = "acknowledged"
        with closing(connected(stub.url)) as store, pytest.raises(WriteNotAppliedError) as failed:
            store.upsert([embedded("a")])
        assert failed.value.status == "acknowledged"

    @pytest.mark.parametrize("body", [b"<html>Welcome</html>", b'{"hello": "world"}', b'{"result": []}', b""])
    def test_a_server_that_is_not_qdrant_is_told_apart(self, stub: QdrantStub, body: bytes) -> None:
        stub.every_answer = answer(200, body)
        with pytest.raises(NotQdrantError, match="QDRANT_URL") as failed:
            connected(stub.url)
        assert failed.value.server == stub.url

    def test_a_broken_connection_is_told(self, stub: QdrantStub) -> None:
        stub.every_answer = answer(200, b"{}", content_length="1000")
        with pytest.raises(ServerUnreachableError, match=stub.url):
            connected(stub.url)


class TestKey:
    def test_the_key_is_sent(self, stub: QdrantStub) -> None:
        stub.required_key = KEY
        with closing(connected(stub.url, key=KEY)) as store:
            assert store.count(EVERYTHING) == 7
            assert KEY not in repr(store) + str(vars(store)) + store.location

    @pytest.mark.parametrize("key", [None, "wr0ng-key"])
    def test_a_missing_or_wrong_key_is_told_and_not_shown(self, stub: QdrantStub, key: str | None) -> None:
        stub.required_key = KEY
        with pytest.raises(AccessDeniedError, match="Set QDRANT_API_KEY") as denied:
            connected(stub.url, key=key)
        assert denied.value.status == 401
        assert "wr0ng-key" not in "".join(traceback.format_exception(denied.value))
        assert len(stub.requests) == 1

    @pytest.mark.parametrize("failure", [answer(500), answer(404), answer(200, b"?")])
    def test_no_error_shows_the_key(self, stub: QdrantStub, failure: Answer) -> None:
        stub.every_answer = failure
        with pytest.raises(StoreUnavailableError, match=stub.url) as failed:
            connected(stub.url, key=KEY)
        assert KEY not in "".join(traceback.format_exception(failed.value))

    def test_the_key_never_crosses_a_network_unencrypted(self) -> None:
        with pytest.raises(KeyInTheClearError, match=r"unencrypted to http://192\.0\.2\.1:6333") as refused:
            connected("http://192.0.2.1:6333", key=KEY)
        assert KEY not in str(refused.value)

    @pytest.mark.parametrize("key", ["line\nbreak", "s3cret ", "schlüssel"])
    def test_a_key_that_no_header_can_carry_is_refused_and_not_shown(self, stub: QdrantStub, key: str) -> None:
        with pytest.raises(UnsendableKeyError, match=f"{len(key)} characters") as refused:
            connected(stub.url, key=key)
        assert key not in "".join(traceback.format_exception(refused.value))
        assert stub.requests == []

    def test_a_proxy_gets_nothing_that_is_meant_for_this_machine(
        self, stub: QdrantStub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with serving(QdrantStub()) as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            monkeypatch.setenv("ALL_PROXY", proxy.url)
            monkeypatch.delenv("NO_PROXY", raising=False)
            monkeypatch.delenv("no_proxy", raising=False)
            connected(stub.url, key=KEY).close()
            assert proxy.requests == []
