"""How a chunk is written beside its vector, the same in every Qdrant collection.

The payload holds every field of the chunk: those of its provenance at the top, where filters find them, then
its own, then its digest. The id is the point's. What a chunk is filtered by holds a list where the documents that it
also stands for differ in it, its own value first: a filter passes where one of them does.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from pydantic import ValidationError

from llm_engineering.domain.chunks import Chunk, ChunkFilter
from llm_engineering.domain.documents import Provenance
from llm_engineering.domain.errors import StoreUnavailableError

VECTOR_NAME: Final = "dense"
"""Name of the embedding of a point."""
TERMS_NAME: Final = "terms"
"""Name of the term vector of a point."""
TENANT_FIELD: Final = "author_id"
"""Field that parts a collection into what is searched together."""
FILTER_FIELDS: Final = (TENANT_FIELD, "category", "document_id", "platform", "language")
"""Payload fields that carry a keyword index."""
DATE_FIELD: Final = "published_at"
"""Payload field that carries an index of times; `ChunkFilter` restricts by this and the keyword fields alone."""
MOST_FACETS: Final = 10_000
"""Values that are counted of a field."""
_SHARED_FIELDS: Final = ("category", "platform", "language", DATE_FIELD)
"""Fields that the documents of a shared chunk can differ in. A chunk is counted and deleted by its own document alone,
and an author shares with nobody."""


class UnreadablePayloadError(StoreUnavailableError):
    """What is stored of a chunk is not what this program writes."""

    def __init__(self, point_id: str, detail: str) -> None:
        super().__init__(
            f"The stored chunk {point_id} cannot be read: {detail[:300]}.",
            remedy="Delete the collection and run the feature pipeline again, which builds it from the documents.",
        )
        self.point_id = point_id


def payload_of(chunk: Chunk) -> dict[str, Any]:
    """Return what is stored of a chunk beside its vector, as JSON types."""
    fields = chunk.model_dump(mode="json", exclude={"id"})
    provenance = fields.pop("provenance")
    shared = {name: _values(name, provenance, fields["also_at"]) for name in _SHARED_FIELDS}
    return {**provenance, **shared, **fields, "digest": chunk.digest}


def _values(name: str, own: Mapping[str, Any], others: Iterable[Mapping[str, Any]]) -> object:
    """Return the value of a field, or the list of all where they differ."""
    values = list(dict.fromkeys(place[name] for place in (own, *others)))
    return values if len(values) > 1 else values[0]


def chunk_of(point_id: object, payload: Mapping[str, Any] | None) -> Chunk:
    """Return the chunk that a payload was made from.

    Raises:
        UnreadablePayloadError: The payload lacks a field or holds something else in it.
    """
    stored = dict(payload or {})
    stored.pop("digest", None)
    provenance = {name: _own(stored.pop(name)) for name in Provenance.model_fields if name in stored}
    try:
        return Chunk.model_validate({"id": str(point_id), "provenance": provenance, **stored})
    except ValidationError as error:
        raise UnreadablePayloadError(str(point_id), str(error)) from error


def _own(value: object) -> object:
    return value[0] if isinstance(value, list) and value else value


def text_field(payload: Mapping[str, Any] | None, name: str) -> str:
    """Return a field of a payload that was asked for alone; empty if it is not there.

    A chunk without a digest thus counts as out of date and is written anew.
    """
    return str((payload or {}).get(name, ""))


def restrictions(where: ChunkFilter) -> dict[str, str]:
    """Return the values that keyword fields must have to pass a filter; empty if all pass."""
    return {name: str(value) for name in FILTER_FIELDS if (value := getattr(where, name)) is not None}


def publication_bounds(where: ChunkFilter) -> dict[str, datetime]:
    """Return the bounds of the time of publication as Qdrant names them ("gte", "lt"); empty if all times pass."""
    bounds = {}
    if where.published_since is not None:
        bounds["gte"] = datetime.combine(where.published_since, time.min, UTC)
    if where.published_until is not None:
        bounds["lt"] = datetime.combine(where.published_until, time.min, UTC) + timedelta(days=1)
    return bounds


def cosine(score: float) -> float:
    """Return an engine's score without the rounding that takes it beyond -1 or 1."""
    return max(-1.0, min(1.0, score))
