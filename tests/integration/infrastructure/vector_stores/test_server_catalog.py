"""What is asked of a Qdrant server to switch, and what it may answer."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from llm_engineering.infrastructure.vector_stores.server_calls import ServerFailedError, ServerUnreachableError
from llm_engineering.infrastructure.vector_stores.server_catalog import ServerCatalog, UnreadableEntryError
from llm_engineering.infrastructure.vector_stores.server_collections import UnknownIdentityError
from tests.integration.infrastructure.vector_stores.qdrant_stub import QdrantStub, answer, serving

pytestmark = pytest.mark.integration

BLUE, GREEN = f"twin-{'b' * 12}", f"twin-{'c' * 12}"


@pytest.fixture
def stub() -> Iterator[QdrantStub]:
    with serving(QdrantStub(names=["twin", BLUE, GREEN], aliases={"twin-live": BLUE})) as stub:
        yield stub


@pytest.fixture
def catalog(stub: QdrantStub) -> Iterator[ServerCatalog]:
    with closing(opened(stub.url)) as catalog:
        yield catalog


def opened(url: str) -> ServerCatalog:
    return ServerCatalog.connect(url, None, "twin", timeout_seconds=5, pauses_seconds=())


def test_a_switch_is_one_request_in_which_the_live_alias_comes_last(stub: QdrantStub, catalog: ServerCatalog) -> None:
    catalog.switch(GREEN)

    [request] = [each for each in stub.requests if each.method == "POST"]
    assert request.path == "/collections/aliases"
    assert [action["create_alias"] for action in request.body["actions"]] == [
        {"collection_name": BLUE, "alias_name": "twin-previous"},
        {"collection_name": GREEN, "alias_name": "twin-live"},
    ]


def test_switching_to_the_live_one_asks_for_nothing(stub: QdrantStub, catalog: ServerCatalog) -> None:
    catalog.switch(BLUE)

    assert {request.method for request in stub.requests} == {"GET"}


def test_a_server_that_broke_down_in_a_switch_has_not_switched(stub: QdrantStub, catalog: ServerCatalog) -> None:
    stub.aliases["twin-previous"] = BLUE

    assert (catalog.live(), catalog.previous()) == (BLUE, None)


def test_a_live_collection_that_was_deleted_by_hand_is_not_replaced_by_an_older_one(
    stub: QdrantStub, catalog: ServerCatalog
) -> None:
    stub.aliases.clear()
    stub.aliases["twin-previous"] = GREEN

    assert (catalog.live(), catalog.previous()) == (None, GREEN)


def test_a_server_that_is_not_there_is_told() -> None:
    with (
        closing(opened("http://127.0.0.1:9")) as catalog,
        pytest.raises(ServerUnreachableError, match=r"127\.0\.0\.1:9"),
    ):
        catalog.check()


def test_a_failed_switch_is_told_and_can_be_repeated(stub: QdrantStub, catalog: ServerCatalog) -> None:
    catalog.live()
    stub.next_answers = [answer(200, {"result": {"collections": [{"name": GREEN}]}, "status": "ok", "time": 0})]
    stub.next_answers += [answer(200, {"result": {"aliases": []}, "status": "ok", "time": 0}), answer(500)]
    with pytest.raises(ServerFailedError):
        catalog.switch(GREEN)

    catalog.switch(GREEN)

    assert stub.requests[-1].path == "/collections/aliases"


def test_a_foreign_collection_is_told(stub: QdrantStub, catalog: ServerCatalog) -> None:
    stub.metadata = {"llm_twin_index": {"fingerprint": "from the future"}}

    with pytest.raises(UnknownIdentityError, match=GREEN):
        catalog.identity(GREEN)
    with pytest.raises(UnreadableEntryError, match=GREEN):
        catalog.entry(GREEN)


def test_the_server_does_not_tell_sizes(catalog: ServerCatalog) -> None:
    assert catalog.size_bytes(BLUE) is None
