"""Reads what lies beside the ids that a search in Qdrant Edge found: vectors, which are remembered, and chunks."""

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from uuid import UUID

from qdrant_edge import EdgeShard

from llm_engineering.domain.chunks import Candidate, Chunk
from llm_engineering.domain.errors import RetryableError
from llm_engineering.infrastructure.vector_stores.edge_shards import edge_errors
from llm_engineering.infrastructure.vector_stores.found_points import known_vector
from llm_engineering.infrastructure.vector_stores.known_vectors import KnownVector, KnownVectors
from llm_engineering.infrastructure.vector_stores.payloads import VECTOR_NAME, chunk_of


class DeletedMeanwhileError(RetryableError):
    """A chunk was deleted between being found and being read."""

    def __init__(self, chunk_id: str) -> None:
        super().__init__(f"The chunk {chunk_id} was deleted while a question was answered.", remedy="Ask again.")
        self.chunk_id = chunk_id


class EdgePoints:
    """The points of one open shard, by their ids."""

    def __init__(self, shard: EdgeShard, folder: Path) -> None:
        self._shard = shard
        self._folder = folder
        self._vectors = KnownVectors()

    def candidates(self, chunk_ids: Set[str], term_scores: Mapping[str, float]) -> list[Candidate]:
        """Return chunks as candidates in the order of their ids; one that was deleted meanwhile is left out."""
        return [
            Candidate(
                chunk_id, vector.document_id, vector.embedding, term_scores.get(chunk_id), partial(self.chunk, chunk_id)
            )
            for chunk_id, vector in sorted(self._vectors_of(chunk_ids).items())
        ]

    def chunk(self, chunk_id: str) -> Chunk:
        """Return a chunk.

        Raises:
            DeletedMeanwhileError: It is not there.
        """
        with edge_errors(self._folder):
            points = self._shard.retrieve([chunk_id], with_payload=True, with_vector=False)
        if not points:
            raise DeletedMeanwhileError(chunk_id)
        return chunk_of(chunk_id, points[0].payload)

    @contextmanager
    def changing(self, chunk_ids: Sequence[str]) -> Iterator[None]:
        """Let no vector of some chunks be remembered that was read before the end of the `with` block."""
        self._vectors.forget(chunk_ids)
        try:
            yield
        finally:
            self._vectors.forget(chunk_ids)

    def _vectors_of(self, chunk_ids: Set[str]) -> dict[str, KnownVector]:
        read_at = self._vectors.changes
        known = self._vectors.known(chunk_ids)
        missing: list[UUID | str | int] = list(chunk_ids - known.keys())
        if not missing:
            return known
        with edge_errors(self._folder):
            points = self._shard.retrieve(missing, with_payload=["document_id"], with_vector=[VECTOR_NAME])
        read = {str(point.id): known_vector(point) for point in points}
        self._vectors.learn(read, read_at=read_at)
        return {**known, **read}
