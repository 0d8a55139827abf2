import socket
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, Final
from uuid import uuid4

import pytest
from bson import ObjectId
from pydantic import SecretStr
from pymongo import MongoClient
from pymongo.database import Database

from llm_engineering.application.ports import Collection, WriteReport
from llm_engineering.domain.errors import InvalidInputError, StoreReadOnlyError, StoreUnavailableError
from llm_engineering.infrastructure.document_stores.mongodb import MongoDocumentStore
from llm_engineering.infrastructure.document_stores.mongodb_errors import (
    ConnectionStringInvalidError,
    DuplicatesStoredError,
    ForeignObjectError,
    ServerNameUnknownError,
)
from llm_engineering.infrastructure.document_stores.objects import IdTakenError
from tests.contracts.mongodb_server import running_mongodb, started_server
from tests.integration.infrastructure.document_stores.scripted_mongodb import Reply, scripted_mongodb

NOTES = Collection("notes", ("author", "link"))

pytestmark = pytest.mark.integration


def note(link: str, **fields: object) -> dict[str, object]:
    return {"_id": link, "author": "ada", "link": link, **fields}


def told_by(error: BaseException) -> str:
    """Return the messages that a traceback shows, without the lines of source between them."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "".join(traceback.format_exception_only(error)) + (told_by(cause) if cause else "")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretStr]:
    with running_mongodb(tmp_path_factory.mktemp("mongodb")) as url:
        yield url


@pytest.fixture
def database(url: SecretStr) -> Iterator[Database[dict[str, Any]]]:
    """The database under test as another program sees it."""
    client: MongoClient[dict[str, Any]] = MongoClient(url.get_secret_value())
    with client:
        name = f"test_{uuid4().hex}"
        yield client[name]
        client.drop_database(name)


@pytest.fixture
def store(url: SecretStr, database: Database[dict[str, Any]]) -> Iterator[MongoDocumentStore]:
    with closing(MongoDocumentStore.connect(url, database.name, timeout_seconds=10)) as store:
        yield store


@contextmanager
def opened_scripted_store(replies: Mapping[str, Sequence[Reply]]) -> Iterator[MongoDocumentStore]:
    with (
        scripted_mongodb(replies) as address,
        closing(MongoDocumentStore.connect(SecretStr(f"mongodb://{address}"), "twin", timeout_seconds=5)) as store,
    ):
        yield store


class TestConnecting:
    @pytest.mark.parametrize(
        "host",
        [
            "hunter2",
            "hunter2.example:27017",
            "postgresql://ada:hunter2@127.0.0.1",
            "mongodb://ada:hun/ter2@127.0.0.1",
            "mongodb://ada:27/hunter2@127.0.0.1",
            "mongodb://ada:hun@ter2@127.0.0.1",
            "mongodb://ada:hun:ter2@127.0.0.1",
            "mongodb://ada:hun%ter2@127.0.0.1",
            "mongodb://hunter2:hunter2",
            "mongodb://ada:hunter2@127.0.0.1:99999",
            "mongodb+srv://ada:hunter2@cluster.example.com:27017",
            "mongodb+srv://ada:hun/ter2@cluster.example.com",
            "mongodb://",
        ],
    )
    def test_a_malformed_connection_string_is_not_quoted(self, host: str) -> None:
        with pytest.raises(ConnectionStringInvalidError, match="DATABASE_HOST is not a MongoDB") as caught:
            MongoDocumentStore.connect(SecretStr(host), "twin", timeout_seconds=1)

        assert "ter2" not in told_by(caught.value)

    @pytest.mark.parametrize(
        "host", ["mongodb://ada:hunter2@", "mongodb://ada:hunter2@127.0.0.1/?loadBalanced=true&replicaSet=a"]
    )
    def test_a_server_or_an_option_that_cannot_be_used_is_not_quoted(self, host: str) -> None:
        with pytest.raises(ServerNameUnknownError, match="could not be found, or one of its options") as caught:
            MongoDocumentStore.connect(SecretStr(host), "twin", timeout_seconds=1)

        assert "hunter2" not in told_by(caught.value)

    def test_a_port_that_nobody_listens_on_is_named(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
            host = SecretStr(f"mongodb://ada:hunter2@127.0.0.1:{port}")

            with pytest.raises(StoreUnavailableError, match=f"127.0.0.1:{port}/twin does not answer") as caught:
                MongoDocumentStore.connect(host, "twin", timeout_seconds=0.5)

        assert "Connection refused" in str(caught.value)
        assert "hunter2" not in told_by(caught.value)
        assert "ada" not in str(caught.value)

    def test_a_server_that_says_nothing_is_given_up_after_the_timeout(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            started = monotonic()

            with pytest.raises(StoreUnavailableError, match=f"127.0.0.1:{port}/twin does not answer"):
                MongoDocumentStore.connect(SecretStr(f"mongodb://127.0.0.1:{port}"), "twin", timeout_seconds=0.5)

            assert monotonic() - started < 5

    def test_wrong_credentials_are_not_quoted(self) -> None:
        refused = {"ok": 0, "code": 18, "codeName": "AuthenticationFailed", "errmsg": "Authentication failed."}

        with (
            scripted_mongodb({"saslStart": [refused]}) as address,
            pytest.raises(StoreUnavailableError, match=f"{address}/twin refused the user or the password") as caught,
        ):
            MongoDocumentStore.connect(SecretStr(f"mongodb://ada:hunter2@{address}"), "twin", timeout_seconds=5)

        assert "hunter2" not in told_by(caught.value)

    @pytest.mark.parametrize("name", ["", "a b", "a.b", "a/b", "$a"])
    def test_a_name_that_no_database_has_is_refused(self, url: SecretStr, name: str) -> None:
        with pytest.raises(InvalidInputError, match="cannot name a database"):
            MongoDocumentStore.connect(url, name, timeout_seconds=5)

    def test_the_location_holds_no_credentials(self, url: SecretStr, store: MongoDocumentStore) -> None:
        assert store.location.startswith("mongodb://")
        assert "@" not in store.location
        assert "test_" in store.location


class TestReplicaSet:
    MEMBER: Final = {"setName": "rs0", "setVersion": 1, "logicalSessionTimeoutMinutes": 30}

    def test_what_is_written_survives_a_change_of_the_primary_and_is_read_from_it(self) -> None:
        found = {"ok": 1, "cursor": {"id": 0, "ns": "twin.notes", "firstBatch": []}}
        written = {"ok": 1, "n": 1, "nModified": 0, "upserted": [{"index": 0, "_id": "a"}]}
        received: list[Reply] = []
        options = "replicaSet=rs0&w=1&journal=false&retryWrites=false&readPreference=secondary"

        with (
            scripted_mongodb({"find": [found], "update": [written]}, member=self.MEMBER, received=received) as address,
            closing(
                MongoDocumentStore.connect(SecretStr(f"mongodb://{address}/?{options}"), "twin", timeout_seconds=5)
            ) as store,
        ):
            store.upsert(NOTES, [note("a")])
            assert list(store.find(NOTES, {"author": "ada"})) == []

        (update,) = [command for command in received if "update" in command]
        assert update["writeConcern"] == {"w": "majority", "j": True}
        assert update["txnNumber"] == 1  # the server knows by it that a repeated write is the same one
        finds = [command for command in received if "find" in command]
        assert [command["readConcern"]["level"] for command in finds] == ["majority"] * 3
        assert {command.get("$readPreference", {"mode": "primary"})["mode"] for command in finds} == {"primary"}

    def test_a_server_on_its_own_is_not_asked_for_a_majority_it_does_not_have(self) -> None:
        found = {"ok": 1, "cursor": {"id": 0, "ns": "twin.notes", "firstBatch": []}}
        received: list[Reply] = []

        with (
            scripted_mongodb({"find": [found]}, received=received) as address,
            closing(MongoDocumentStore.connect(SecretStr(f"mongodb://{address}"), "twin", timeout_seconds=5)) as store,
        ):
            assert list(store.find(NOTES, {"author": "ada"})) == []

        assert all("readConcern" not in command for command in received)

    def test_several_servers_may_be_named_and_one_is_enough(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            dead = f"127.0.0.1:{probe.getsockname()[1]}"
            with scripted_mongodb({}, member=self.MEMBER) as address:
                host = SecretStr(f"mongodb://ada:hunter2@{dead},{address}/?replicaSet=rs0&authMechanism=PLAIN")
                with closing(MongoDocumentStore.connect(host, "twin", timeout_seconds=5)) as store:
                    assert address in store.location
                    assert "hunter2" not in store.location

    def test_a_set_without_a_primary_is_told_as_such(self) -> None:
        secondary = {**self.MEMBER, "ismaster": False, "secondary": True}

        with (
            scripted_mongodb({}, member=secondary) as address,
            pytest.raises(StoreUnavailableError, match="is a replica set that has no primary now") as caught,
        ):
            MongoDocumentStore.connect(SecretStr(f"mongodb://{address}/?replicaSet=rs0"), "twin", timeout_seconds=0.5)

        assert f"mongodb://{address}/twin" in str(caught.value)
        assert "rs.status()" in caught.value.remedy

    def test_a_primary_that_steps_down_during_a_write_is_told_as_such(self) -> None:
        stepped_down = {"ok": 0, "code": 10107, "codeName": "NotWritablePrimary", "errmsg": "not primary"}

        with (
            scripted_mongodb({"createIndexes": [stepped_down]}, member=self.MEMBER) as address,
            closing(
                MongoDocumentStore.connect(SecretStr(f"mongodb://{address}/?replicaSet=rs0"), "twin", timeout_seconds=5)
            ) as store,
            pytest.raises(StoreUnavailableError, match="has no primary now"),
        ):
            store.upsert(NOTES, [note("a")])

    def test_a_set_of_another_name_is_named(self) -> None:
        with (
            scripted_mongodb({}, member=self.MEMBER) as address,
            pytest.raises(StoreUnavailableError, match='replica set name "rs1"'),
        ):
            MongoDocumentStore.connect(SecretStr(f"mongodb://{address}/?replicaSet=rs1"), "twin", timeout_seconds=0.5)


class TestForeignData:
    @pytest.mark.parametrize("foreign", [ObjectId("65f0c0ffee65f0c0ffee65f0"), 7])
    def test_an_id_that_is_no_text_is_not_passed_over(
        self, store: MongoDocumentStore, database: Database[dict[str, Any]], foreign: object
    ) -> None:
        database["notes"].insert_many([note("a"), {**note("b"), "_id": foreign}])

        with pytest.raises(ForeignObjectError, match=f"whose `_id` is no text but {type(foreign).__name__}"):
            list(store.find(NOTES, {"author": "ada"}))

    def test_objects_that_share_a_key_are_reported(self) -> None:
        duplicates = {"ok": 0, "code": 11000, "codeName": "DuplicateKey", "errmsg": "E11000 duplicate key error"}

        with (
            opened_scripted_store({"createIndexes": [duplicates]}) as store,
            pytest.raises(DuplicatesStoredError, match="holds objects that share author, link"),
        ):
            store.upsert(NOTES, [note("c")])


class TestWriting:
    def test_the_server_itself_refuses_a_second_object_of_a_key(
        self, store: MongoDocumentStore, database: Database[dict[str, Any]]
    ) -> None:
        store.upsert(NOTES, [note("a")])

        indexes = database["notes"].index_information().values()

        assert [("author", 1), ("link", 1)] in [list(index["key"]) for index in indexes if index.get("unique")]

    def test_a_race_that_is_lost_is_run_again(self) -> None:
        lost = {"ok": 1, "n": 1, "nModified": 0, "writeErrors": [{"index": 1, "code": 11000, "errmsg": "E11000"}]}
        lost["upserted"] = [{"index": 0, "_id": "a"}]
        found = {"ok": 1, "n": 1, "nModified": 1}

        with opened_scripted_store({"update": [lost, found]}) as store:
            report = store.upsert(NOTES, [note("a"), note("b")])

        assert report == WriteReport(inserted=1, updated=1)

    def test_a_key_that_is_refused_again_has_the_id_of_another(self) -> None:
        refused = {"ok": 1, "n": 0, "nModified": 0, "writeErrors": [{"index": 0, "code": 11000, "errmsg": "E11000"}]}

        with opened_scripted_store({"update": [refused]}) as store, pytest.raises(IdTakenError) as caught:
            store.upsert(NOTES, [note("a")])

        assert caught.value.object_id == "a"

    @pytest.mark.parametrize(
        ("reply", "told"),
        [
            (
                {"ok": 1, "n": 1, "nModified": 1, "writeConcernError": {"code": 64, "errmsg": "secret data"}},
                "BulkWriteError 64",
            ),
            (
                {"ok": 1, "n": 0, "nModified": 0, "writeErrors": [{"index": 0, "code": 121, "errmsg": "secret data"}]},
                "BulkWriteError 121",
            ),
            ({"ok": 0, "code": 8, "errmsg": "secret data"}, "OperationFailure 8"),
            ({"ok": 0, "code": 50, "errmsg": "secret data"}, "did not finish in time"),
        ],
    )
    def test_another_failure_is_told_by_its_code(self, reply: Reply, told: str) -> None:
        with opened_scripted_store({"update": [reply]}) as store, pytest.raises(StoreUnavailableError) as caught:
            store.upsert(NOTES, [note("a")])

        assert told in str(caught.value)
        assert "secret data" not in str(caught.value)

    @pytest.mark.parametrize("command", ["createIndexes", "update"])
    def test_a_user_who_may_not_write_is_told(self, command: str) -> None:
        unauthorized = {"ok": 0, "code": 13, "codeName": "Unauthorized", "errmsg": "not authorized on twin"}

        with (
            opened_scripted_store({command: [unauthorized]}) as store,
            pytest.raises(StoreReadOnlyError, match="readWrite"),
        ):
            store.upsert(NOTES, [note("a")])

    def test_an_object_that_bson_cannot_hold_is_refused(self, store: MongoDocumentStore) -> None:
        with pytest.raises(InvalidInputError, match="integers up to 64 bits"):
            store.upsert(NOTES, [note("a", number=2**64)])

    def test_an_object_that_is_too_large_is_refused(self) -> None:
        too_large = {"ok": 1, "n": 0, "nModified": 0, "writeErrors": [{"index": 0, "code": 17420, "errmsg": "large"}]}

        with (
            opened_scripted_store({"update": [too_large]}) as store,
            pytest.raises(InvalidInputError, match="up to 16 MiB"),
        ):
            store.upsert(NOTES, [note("a", text="x" * 17 * 2**20)])


class TestServerThatIsKilled:
    def test_is_reported_and_found_again_with_everything(self, tmp_path: Path) -> None:
        with (
            started_server(tmp_path) as (url, server),
            closing(MongoDocumentStore.connect(url, "twin", timeout_seconds=1)) as store,
        ):
            store.upsert(NOTES, [note(str(number)) for number in range(250)])
            server.kill()
            server.wait()

            with pytest.raises(StoreUnavailableError, match="does not answer"):
                store.upsert(NOTES, [note("after")])

        with (
            started_server(tmp_path) as (url, _),
            closing(MongoDocumentStore.connect(url, "twin", timeout_seconds=10)) as store,
        ):
            assert store.count(NOTES, {}) == 250
            assert store.upsert(NOTES, [note("0"), note("after")]) == WriteReport(inserted=1, unchanged=1)
