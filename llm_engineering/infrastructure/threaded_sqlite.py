"""A SQLite file for asynchronous code: all that touches it runs in a thread of its own."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from llm_engineering.infrastructure.document_stores.sqlite_errors import (
    folder_errors_translated,
    sqlite_errors_translated,
)

T = TypeVar("T")


class ThreadedSqlite:
    """A file that is made when it is first written to; what is committed is on the disk.

    Args:
        path: The file. It must not lie on a network file system.
        name: What it is called in errors.
        timeout_seconds: How long a call waits for another process that is writing.
        statements: Run when the file is opened: its tables and indexes, and pragmas.
    """

    def __init__(self, path: Path, name: str, *, timeout_seconds: float, statements: Sequence[str]) -> None:
        self._path = path
        self._name = name
        self._timeout_seconds = timeout_seconds
        self._statements = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", *statements)
        self._connection: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    @property
    def is_new(self) -> bool:
        """Whether there is no file yet: whoever only reads should make none."""
        return self._connection is None and not self._path.exists()

    async def result_of(self, work: Callable[[], T]) -> T:
        """Return what some work gives, which is done in the thread; only such work may use `opened`."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    @contextmanager
    def opened(self) -> Iterator[sqlite3.Connection]:
        """Open a block that may use the connection, in which each statement is committed by itself.

        Raises:
            StoreUnavailableError: The file could not be opened, read or written.
            StoreReadOnlyError: It may not be written.
        """
        with sqlite_errors_translated(self._path, self._name):
            if self._connection is None:
                self._connection = self._connected()
            yield self._connection

    async def close(self) -> None:
        """Close the file after what is under way; safe to call twice."""
        await asyncio.to_thread(self._close)

    def _connected(self) -> sqlite3.Connection:
        with folder_errors_translated(self._path, self._name):
            self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self._path, timeout=self._timeout_seconds, isolation_level=None, check_same_thread=False
        )
        try:
            for statement in self._statements:
                connection.execute(statement)
        except BaseException:
            connection.close()
            raise
        return connection

    def _close(self) -> None:
        self._thread.shutdown(wait=True)
        if self._connection is not None:
            self._connection.close()
            self._connection = None
