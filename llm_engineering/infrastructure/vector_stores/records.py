"""What is kept with a collection so that nothing incomparable is ever put into it."""

from typing import Final

from llm_engineering.domain.chunks import EmbeddingIdentity, TermScheme
from llm_engineering.domain.errors import CollectionMismatchError, StoreUnavailableError
from llm_engineering.domain.models import FrozenModel

FORMAT_VERSION: Final = 2
"""Raised when vectors or payloads are written in a way that older code cannot read."""


class CollectionRecord(FrozenModel):
    """The identity of a collection's vectors, and how its points are written."""

    format_version: int
    identity: EmbeddingIdentity
    terms: TermScheme | None = None
    """Scheme of its term vectors; None for a collection that was made before there were any."""


class IdentityMismatchError(CollectionMismatchError):
    """A collection's vectors and those to come are not comparable."""

    def __init__(self, location: str, *, stored: EmbeddingIdentity, asked: EmbeddingIdentity) -> None:
        super().__init__(
            f"The collection at {location} holds vectors of {_described(stored)}, not of {_described(asked)}.",
            remedy=(
                "Set TEXT_EMBEDDING_MODEL_ID back to that model and precision, choose another QDRANT_COLLECTION, "
                "or delete the collection and run the feature pipeline again."
            ),
        )
        self.location = location
        self.stored = stored
        self.asked = asked


class TermsMismatchError(CollectionMismatchError):
    """A collection has no term vectors, or other ones than those to come."""

    def __init__(self, location: str, *, stored: TermScheme | None, asked: TermScheme) -> None:
        held = f"term vectors of the scheme ({stored})" if stored else "no term vectors, by which words are found"
        super().__init__(
            f"The collection at {location} holds {held}; this version writes and reads those of ({asked}).",
            remedy=(
                "Choose another QDRANT_COLLECTION, or delete the collection, and run the feature pipeline again: it "
                "builds the index from the documents."
            ),
        )
        self.location = location
        self.stored = stored
        self.asked = asked


class OtherFormatError(StoreUnavailableError):
    """A collection was written by a newer version of this program, which writes it differently."""

    def __init__(self, location: str, format_version: int) -> None:
        super().__init__(
            f"The collection at {location} has format {format_version}, this version reads {FORMAT_VERSION}.",
            remedy=(
                "Use the version that wrote it, choose another QDRANT_COLLECTION, "
                "or delete the collection and run the feature pipeline again."
            ),
        )
        self.location = location
        self.format_version = format_version


def check_record(record: CollectionRecord, location: str, asked: EmbeddingIdentity, terms: TermScheme) -> None:
    """Check that vectors of an identity and a scheme belong into a collection.

    Raises:
        OtherFormatError: A newer version of this program wrote it.
        TermsMismatchError: The collection has no term vectors, or those of another scheme.
        IdentityMismatchError: It was made with another model, dimension or precision.
    """
    if record.format_version > FORMAT_VERSION:
        raise OtherFormatError(location, record.format_version)
    if record.terms != terms:  # what an older version wrote has none
        raise TermsMismatchError(location, stored=record.terms, asked=terms)
    if record.identity != asked:
        raise IdentityMismatchError(location, stored=record.identity, asked=asked)


def _described(identity: EmbeddingIdentity) -> str:
    return f"{identity.model[:100]!r} ({identity.dimension} dimensions, {identity.precision[:20]})"
