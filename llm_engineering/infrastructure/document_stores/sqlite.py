"""The embedded document store: one SQLite file, a table per collection, each object as JSON text."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from time import monotonic, sleep
from typing import Any, Final, Self

from llm_engineering.application.ports import Collection, JsonObject, Where, WriteReport
from llm_engineering.domain.errors import StoreUnavailableError
from llm_engineering.infrastructure.document_stores.objects import (
    Entry,
    IdTakenError,
    checked_collection,
    checked_condition,
    compact_json,
    deletion_condition,
    entries,
)
from llm_engineering.infrastructure.document_stores.sqlite_errors import (
    folder_errors_translated,
    sqlite_errors_translated,
)

SCHEMA_VERSION: Final = 1
"""Number in the header of the file; raised when tables change so that older code would misread them."""

_PAGE_OBJECTS: Final = 100
"""Objects that `find` holds at a time."""

_RETRY_SECONDS: Final = 0.01

Parameters = list[str]


class SqliteDocumentStore:
    """A `DocumentStore` in one file, for any number of threads and processes of one machine.

    A table per collection, because the natural key differs: its fields are generated columns over the JSON text,
    so that the unique index on them cannot disagree with the object. Writes are committed with the write-ahead log
    and `synchronous=FULL`: what a call has returned for survives a kill and a power failure. A whole `upsert` is one
    transaction. The file must not lie on a network file system, where the write-ahead log does not work.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._lock = RLock()

    @classmethod
    def open(cls, path: Path, timeout_seconds: float) -> Self:
        """Open a store; the file and its folder are made if they are not there.

        Args:
            path: The file.
            timeout_seconds: How long a call waits for another process that is writing.

        Raises:
            StoreUnavailableError: The file is damaged, no SQLite database, of a newer version of the project, or
                held by another process.
            StoreReadOnlyError: The folder or the file may not be written.
        """
        with folder_errors_translated(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with sqlite_errors_translated(path):
            # Statements begin and end transactions themselves; the lock of the instance keeps threads apart.
            connection = sqlite3.connect(path, timeout=timeout_seconds, isolation_level=None, check_same_thread=False)
            try:
                _prepare(connection, path, timeout_seconds)
            except BaseException:
                connection.close()
                raise
        return cls(connection, path)

    @property
    def location(self) -> str:
        """Path of the file."""
        return str(self._path)

    def upsert(self, collection: Collection, objects: Sequence[JsonObject]) -> WriteReport:
        """Insert or merge the objects in one transaction: after an error none of them is written.

        Raises:
            ObjectRefusedError: An object lacks `_id` or a field of the natural key, one of these is no text, it is
                not JSON, or its `_id` belongs to an object with another natural key.
            StoreUnavailableError: The disk is full, or another process holds the file.
            StoreReadOnlyError: The file may not be written.
        """
        given = entries(checked_collection(collection), objects)
        if not given:
            return WriteReport()
        with self._transaction() as connection:
            for definition in _definitions(collection):
                connection.execute(definition)
            reports = [_write(connection, collection, entry) for entry in given]
        return sum(reports, start=WriteReport())

    def find(self, collection: Collection, where: Where) -> Iterator[JsonObject]:
        """Yield the matching objects in the order of their `_id`.

        Objects are read page by page, so that nothing is locked between them: what is written during the iteration
        is seen if its `_id` is still to come.

        Raises:
            ConditionInvalidError: The condition cannot be looked up.
            StoreUnavailableError: The file could not be read.
        """
        return self._pages(checked_collection(collection), checked_condition(collection, where))

    def count(self, collection: Collection, where: Where) -> int:
        """Return the number of matching objects; 0 for a collection that does not exist yet."""
        condition, parameters = _sql_condition(checked_collection(collection), checked_condition(collection, where))
        rows = self._rows(collection, f"SELECT count(*) FROM {_table(collection)} WHERE {condition}", parameters)  # noqa: S608 - names are checked
        return int(rows[0][0]) if rows else 0

    def delete(self, collection: Collection, where: Where) -> int:
        """Delete the matching objects in one transaction and return their number.

        Raises:
            ConditionInvalidError: The condition is empty or cannot be looked up.
            StoreUnavailableError: The file could not be written.
            StoreReadOnlyError: The file may not be written.
        """
        condition, parameters = _sql_condition(checked_collection(collection), deletion_condition(collection, where))
        with self._transaction() as connection:
            if not _exists(connection, collection):
                return 0
            return connection.execute(f"DELETE FROM {_table(collection)} WHERE {condition}", parameters).rowcount  # noqa: S608 - names are checked

    def close(self) -> None:
        """Close the file; safe to call twice."""
        with self._lock, sqlite_errors_translated(self._path):
            self._connection.close()

    def _pages(self, collection: Collection, where: Mapping[str, str | list[str]]) -> Iterator[JsonObject]:
        condition, parameters = _sql_condition(collection, where)
        # With "+" SQLite does not walk along the ids to find what the index of the natural key finds at once.
        order = "+_id" if where.keys() >= set(collection.key) else "_id"
        select = (
            f"SELECT _id, _body FROM {_table(collection)} WHERE {condition} AND {order} > ? "  # noqa: S608 - names are checked
            f"ORDER BY {order} LIMIT {_PAGE_OBJECTS}"
        )
        last_id = ""  # below every id: an `_id` is never empty
        while rows := self._rows(collection, select, [*parameters, last_id]):
            for object_id, body in rows:
                yield {"_id": object_id, **json.loads(body)}
            last_id = rows[-1][0]

    def _rows(self, collection: Collection, select: str, parameters: Parameters) -> list[tuple[Any, ...]]:
        with self._lock, sqlite_errors_translated(self._path):
            if not _exists(self._connection, collection):
                return []
            return self._connection.execute(select, parameters).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, sqlite_errors_translated(self._path), _immediate(self._connection):
            yield self._connection


@contextmanager
def _immediate(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what is done inside, or nothing of it.

    The write lock is taken at once: a transaction that reads first and then finds another writer cannot wait.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk makes SQLite roll back by itself, and a second time would be an error that hides the first.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _prepare(connection: sqlite3.Connection, path: Path, timeout_seconds: float) -> None:
    connection.execute("PRAGMA synchronous = FULL")
    # What is deleted or replaced is overwritten in the file: words that somebody wanted forgotten do not stay there.
    connection.execute("PRAGMA secure_delete = ON")
    version = _version(connection)
    if version > SCHEMA_VERSION:
        raise StoreUnavailableError(
            f"The document store {str(path)!r} has version {version}, this program knows up to {SCHEMA_VERSION}.",
            remedy="Update the program, or set DATA_FOLDER to another folder.",
        )
    if version == 0:
        _use_write_ahead_log(connection, timeout_seconds)
        with _immediate(connection):
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _use_write_ahead_log(connection: sqlite3.Connection, timeout_seconds: float) -> None:
    """Turn the write-ahead log on, for good.

    SQLite does not wait here for another process that does the same, whatever its busy timeout: it fails at once.
    """
    deadline = monotonic() + timeout_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                raise
            sleep(_RETRY_SECONDS)
        else:
            return


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _table(collection: Collection) -> str:
    return f'"{collection.name}"'


def _exists(connection: sqlite3.Connection, collection: Collection) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", [collection.name])
    return found.fetchone() is not None


def _definitions(collection: Collection) -> tuple[str, str]:
    """Return the statements that make the table of a collection and the index that lists the objects of one author.

    Without that index each page of `find` would sort all of the author's documents: 8 times slower at 10,000.
    """
    table, keys = _table(collection), [f'"{field}"' for field in collection.key]
    columns = "".join(
        f""", {key} TEXT NOT NULL AS (json_extract(_body, '$.{field}'))"""
        for key, field in zip(keys, collection.key, strict=True)
    )
    columns = f"_id TEXT NOT NULL PRIMARY KEY, _body TEXT NOT NULL{columns}, UNIQUE ({', '.join(keys)})"
    return (
        f"CREATE TABLE IF NOT EXISTS {table} ({columns})",
        f'CREATE INDEX IF NOT EXISTS "{collection.name}_listed" ON {table} ({keys[0]}, _id)',
    )


def _sql_condition(collection: Collection, where: Mapping[str, str | list[str]]) -> tuple[str, Parameters]:
    """Return an SQL condition and its parameters, one per field.

    The names in a condition have been checked, so that they can stand in the text, where the indexes need them.
    """
    conditions, parameters = ["TRUE"], []
    for field, wanted in where.items():
        column = f'"{field}"' if field in {"_id", *collection.key} else f"json_extract(_body, '$.{field}')"
        if isinstance(wanted, str):
            conditions.append(f"{column} = ?")
            parameters.append(wanted)
        else:
            # One parameter for the whole list, however long: SQLite bounds their number.
            conditions.append(f"{column} IN (SELECT value FROM json_each(?))")  # noqa: S608 - names are checked
            parameters.append(json.dumps(wanted))
    return " AND ".join(conditions), parameters


def _write(connection: sqlite3.Connection, collection: Collection, entry: Entry) -> WriteReport:
    condition, parameters = _sql_condition(collection, dict(zip(collection.key, entry.key, strict=True)))
    stored = connection.execute(f"SELECT _id, _body FROM {_table(collection)} WHERE {condition}", parameters).fetchone()  # noqa: S608 - names are checked
    if stored is None:
        _insert(connection, collection, entry)
        return WriteReport(inserted=1)
    stored_id, stored_body = stored
    body = compact_json({**json.loads(stored_body), **entry.fields})
    # As texts, because Python holds 1, 1.0 and True for equal.
    if body == stored_body:
        return WriteReport(unchanged=1)
    connection.execute(f"UPDATE {_table(collection)} SET _body = ? WHERE _id = ?", [body, stored_id])  # noqa: S608 - names are checked
    return WriteReport(updated=1)


def _insert(connection: sqlite3.Connection, collection: Collection, entry: Entry) -> None:
    try:
        connection.execute(
            f"INSERT INTO {_table(collection)} (_id, _body) VALUES (?, ?)",  # noqa: S608 - names are checked
            [entry.id, entry.text],
        )
    except sqlite3.IntegrityError as error:
        raise IdTakenError(collection, entry) from error
