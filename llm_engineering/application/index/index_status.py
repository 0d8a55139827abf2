"""What there is of an index: the collection that answers, the one before it, and the others."""

from datetime import datetime
from enum import StrEnum

from llm_engineering.application.index.catalog import IndexCatalog, IndexEntry, described
from llm_engineering.domain.models import FrozenModel


class CollectionRole(StrEnum):
    """What a collection is there for."""

    LIVE = "live"
    PREVIOUS = "previous"
    """`--rollback` returns to it."""
    BUILDING = "building"
    """It was never complete; the next run of its fingerprint goes on with it."""
    WAITING = "waiting"
    """It is complete; it was not switched to, or is older than the previous one."""
    ROLLED_BACK = "rolled back"
    """A person went back from it."""


class CollectionStatus(FrozenModel):
    """One collection of an index, for people."""

    role: CollectionRole
    name: str
    fingerprint: str
    """In words; what is known of it, where it is from before there were fingerprints."""
    points: int | None
    """When it was last brought up to date; None if it never was."""
    size_bytes: int | None
    made_at: datetime | None
    synced_at: datetime | None


def index_status(catalog: IndexCatalog) -> tuple[CollectionStatus, ...]:
    """Return all collections of an index, the live one first, then the previous one."""
    live, previous = catalog.live(), catalog.previous()
    found = [_status(catalog, name, _role(name, live, previous, catalog.entry(name))) for name in catalog.names()]
    order = list(CollectionRole)
    return tuple(sorted(found, key=lambda each: order.index(each.role)))


def _role(name: str, live: str | None, previous: str | None, entry: IndexEntry | None) -> CollectionRole:
    if name in {live, previous}:
        return CollectionRole.LIVE if name == live else CollectionRole.PREVIOUS
    if entry is None or entry.synced_at is None:
        return CollectionRole.BUILDING
    return CollectionRole.WAITING if entry.rolled_back_at is None else CollectionRole.ROLLED_BACK


def _status(catalog: IndexCatalog, name: str, role: CollectionRole) -> CollectionStatus:
    entry = catalog.entry(name)
    return CollectionStatus(
        role=role,
        name=name,
        fingerprint=_in_words(catalog, name, entry),
        points=entry.points if entry else None,
        size_bytes=catalog.size_bytes(name),
        made_at=entry.made_at if entry else None,
        synced_at=entry.synced_at if entry else None,
    )


def _in_words(catalog: IndexCatalog, name: str, entry: IndexEntry | None) -> str:
    if entry is None:
        return f"{described(catalog.identity(name).embedding)}, made before there were fingerprints"
    return "; ".join(f"{part} {words}" for part, words in entry.fingerprint.words.items())
