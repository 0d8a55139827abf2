"""What SQLite's result codes (https://www.sqlite.org/rescode.html) mean to a person, and what that person can do."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from llm_engineering.domain.errors import StoreReadOnlyError, StoreUnavailableError

_PRIMARY_CODE: Final = 0xFF
"""Mask that turns an extended result code into the condition it refines."""

_UNREADABLE: Final = (
    "is damaged or no SQLite database",
    "Move the file away and import or collect the documents again.",
)
_BUSY: Final = (
    "was held by another process for longer than the timeout",
    "Wait for that process to end, or raise STORE_TIMEOUT_SECONDS.",
)
_CONDITIONS: Final[dict[int | None, tuple[str, str]]] = {
    None: ("is closed", "Open the store again."),
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened as a file", "Look at what lies at this path and whose it is."),
    sqlite3.SQLITE_CORRUPT: _UNREADABLE,
    sqlite3.SQLITE_FULL: (
        "cannot grow: the disk is full, and nothing of this write was kept",
        "Free space and run the same command again.",
    ),
    sqlite3.SQLITE_IOERR: ("cannot be read or written", "Look for a full or failing disk, then run it again."),
    sqlite3.SQLITE_NOTADB: _UNREADABLE,
}
_READ_ONLY: Final = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM})
_NO_WRITING: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


@contextmanager
def sqlite_errors_translated(path: Path, store: str = "document store") -> Iterator[None]:
    """Raise what SQLite raises inside as an error of the project that names the file and what it holds.

    Raises:
        StoreReadOnlyError: The file or its folder may not be written.
        StoreUnavailableError: Any other failure.
    """
    try:
        yield
    except sqlite3.Error as error:
        # Only errors of the library carry a code; without one the module itself refused a closed connection.
        code = getattr(error, "sqlite_errorcode", None)
        raise _translated(path, store, error, None if code is None else code & _PRIMARY_CODE) from error


def _translated(
    path: Path, store: str, error: sqlite3.Error, code: int | None
) -> StoreReadOnlyError | StoreUnavailableError:
    if code in _READ_ONLY or (code == sqlite3.SQLITE_CANTOPEN and not os.access(path.parent, os.W_OK)):
        return read_only(path, store)
    condition, remedy = _CONDITIONS.get(code, ("failed", "Look at the cause below."))
    return StoreUnavailableError(f"The {store} {str(path)!r} {condition} ({error}).", remedy=remedy)


@contextmanager
def folder_errors_translated(path: Path, store: str = "document store") -> Iterator[None]:
    """Raise what making the folder of the file `path` raises inside as an error of the project.

    Raises:
        StoreReadOnlyError: The folder may not be made by this process.
        StoreUnavailableError: It cannot be made at all.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _NO_WRITING:
            raise read_only(path, store) from error
        raise StoreUnavailableError(
            f"The folder of the {store} {str(path)!r} cannot be made ({error.strerror}).",
            remedy="Set DATA_FOLDER to a folder, or to one that can be made.",
        ) from error


def read_only(path: Path, store: str = "document store") -> StoreReadOnlyError:
    """Return the error for a store that this process may not write."""
    return StoreReadOnlyError(
        f"The {store} {str(path)!r} may not be written.",
        remedy="Set DATA_FOLDER to a folder that may be written, or correct the permissions.",
    )
