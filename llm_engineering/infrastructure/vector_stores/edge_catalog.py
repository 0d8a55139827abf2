"""The collections of an embedded index: folders, beside a small file that says which of them is live.

The file is written whole, brought to the disk and renamed over the old one: a process that is killed, or a power cut,
leaves the old one or the new one. Readers need no lock.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from filelock import FileLock, Timeout
from pydantic import ValidationError

from llm_engineering.application.index.catalog import (
    CollectionIdentity,
    CollectionInUseError,
    IndexEntry,
    UnknownCollectionError,
    is_of_index,
)
from llm_engineering.domain.errors import StoreLockedError, StoreUnavailableError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.infrastructure.vector_stores.edge_shards import collection_record, shard_folder
from llm_engineering.infrastructure.vector_stores.holders import exclusive, writing_to

ModelT = TypeVar("ModelT", bound=FrozenModel)

_ENTRY: Final = "index.json"
_LOCK_SECONDS: Final = 10.0
_BLOCK_BYTES: Final = 512
"""The unit of `st_blocks`, by POSIX; a file with holes takes less room than it is long."""


class _Pointer(FrozenModel):
    """Content of the file."""

    live: str | None = None
    previous: str | None = None


class DamagedCatalogError(StoreUnavailableError):
    """A file about the collections cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} cannot be read: {reason[:200]}.",
            remedy="It may be of a newer version of this program. If it is damaged, delete it together with the "
            "folders beside it and run the feature pipeline: it builds the index from the documents.",
        )
        self.path = path
        self.reason = reason


class CatalogBusyError(StoreLockedError):
    """Another process is switching, and does not end."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} has been held by another process for {_LOCK_SECONDS:g} s.", remedy="Wait for it, or stop it."
        )
        self.path = path


class EdgeCatalog:
    """The collections of one index in a folder."""

    def __init__(self, folder: Path, index: str) -> None:
        self._folder = folder.absolute()
        self._index = index
        # No collection can have these names: theirs begin with no dot.
        self._pointer_file = self._folder / f".{index}.live.json"
        self._lock_file = self._folder / f".{index}.lock"
        self._trash = self._folder / f".{index}.deleted"

    @property
    def index(self) -> str:
        """Name of the index."""
        return self._index

    @property
    def location(self) -> str:
        """The folder of the collections."""
        return str(self._folder)

    def check(self) -> None:
        """See that the folder can be written; it is made if need be.

        Raises:
            UnwritableFolderError: It cannot.
        """
        with self._only_writer():
            self._pointer()

    def live(self) -> str | None:
        """Return the collection that answers; None if there is none."""
        pointer = self._pointer()
        return self._there(self._index if pointer is None else pointer.live)

    def previous(self) -> str | None:
        """Return the collection that was live before; None if there is none."""
        pointer = self._pointer()
        return self._there(pointer.previous) if pointer else None

    def names(self) -> tuple[str, ...]:
        """Return the names of all collections of the index."""
        folders = self._folder.glob("*/")
        return tuple(sorted(each.name for each in folders if is_of_index(each.name, self._index) and _is_made(each)))

    def identity(self, name: str) -> CollectionIdentity:
        """Return which vectors a collection holds.

        Raises:
            UnknownCollectionError: There is no such collection.
            UnusableCollectionError: Its record is damaged.
        """
        record = collection_record(self._home(name))
        return CollectionIdentity(embedding=record.identity, terms=record.terms)

    def entry(self, name: str) -> IndexEntry | None:
        """Return what is noted of a collection; None if nothing is.

        Raises:
            DamagedCatalogError: The note cannot be read.
        """
        return _read(self._folder / name / _ENTRY, IndexEntry)

    def note(self, name: str, entry: IndexEntry) -> None:
        """Note something of a collection.

        Raises:
            UnknownCollectionError: There is no such collection.
            UnwritableFolderError: The folder cannot be written.
        """
        _write(self._home(name) / _ENTRY, entry)

    def switch(self, to: str) -> None:
        """Make a collection live, and the one that was live the previous one.

        Raises:
            UnknownCollectionError: There is no such collection.
            CatalogBusyError: Another process is switching and does not end.
            UnwritableFolderError: The folder cannot be written.
        """
        self._home(to)
        with self._only_writer():
            live = self.live()
            if live != to:
                _write(self._pointer_file, _Pointer(live=to, previous=live))

    def delete(self, name: str) -> None:
        """Delete a collection; one that is not there is ignored.

        Raises:
            CollectionInUseError: It is live or the previous one.
            CollectionHeldError: Somebody has it open.
            UnwritableFolderError: The folder cannot be written.
        """
        with self._only_writer(), writing_to(self._folder):
            if name in {self.live(), self.previous()}:
                raise CollectionInUseError(name)
            # Renamed first: half a collection must not be taken for one. A killed deletion is ended by the next one.
            shutil.rmtree(self._trash, ignore_errors=True)
            if name in self.names():
                home = self._folder / name
                with exclusive(home):
                    home.rename(self._trash)
                shutil.rmtree(self._trash)

    def size_bytes(self, name: str) -> int:
        """Return the room that a collection takes on the disk."""
        files = (path for path in self._home(name).rglob("*") if path.is_file())
        return sum(path.stat().st_blocks * _BLOCK_BYTES for path in files)

    def close(self) -> None:
        """Do nothing: there is nothing to release."""

    def _pointer(self) -> _Pointer | None:
        return _read(self._pointer_file, _Pointer)

    def _there(self, name: str | None) -> str | None:
        return name if name is not None and name in self.names() else None

    def _home(self, name: str) -> Path:
        if name not in self.names():
            raise UnknownCollectionError(self.location, name)
        return self._folder / name

    @contextmanager
    def _only_writer(self) -> Iterator[None]:
        with writing_to(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._lock_file)
        try:
            lock.acquire(timeout=_LOCK_SECONDS)
        except Timeout:
            raise CatalogBusyError(self._lock_file) from None
        try:
            yield
        finally:
            lock.release()


def _is_made(home: Path) -> bool:
    return shard_folder(home).exists()


def _read(path: Path, model: type[ModelT]) -> ModelT | None:
    try:
        return model.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValidationError) as error:
        raise DamagedCatalogError(path, str(error)) from error


def _write(path: Path, content: FrozenModel) -> None:
    draft = path.with_name(f"{path.name}.new")
    with writing_to(path.parent):
        with draft.open("w", encoding="utf-8") as file:
            file.write(content.model_dump_json())
            file.flush()
            # The rename must not reach the disk before the words do.
            os.fsync(file.fileno())
        draft.replace(path)
        _bring_to_disk(path.parent)


def _bring_to_disk(folder: Path) -> None:
    """See to it that a rename outlives a power cut; elsewhere than on POSIX a folder cannot be opened for that."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
