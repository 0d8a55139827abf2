"""What is kept with a collection so that nothing incomparable is ever put into it."""

from typing import Final

from llm_engineering.domain.chunks import EmbeddingIdentity
from llm_engineering.domain.errors import CollectionMismatchError, StoreUnavailableError
from llm_engineering.domain.models import FrozenModel

FORMAT_VERSION: Final = 1
"""Raised when vectors or payloads are written in a way that older code cannot read."""


class CollectionRecord(FrozenModel):
    """The identity of a collection's vectors, and how its points are written."""

    format_version: int
    identity: EmbeddingIdentity


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


class OtherFormatError(StoreUnavailableError):
    """A collection was written by a version of this program that writes it differently."""

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


def check_record(record: CollectionRecord, location: str, asked: EmbeddingIdentity) -> None:
    """Check that vectors of an identity belong into a collection.

    Raises:
        OtherFormatError: The collection has another format.
        IdentityMismatchError: It was made with another model, dimension or precision.
    """
    if record.format_version != FORMAT_VERSION:
        raise OtherFormatError(location, record.format_version)
    if record.identity != asked:
        raise IdentityMismatchError(location, stored=record.identity, asked=asked)


def _described(identity: EmbeddingIdentity) -> str:
    return f"{identity.model[:100]!r} ({identity.dimension} dimensions, {identity.precision[:20]})"
