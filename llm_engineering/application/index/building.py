"""Which collection documents go into, and what is noted of it before and after."""

from datetime import datetime
from typing import Final

from llm_engineering.application.index.catalog import IndexCatalog, IndexEntry, collection_name
from llm_engineering.application.index.fingerprint import IndexFingerprint
from llm_engineering.application.ports import VectorStore
from llm_engineering.domain.chunks import ChunkFilter
from llm_engineering.domain.errors import TwinError

_FIRST_VERSION: Final = 1
"""Version of cleaning, cutting and context when collections had no fingerprint yet."""


class UnfinishedCollectionError(TwinError):
    """A collection was never brought up to date, so it cannot become live."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The collection {name!r:.120} was never filled to the end.",
            remedy="Run the feature pipeline again: it goes on where it stopped.",
        )
        self.name = name


def collection_for(catalog: IndexCatalog, fingerprint: IndexFingerprint, now: datetime) -> str:
    """Return the collection that documents go into: the one of the fingerprint, which need not be there yet.

    A live collection from before there were fingerprints is given one: the first versions, and the cutting that is
    asked for now; the sync sees to it that this is true. One from before there were terms is returned as it is, so
    that opening it says what to do.
    """
    live = catalog.live()
    if live is not None and catalog.entry(live) is None:
        held = catalog.identity(live)
        if held.terms is None:
            return live
        first = IndexFingerprint(
            cleaner=_FIRST_VERSION,
            chunker=_FIRST_VERSION,
            context=_FIRST_VERSION,
            chunking=fingerprint.chunking,
            embedding=held.embedding,
            terms=held.terms,
        )
        catalog.note(live, IndexEntry(fingerprint=first, made_at=now, synced_at=now))
    for name in catalog.names():
        entry = catalog.entry(name)
        if entry is not None and entry.fingerprint == fingerprint:
            return name
    return collection_name(catalog.index, fingerprint)


def note_begun(
    catalog: IndexCatalog, name: str, fingerprint: IndexFingerprint, *, model_id: str, now: datetime
) -> None:
    """Note the fingerprint of a collection that is about to be filled, unless that is noted already."""
    entry = catalog.entry(name) or IndexEntry(fingerprint=fingerprint, made_at=now)
    if entry.model_id != model_id:
        entry = entry.model_copy(update={"model_id": model_id})
        catalog.note(name, entry)


def note_synced(catalog: IndexCatalog, name: str, vectors: VectorStore, now: datetime) -> None:
    """Note that a collection is up to date, and how many points it has."""
    entry = noted_entry(catalog, name)
    catalog.note(name, entry.model_copy(update={"synced_at": now, "points": vectors.count(ChunkFilter())}))


def noted_entry(catalog: IndexCatalog, name: str) -> IndexEntry:
    """Return what is noted of a collection.

    Raises:
        UnfinishedCollectionError: Nothing is: it was killed before it was begun, or is not there.
    """
    entry = catalog.entry(name)
    if entry is None:
        raise UnfinishedCollectionError(name)
    return entry
