"""The ledger of calls in a SQLite file, which all processes that share it keep to."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from math import fsum
from pathlib import Path
from typing import Final

from llm_engineering.application.language_models.ledger import Budget, ModelCall, require_within
from llm_engineering.infrastructure.threaded_sqlite import ThreadedSqlite

_NAME: Final = "ledger of model calls"
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS calls (
    id TEXT PRIMARY KEY,
    started_at TEXT NOT NULL,
    cost REAL NOT NULL,
    call TEXT NOT NULL
) STRICT
"""
_INDEX: Final = "CREATE INDEX IF NOT EXISTS calls_by_start ON calls (started_at, cost)"


class SqliteCallLedger:
    """Keeps each call as a row; a check of the budget and the entry of a call are one transaction.

    So the budget holds over processes and restarts, and a call that was under way when its process was killed stays
    counted. The file is made at the first call. All that touches it runs in a thread of the ledger's own.

    Args:
        path: The file. It must not lie on a network file system.
        timeout_seconds: How long a call waits for another process that is writing.
    """

    def __init__(self, path: Path, *, timeout_seconds: float) -> None:
        self._file = ThreadedSqlite(path, _NAME, timeout_seconds=timeout_seconds, statements=(_TABLE, _INDEX))

    async def enter(self, call: ModelCall, budget: Budget | None) -> None:
        """Keep a call that is about to be made.

        Raises:
            BudgetExceededError: The budget does not allow for it.
            StoreUnavailableError: The file could not be written.
            StoreReadOnlyError: It may not be written.
        """
        await self._file.result_of(lambda: self._enter(call, budget))

    async def settle(self, call: ModelCall) -> None:
        """Replace a call by what became of it. Raises what `enter` raises of the file."""
        await self._file.result_of(lambda: self._settle(call))

    async def calls(self, since: datetime | None = None) -> tuple[ModelCall, ...]:
        """Return the calls since a time. Raises what `enter` raises of the file."""
        return await self._file.result_of(lambda: self._calls(since))

    async def close(self) -> None:
        """Close the file; safe to call twice."""
        await self._file.close()

    def _enter(self, call: ModelCall, budget: Budget | None) -> None:
        with self._transaction() as connection:
            if budget is not None:
                since = budget.since(call.started_at)
                rows = connection.execute("SELECT cost FROM calls WHERE started_at >= ?", (_stored(since),))
                require_within(budget, call, fsum(cost for (cost,) in rows))
            connection.execute("INSERT INTO calls VALUES (?, ?, ?, ?)", _row(call))

    def _settle(self, call: ModelCall) -> None:
        call_id, started_at, cost, text = _row(call)
        with self._transaction() as connection:
            connection.execute(
                "UPDATE calls SET started_at = ?, cost = ?, call = ? WHERE id = ?", (started_at, cost, text, call_id)
            )

    def _calls(self, since: datetime | None) -> tuple[ModelCall, ...]:
        if self._file.is_new:
            return ()  # reading makes no file
        with self._transaction() as connection:
            rows = connection.execute(
                "SELECT call FROM calls WHERE started_at >= ? ORDER BY started_at, rowid",
                (_stored(since),),
            )
            return tuple(ModelCall.model_validate_json(text) for (text,) in rows)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._file.opened() as connection:
            # Reading for the budget must already keep other writers out, or two calls see the same money.
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")


def _row(call: ModelCall) -> tuple[str, str, float, str]:
    return call.id, _stored(call.started_at), call.cost, call.model_dump_json()


def _stored(time: datetime | None) -> str:
    """Return a time as text that sorts as time does; the beginning of all for None."""
    return "" if time is None else time.astimezone(UTC).isoformat(timespec="microseconds")
