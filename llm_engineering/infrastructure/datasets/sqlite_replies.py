"""Replies of language models in a SQLite file."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

from llm_engineering.application.datasets.replies import StoredReply
from llm_engineering.infrastructure.threaded_sqlite import ThreadedSqlite

REPLIES_FILE: Final = "dataset_replies.sqlite3"
_NAME: Final = "store of replies"
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY,
    document_id TEXT NOT NULL,
    reply TEXT NOT NULL
) STRICT
"""
_INDEX: Final = "CREATE INDEX IF NOT EXISTS replies_by_document ON replies (document_id)"
_AT_ONCE: Final = 500


class SqliteReplies:
    """Keeps each reply as a row, on the disk before `keep` returns.

    The file is made by the first reply. All that touches it runs in a thread of the store's own.

    Args:
        path: The file. It must not lie on a network file system.
        timeout_seconds: How long a call waits for another process that is writing.
    """

    def __init__(self, path: Path, *, timeout_seconds: float) -> None:
        # What is forgotten does not stay in free pages.
        statements = ("PRAGMA secure_delete = ON", _TABLE, _INDEX)
        self._file = ThreadedSqlite(path, _NAME, timeout_seconds=timeout_seconds, statements=statements)

    async def replies(self, keys: Sequence[str]) -> dict[str, StoredReply]:
        """Return those that are there.

        Raises:
            StoreUnavailableError: The file could not be read.
            StoreReadOnlyError: It may not be written.
        """
        return await self._file.result_of(lambda: self._replies(keys))

    async def keep(self, reply: StoredReply) -> None:
        """Keep a reply. Raises what `replies` raises."""
        row = (reply.key, reply.document_id, reply.model_dump_json())
        await self._file.result_of(lambda: self._write("INSERT OR REPLACE INTO replies VALUES (?, ?, ?)", row))

    async def forget(self, document_ids: Collection[str]) -> int:
        """Delete those of some documents. Raises what `replies` raises."""
        return await self._file.result_of(lambda: self._forget(list(document_ids)))

    async def close(self) -> None:
        """Close the file; safe to call twice."""
        await self._file.close()

    def _replies(self, keys: Sequence[str]) -> dict[str, StoredReply]:
        if self._file.is_new:
            return {}
        found: dict[str, StoredReply] = {}
        with self._file.opened() as connection:
            for some in _batches(keys):
                rows = connection.execute(
                    f"SELECT key, reply FROM replies WHERE key IN ({_marks(some)})",  # noqa: S608 - question marks only
                    some,
                )
                found.update((key, StoredReply.model_validate_json(text)) for key, text in rows)
        return found

    def _forget(self, document_ids: Sequence[str]) -> int:
        if self._file.is_new:
            return 0
        return sum(
            self._write(f"DELETE FROM replies WHERE document_id IN ({_marks(some)})", some)  # noqa: S608 - the same
            for some in _batches(document_ids)
        )

    def _write(self, statement: str, values: tuple[str, ...]) -> int:
        with self._file.opened() as connection:
            return connection.execute(statement, values).rowcount


def _batches(values: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the values, as many at once as a statement takes."""
    for start in range(0, len(values), _AT_ONCE):
        yield tuple(values[start : start + _AT_ONCE])


def _marks(values: Collection[str]) -> str:
    return ", ".join("?" * len(values))
