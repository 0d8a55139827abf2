"""Who may open an embedded collection: one process at a time, and the next one is told which."""

import os
import platform
import shlex
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from filelock import FileLock, Timeout
from pydantic import ValidationError

from llm_engineering.domain.errors import StoreLockedError, StoreReadOnlyError
from llm_engineering.domain.models import FrozenModel

_LOCK_FILE: Final = "lock"
_HOLDER_FILE: Final = "holder.json"


class Holder(FrozenModel):
    """A process that has a collection open."""

    pid: int
    host: str
    command: str
    """The command line as a shell would take it, cut at 200 characters."""
    since: datetime

    @classmethod
    def current(cls) -> Self:
        """Return this process, from now on."""
        return cls(
            pid=os.getpid(),
            host=platform.node(),
            command=shlex.join(sys.orig_argv)[:200],
            since=datetime.now(UTC).replace(microsecond=0),
        )


class CollectionHeldError(StoreLockedError):
    """A collection is open already, in this process or another one.

    Args:
        folder: The collection's folder.
        holder: Who has it open; None if it has not written so yet.
    """

    def __init__(self, folder: Path, holder: Holder | None) -> None:
        super().__init__(
            f"The vector collection in {folder} is open in {_described(holder)}.",
            remedy=(
                "Wait until it has ended, or stop it. To use the collection from several processes at once, "
                "run a Qdrant server and set QDRANT_URL."
            ),
        )
        self.folder = folder
        self.holder = holder


class UnwritableFolderError(StoreReadOnlyError):
    """The files of a collection cannot be written."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"The vector collection in {folder} cannot be written: {reason}.",
            remedy="Make the folder writable and see that the disk has room, or set DATA_FOLDER to another one.",
        )
        self.folder = folder
        self.reason = reason


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Keep every other opener out of a folder, which is made if need be.

    The operating system holds the lock and lets go of it when the process ends, however it ends; what is
    written about the holder is only for people.

    Raises:
        CollectionHeldError: Somebody else has the folder.
        UnwritableFolderError: The folder cannot be made or written.
    """
    # The lock comes off last, whatever happens to the file about the holder.
    with ExitStack() as leaving:
        leaving.callback(_acquired(folder).release)
        leaving.callback((folder / _HOLDER_FILE).unlink, missing_ok=True)
        with writing_to(folder):
            _write_holder(folder)
        yield


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Raise `UnwritableFolderError` where the operating system refuses."""
    try:
        yield
    except OSError as error:
        raise UnwritableFolderError(folder, error.strerror or type(error).__name__) from error


def _acquired(folder: Path) -> FileLock:
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        # A store may be closed in another thread than the one that opened it.
        lock = FileLock(folder / _LOCK_FILE, thread_local=False)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise CollectionHeldError(folder, _holder(folder)) from None
    return lock


def _write_holder(folder: Path) -> None:
    draft = folder / f"{_HOLDER_FILE}.new"
    draft.write_text(Holder.current().model_dump_json(), encoding="utf-8")
    draft.replace(folder / _HOLDER_FILE)


def _holder(folder: Path) -> Holder | None:
    try:
        return Holder.model_validate_json((folder / _HOLDER_FILE).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def _described(holder: Holder | None) -> str:
    if holder is None:
        return "another process, which has not said yet who it is"
    here = "this very process" if (holder.pid, holder.host) == (os.getpid(), platform.node()) else "process"
    return f"{here} {holder.pid} on {holder.host} since {holder.since:%Y-%m-%d %H:%M:%S} UTC ({holder.command})"
