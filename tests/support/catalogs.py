"""A catalog in memory, and one that dies."""

from typing import Any

from llm_engineering.application.index.catalog import (
    CollectionIdentity,
    CollectionInUseError,
    IndexCatalog,
    IndexEntry,
    UnknownCollectionError,
    is_of_index,
)
from llm_engineering.domain.chunks import STANDARD_TERMS, EmbeddingIdentity, TermScheme
from tests.support.dying_store import KilledError


class CatalogInMemory:
    """Collections are names with the identity of their vectors."""

    def __init__(self, index: str) -> None:
        self.index = index
        self.location = "memory"
        self.collections: dict[str, CollectionIdentity] = {}
        self._entries: dict[str, IndexEntry] = {}
        self._live: str | None = None
        self._previous: str | None = None

    def make(self, name: str, embedding: EmbeddingIdentity, terms: TermScheme | None = STANDARD_TERMS) -> None:
        """Make an empty collection."""
        self.collections[name] = CollectionIdentity(embedding=embedding, terms=terms)

    def check(self) -> None:
        """Do nothing: memory can be written."""

    def live(self) -> str | None:
        if self._live is None and self.index in self.collections:
            return self.index
        return self._live

    def previous(self) -> str | None:
        return self._previous

    def names(self) -> list[str]:
        return sorted(name for name in self.collections if is_of_index(name, self.index))

    def identity(self, name: str) -> CollectionIdentity:
        self._check(name)
        return self.collections[name]

    def entry(self, name: str) -> IndexEntry | None:
        return self._entries.get(name)

    def note(self, name: str, entry: IndexEntry) -> None:
        self._check(name)
        self._entries[name] = entry

    def switch(self, to: str) -> None:
        self._check(to)
        live = self.live()
        if live != to:
            self._live, self._previous = to, live

    def delete(self, name: str) -> None:
        if name in {self.live(), self.previous()}:
            raise CollectionInUseError(name)
        self.collections.pop(name, None)
        self._entries.pop(name, None)

    def size_bytes(self, name: str) -> int | None:
        self._check(name)
        return None

    def close(self) -> None:
        """Do nothing: the collections stay."""

    def _check(self, name: str) -> None:
        if name not in self.names():
            raise UnknownCollectionError(self.location, name)


class DyingCatalog:
    """Passes everything to a catalog and dies before its n-th write, counted from 0; the writes before are done."""

    def __init__(self, catalog: IndexCatalog, writes: int) -> None:
        self._catalog = catalog
        self._left = writes

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._catalog, name)
        if name not in {"note", "switch", "delete"}:
            return found

        def counted(*args: Any) -> Any:
            if self._left == 0:
                raise KilledError
            self._left -= 1
            return found(*args)

        return counted
