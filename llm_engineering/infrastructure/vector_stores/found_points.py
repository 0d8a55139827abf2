"""What both engines find, as candidates: each chunk once, with what is needed to rank it."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import numpy as np

from llm_engineering.domain.chunks import Candidate
from llm_engineering.infrastructure.vector_stores.payloads import VECTOR_NAME, chunk_of


class FoundPoint(Protocol):
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

    @property
    def score(self) -> float:
        """Score of the query that found it."""
        ...


def merged_candidates(close: Iterable[FoundPoint], by_words: Iterable[FoundPoint]) -> list[Candidate]:
    """Return each point that was found close in meaning or by words, in the order of the ids."""
    term_scores = {}
    points = {str(point.id): point for point in close}
    for point in by_words:
        points.setdefault(str(point.id), point)
        term_scores[str(point.id)] = point.score
    return [_candidate(points[point_id], term_scores.get(point_id)) for point_id in sorted(points)]


def _candidate(point: FoundPoint, term_score: float | None) -> Candidate:
    embedding = np.array(point.vector[VECTOR_NAME], dtype=np.float32)
    return Candidate(chunk_of(point.id, point.payload), embedding, term_score)
