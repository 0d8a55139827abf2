"""The document store on a MongoDB server: a collection each, identifiers as strings."""

from collections.abc import Iterator, Mapping, Sequence
from threading import Lock
from typing import Any, Final, Self

from pydantic import SecretStr
from pymongo import MongoClient, UpdateOne
from pymongo.collection import Collection as MongoCollection
from pymongo.database import Database
from pymongo.errors import BulkWriteError, ConfigurationError, InvalidName, InvalidURI, OperationFailure
from pymongo.read_concern import ReadConcern

from llm_engineering.application.ports import Collection, JsonObject, Where, WriteReport
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.infrastructure.document_stores.mongodb_errors import (
    DUPLICATE_KEY,
    ConnectionStringInvalidError,
    DuplicatesStoredError,
    ForeignObjectError,
    ServerNameUnknownError,
    checked_connection_string,
    mongodb_errors_translated,
)
from llm_engineering.infrastructure.document_stores.objects import (
    Entry,
    IdTakenError,
    checked_collection,
    checked_condition,
    deletion_condition,
    entries,
)

_BATCH_OBJECTS: Final = 100
"""Objects per request, reading and writing: each request has the whole timeout for itself."""
_INDEX_NAME: Final = "natural_key"

Client = MongoClient[JsonObject]
Query = dict[str, Any]
BulkDetails = Mapping[str, Any]
"""The `details` of a `BulkWriteError`: counts of what was written, and `writeErrors` with `index` and `code`."""


class MongoDocumentStore:
    """A `DocumentStore` on a MongoDB server, replica set or Atlas cluster.

    A write is answered when a majority of the servers has it in its journal, and repeated once if the primary changes
    meanwhile. What was written is read again, so reads go to the primary and, in a replica set, see what no change of
    the primary can take back. The connection string may name several servers and the set; it cannot weaken this.
    The unique index on the natural key is made when a collection is first written to. Reads go page by page in the
    order of `_id`, so that no cursor can expire while the caller works on a page.
    """

    def __init__(self, client: Client, database: Database[JsonObject], location: str) -> None:
        self._client = client
        self._database = database
        self._location = location
        self._indexed: set[Collection] = set()
        self._checked: set[Collection] = set()
        self._lock = Lock()

    @classmethod
    def connect(cls, host: SecretStr, database: str, timeout_seconds: float) -> Self:
        """Connect to a server and ask it once whether it answers and lets the user in.

        Args:
            host: Connection string, `mongodb://` or `mongodb+srv://`.
            database: Name of the database; made when it is first written to.
            timeout_seconds: How long each request may take, finding the server included.

        Raises:
            ConnectionStringInvalidError: The connection string cannot be read.
            StoreUnavailableError: No server answers there within the timeout, it refuses the credentials, or the
                replica set has no primary.
            InvalidInputError: The database cannot have this name.
        """
        client = _client(host, timeout_seconds)
        try:
            location = f"{_servers(client)}/{database}"
            with mongodb_errors_translated(location):
                client.admin.command("ping")
            return cls(client, _database(client, database), location)
        except BaseException:
            client.close()
            raise

    @property
    def location(self) -> str:
        """Servers and database as an address without user and password."""
        return self._location

    def upsert(self, collection: Collection, objects: Sequence[JsonObject]) -> WriteReport:
        """Insert or merge the objects in unordered bulk writes.

        Raises:
            ObjectRefusedError: An object lacks `_id` or a field of the natural key, one of these is no text, it is
                not JSON, or its `_id` belongs to an object with another natural key.
            InvalidInputError: An object is larger or deeper than MongoDB holds.
            DuplicatesStoredError: The unique index cannot be made.
            StoreUnavailableError: The server could not be reached or did not finish in time.
            StoreReadOnlyError: The user may not write.
        """
        given = entries(checked_collection(collection), objects)
        if not given:
            return WriteReport()
        with mongodb_errors_translated(self._location):
            target = self._indexed_collection(collection)
            reports = [_write(target, collection, batch) for batch in _batches(given)]
        return sum(reports, start=WriteReport())

    def find(self, collection: Collection, where: Where) -> Iterator[JsonObject]:
        """Yield the matching objects in the order of their `_id`.

        What is written during the iteration is seen if its `_id` is still to come.

        Raises:
            ConditionInvalidError: The condition cannot be looked up.
            ForeignObjectError: The collection holds an `_id` that is no text.
            StoreUnavailableError: The server could not be reached.
        """
        return self._pages(checked_collection(collection), _query(checked_condition(collection, where)))

    def count(self, collection: Collection, where: Where) -> int:
        """Return the number of matching objects; 0 for a collection that does not exist yet."""
        query = _query(checked_condition(checked_collection(collection), where))
        with mongodb_errors_translated(self._location):
            return self._database[collection.name].count_documents(query)

    def delete(self, collection: Collection, where: Where) -> int:
        """Delete the matching objects and return their number.

        Raises:
            ConditionInvalidError: The condition is empty or cannot be looked up.
            StoreUnavailableError: The server could not be reached or did not finish in time.
            StoreReadOnlyError: The user may not write.
        """
        query = _query(deletion_condition(checked_collection(collection), where))
        with mongodb_errors_translated(self._location):
            return self._database[collection.name].delete_many(query).deleted_count

    def close(self) -> None:
        """Close the connections; safe to call twice."""
        self._client.close()

    def _indexed_collection(self, collection: Collection) -> MongoCollection[JsonObject]:
        target = self._database[collection.name]
        with self._lock:
            if collection not in self._indexed:
                self._make_index(target, collection)
                self._indexed.add(collection)
        return target

    def _make_index(self, target: MongoCollection[JsonObject], collection: Collection) -> None:
        try:
            target.create_index([(field, 1) for field in collection.key], unique=True, name=_INDEX_NAME)
        except OperationFailure as error:
            if error.code == DUPLICATE_KEY:
                raise DuplicatesStoredError(self._location, collection) from error
            raise

    def _pages(self, collection: Collection, query: Query) -> Iterator[JsonObject]:
        self._refuse_foreign_ids(collection)
        last_id = ""  # below every id: an `_id` is never empty
        while page := self._page(collection, query, last_id):
            yield from page
            last_id = page[-1]["_id"]

    def _page(self, collection: Collection, query: Query, last_id: str) -> list[JsonObject]:
        query = {"$and": [query, {"_id": {"$gt": last_id}}]}
        with mongodb_errors_translated(self._location):
            return list(self._database[collection.name].find(query).sort("_id", 1).limit(_BATCH_OBJECTS))

    def _refuse_foreign_ids(self, collection: Collection) -> None:
        """See to it, once per collection, that paging by text passes over no object.

        MongoDB orders values of one type together, so that the first and the last `_id` tell of all.
        """
        if collection in self._checked:
            return
        for direction in (1, -1):
            with mongodb_errors_translated(self._location):
                end = self._database[collection.name].find_one({}, {"_id": 1}, sort=[("_id", direction)])
            if end is not None and not isinstance(end["_id"], str):
                raise ForeignObjectError(self._location, collection, end["_id"])
        self._checked.add(collection)


def _client(host: SecretStr, timeout_seconds: float) -> Client:
    milliseconds = int(timeout_seconds * 1000)
    try:
        return MongoClient(
            checked_connection_string(host),
            timeoutMS=milliseconds,
            serverSelectionTimeoutMS=milliseconds,
            connectTimeoutMS=milliseconds,
            w="majority",
            journal=True,
            retryWrites=True,
            retryReads=True,
            readPreference="primary",
            appname="llm-twin",
        )
    # Both without the cause: pymongo quotes parts of the string, of the password too.
    except (InvalidURI, ValueError):
        raise ConnectionStringInvalidError from None
    except ConfigurationError:
        raise ServerNameUnknownError from None


def _servers(client: Client) -> str:
    addresses = client.topology_description.server_descriptions()
    return "mongodb://" + ",".join(sorted(f"{host}:{port}" if port else host for host, port in addresses))


def _database(client: Client, name: str) -> Database[JsonObject]:
    # A server on its own has no majority; what it has in its journal stays.
    concern = ReadConcern("majority") if client.topology_description.replica_set_name else ReadConcern()
    try:
        return client.get_database(name, read_concern=concern)
    except InvalidName as error:
        raise InvalidInputError(
            f"DATABASE_NAME is {name[:80]!r}, which cannot name a database of MongoDB ({error}).",
            remedy='Use letters, digits, "_" and "-".',
        ) from error


def _query(where: Mapping[str, str | list[str]]) -> Query:
    return {field: {"$eq": wanted} if isinstance(wanted, str) else {"$in": wanted} for field, wanted in where.items()}


def _batches(given: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Yield the entries in order; no two of a batch share a natural key, since a batch is written in any order."""
    batch: dict[tuple[str, ...], Entry] = {}
    for entry in given:
        if entry.key in batch or len(batch) == _BATCH_OBJECTS:
            yield list(batch.values())
            batch = {}
        batch[entry.key] = entry
    yield list(batch.values())


def _write(target: MongoCollection[JsonObject], collection: Collection, batch: Sequence[Entry]) -> WriteReport:
    """Write a batch; what lost a race for its natural key is written once more.

    Two clients that upsert a new natural key at once both try to insert: the index refuses one of them, which then
    finds the object of the other. An `_id` that is refused again belongs to another object.
    """
    report, refused = _attempt(target, collection, batch)
    if refused:
        again, refused = _attempt(target, collection, refused)
        report += again
    if refused:
        raise IdTakenError(collection, refused[0])
    return report


def _attempt(
    target: MongoCollection[JsonObject], collection: Collection, batch: Sequence[Entry]
) -> tuple[WriteReport, list[Entry]]:
    """Write a batch and return what changed and the entries that were refused as duplicates."""
    try:
        result = target.bulk_write([_upsert_of(collection, entry) for entry in batch], ordered=False)
    except BulkWriteError as error:
        return _report(error.details), _duplicates(error, batch)
    return _report(result.bulk_api_result), []


def _duplicates(error: BulkWriteError, batch: Sequence[Entry]) -> list[Entry]:
    """Return the entries that a bulk write refused as duplicates.

    Raises:
        BulkWriteError: It failed for another reason, too.
    """
    failures = error.details["writeErrors"]
    if not failures or any(failure["code"] != DUPLICATE_KEY for failure in failures):
        raise error
    return [batch[failure["index"]] for failure in failures]


def _upsert_of(collection: Collection, entry: Entry) -> UpdateOne:
    key = dict(zip(collection.key, entry.key, strict=True))
    return UpdateOne(key, {"$set": entry.fields, "$setOnInsert": {"_id": entry.id}}, upsert=True)


def _report(details: BulkDetails) -> WriteReport:
    return WriteReport(
        inserted=details["nUpserted"],
        updated=details["nModified"],
        unchanged=details["nMatched"] - details["nModified"],
    )
