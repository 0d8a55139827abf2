"""The port to git: the files of a repository as they are at one commit."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from llm_engineering.application.crawl.links import Link


class EntryKind(StrEnum):
    """What an entry of a git tree is."""

    FILE = "file"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """What git knows of a path without reading it."""

    path: str
    """With forward slashes; bytes that are not UTF-8 are lone surrogates, as `os.fsdecode` makes them."""
    kind: EntryKind
    size: int | None
    """In bytes; None of a submodule, and of a file that was not copied because it is too large."""
    object_id: str


class Snapshot(Protocol):
    """The files of a repository at one commit."""

    @property
    def commit(self) -> str:
        """The full hash of the commit."""
        ...

    @property
    def entries(self) -> Sequence[TreeEntry]:
        """Every path of the commit that is not a folder, in git's order."""
        ...

    @property
    def received_bytes(self) -> int:
        """Size of what was copied over the network; 0 of a local repository."""
        ...

    def contents(self, entries: Iterable[TreeEntry]) -> Iterator[tuple[TreeEntry, bytes]]:
        """Yield each of the files with its bytes as they were committed, in the order given.

        Raises:
            RepositoryError: A file could not be read; after the end of the snapshot none can be.
        """
        ...


class GitClient(Protocol):
    """Gets repositories; may be used by several threads at once."""

    def newest_commit(self, link: Link) -> str:
        """Return the full hash of the commit that `snapshot` would be of, without copying anything.

        Raises:
            RepositoryError: There is no repository, it cannot be reached, or it has no commit.
            FetchError: The host is not allowed, or unknown.
        """
        ...

    def snapshot(self, link: Link) -> AbstractContextManager[Snapshot]:
        """Return the snapshot of a repository's default branch; of a local one, of the branch that is checked out.

        It can be read inside the `with` block, which removes what was copied when it ends.

        Raises:
            RepositoryError: There is no repository, it cannot be reached, or it exceeds a limit.
            FetchError: The host is not allowed, or unknown.
        """
        ...
