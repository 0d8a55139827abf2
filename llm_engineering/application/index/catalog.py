"""The collections of one index: the one that answers, the one before it, and others that are being built.

An index has a name, that of the settings. Its collections are named after it and their fingerprint; a collection that
has just the index's own name was made before there were fingerprints.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

from llm_engineering.application.index.fingerprint import IndexFingerprint
from llm_engineering.domain.chunks import EmbeddingIdentity, TermScheme
from llm_engineering.domain.errors import CollectionMismatchError, InvalidInputError, TwinError
from llm_engineering.domain.models import FrozenModel

_BUILD: Final = "run the feature pipeline (`python -m tools.run --run-feature-engineering`)"
_STATUS: Final = "`python -m tools.index --status` shows what there is"


class CollectionIdentity(FrozenModel):
    """Which vectors a collection holds."""

    embedding: EmbeddingIdentity
    terms: TermScheme | None
    """None in a collection that was made before there were any."""


class IndexEntry(FrozenModel):
    """What is noted of a collection."""

    fingerprint: IndexFingerprint
    made_at: datetime
    model_id: str | None = None
    """The embedding model as the settings name it, so that it can be loaded again; None where nobody knows."""
    synced_at: datetime | None = None
    """When it was last brought up to date; None as long as it never was, so that it must not become live."""
    points: int | None = None
    """Points that it had then."""
    rolled_back_at: datetime | None = None
    """When a person went back from it; until it is made live again it is not switched to by rule."""


class IndexCatalog(Protocol):
    """Knows the collections of one index and which of them is live; may be used by several processes at once.

    All methods raise `StoreUnavailableError` where the store cannot be reached or its record is damaged, and those that
    write `StoreReadOnlyError` where it may not be written.
    """

    @property
    def index(self) -> str:
        """Name of the index."""
        ...

    @property
    def location(self) -> str:
        """Where the collections lie, for people to read; never holds a key."""
        ...

    def check(self) -> None:
        """See that the collections can be reached and written; nothing else is changed."""
        ...

    def live(self) -> str | None:
        """Return the collection that answers; None if there is none, or if it is no longer there.

        Before the first switch that is the collection with the index's own name, if there is one.
        """
        ...

    def previous(self) -> str | None:
        """Return the collection that was live before; None if there is none, or if it is no longer there."""
        ...

    def names(self) -> Sequence[str]:
        """Return the names of all collections of the index, in the order of the alphabet."""
        ...

    def identity(self, name: str) -> CollectionIdentity:
        """Return which vectors a collection holds.

        Raises:
            UnknownCollectionError: The index has no such collection.
        """
        ...

    def entry(self, name: str) -> IndexEntry | None:
        """Return what is noted of a collection; None if nothing is, or if there is no such collection."""
        ...

    def note(self, name: str, entry: IndexEntry) -> None:
        """Note something of a collection, in place of what was noted before; durable when the call returns.

        Raises:
            UnknownCollectionError: The index has no such collection.
        """
        ...

    def switch(self, to: str) -> None:
        """Make a collection live in one step that is done or not done, and the one that was live the previous one.

        Whoever has the old one open keeps it. Switching to the live collection changes nothing.

        Raises:
            UnknownCollectionError: The index has no such collection.
        """
        ...

    def delete(self, name: str) -> None:
        """Delete a collection; one that is not there is ignored.

        Raises:
            CollectionInUseError: It is live or the previous one.
            StoreLockedError: Somebody has it open.
        """
        ...

    def size_bytes(self, name: str) -> int | None:
        """Return the room that a collection takes on the disk; None if that cannot be told."""
        ...

    def close(self) -> None:
        """Release connections; safe to call twice."""
        ...


class UnknownCollectionError(InvalidInputError):
    """An index has no collection of a name."""

    def __init__(self, location: str, name: str) -> None:
        super().__init__(f"There is no collection {name!r:.120} at {location}.", remedy=f"{_STATUS}.")
        self.location = location
        self.name = name


class CollectionInUseError(InvalidInputError):
    """The live collection or the one before it was to be deleted."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The collection {name!r:.120} is live or the previous one.", remedy="Switch to another first."
        )
        self.name = name


class NoLiveIndexError(TwinError):
    """There is no index yet that could answer."""

    def __init__(self, location: str, index: str) -> None:
        super().__init__(f"There is no index {index!r} at {location} yet.", remedy=f"To build it, {_BUILD}.")
        self.location = location
        self.index = index


class LiveIndexMismatchError(CollectionMismatchError):
    """The live index holds vectors of another model than the one that is set, so it cannot be asked with that."""

    def __init__(self, location: str, *, live: EmbeddingIdentity, asked: EmbeddingIdentity) -> None:
        super().__init__(
            f"The live index at {location} holds vectors of {described(live)}, but {described(asked)} is set.",
            remedy=f"Either {_BUILD}, which builds a second index with the model that is set and switches to it by "
            f"the rule in its file, or set the model back to {live.model[:100]!r} (TEXT_EMBEDDING_MODEL_ID) in "
            f"{live.precision[:20]}. {_STATUS}.",
        )
        self.location = location
        self.live = live
        self.asked = asked


def described(identity: EmbeddingIdentity) -> str:
    """Return an identity as people write it."""
    return f"{identity.model[:100]!r} ({identity.dimension} dimensions, {identity.precision[:20]})"


def collection_name(index: str, fingerprint: IndexFingerprint) -> str:
    """Return the name of the collection of a fingerprint."""
    return f"{index}-{fingerprint.digest}"


def is_of_index(name: str, index: str) -> bool:
    """Tell whether a collection belongs to an index, by its name."""
    return re.fullmatch(rf"{re.escape(index)}(-[0-9a-f]{{12}})?", name) is not None


def live_collection(catalog: IndexCatalog, asked: EmbeddingIdentity) -> str:
    """Return the collection that answers questions of a model.

    Raises:
        NoLiveIndexError: There is none yet.
        LiveIndexMismatchError: It holds vectors of another model, dimension or precision.
    """
    live = catalog.live()
    if live is None:
        raise NoLiveIndexError(catalog.location, catalog.index)
    held = catalog.identity(live).embedding
    if held != asked:
        raise LiveIndexMismatchError(f"{catalog.location} ({live})", live=held, asked=asked)
    return live
