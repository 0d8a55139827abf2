"""What both engines find, as candidates: each chunk once, with what is needed to rank it."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Protocol

import numpy as np

from llm_engineering.domain.chunks import Candidate
from llm_engineering.infrastructure.vector_stores.known_vectors import KnownVector
from llm_engineering.infrastructure.vector_stores.payloads import VECTOR_NAME, chunk_of, text_field


class StoredPoint(Protocol):
    """A point as both engines return it."""

    # Read-only, because the engines differ in what may be assigned.
    @property
    def id(self) -> Any:  # noqa: ANN401 - of one of several types
        """Identifier of the point."""

    @property
    def payload(self) -> Mapping[str, Any] | None:
        """What is stored beside the vectors."""

    @property
    def vector(self) -> Any:  # noqa: ANN401 - a mapping where vectors have names
        """The vectors that were asked for, by their names."""


def candidates_of(points: Iterable[StoredPoint], term_scores: Mapping[str, float]) -> list[Candidate]:
    """Return each point once, in the order of the ids.

    Args:
        points: With payload and embedding; one that was found twice may be given twice.
        term_scores: Of those that were found by words, by id.
    """
    unique = {str(point.id): point for point in points}
    return [_candidate(unique[point_id], term_scores.get(point_id)) for point_id in sorted(unique)]


def known_vector(point: StoredPoint) -> KnownVector:
    """Return what a point is ranked by."""
    embedding = np.array(point.vector[VECTOR_NAME], dtype=np.float32)
    return KnownVector(text_field(point.payload, "document_id"), embedding)


def _candidate(point: StoredPoint, term_score: float | None) -> Candidate:
    known = known_vector(point)
    read = partial(chunk_of, point.id, point.payload)
    return Candidate(str(point.id), known.document_id, known.embedding, term_score, read)
