"""The embedded vector store: Qdrant Edge, the server's engine inside this process."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import RLock
from typing import Self
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from qdrant_edge import (
    CountRequest,
    EdgeShard,
    FacetRequest,
    FieldCondition,
    Filter,
    HasIdCondition,
    MatchValue,
    Point,
    Query,
    QueryRequest,
    RangeDateTime,
    Record,
    ScoredPoint,
    ScrollRequest,
    SparseVector,
    UpdateOperation,
)

from llm_engineering.application.ports import FacetField
from llm_engineering.domain.chunks import (
    STANDARD_TERMS,
    Candidate,
    Chunk,
    ChunkFilter,
    EmbeddedChunk,
    EmbeddedQuestion,
    EmbeddingIdentity,
    ScoredChunk,
    TermScheme,
    TermVector,
)
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.infrastructure.vector_stores.batches import POINTS_PER_WRITE, RECORDS_PER_PAGE, batches
from llm_engineering.infrastructure.vector_stores.checks import (
    check_chunks,
    check_limit,
    check_question,
    check_vector,
    is_point_id,
)
from llm_engineering.infrastructure.vector_stores.edge_points import EdgePoints
from llm_engineering.infrastructure.vector_stores.edge_shards import IDENTIFIERS, SEARCH, edge_errors, opened_shard
from llm_engineering.infrastructure.vector_stores.holders import exclusive
from llm_engineering.infrastructure.vector_stores.payloads import (
    DATE_FIELD,
    MOST_FACETS,
    TERMS_NAME,
    VECTOR_NAME,
    chunk_of,
    cosine,
    payload_of,
    publication_bounds,
    restrictions,
    text_field,
)


class InvalidCollectionNameError(InvalidInputError):
    """A collection's name cannot be the name of a folder."""

    def __init__(self, collection: str) -> None:
        super().__init__(
            f"{collection[:80]!r} cannot be the name of a collection.",
            remedy="Set QDRANT_COLLECTION to letters, digits, hyphens and underscores.",
        )
        self.collection = collection


class QdrantEdgeVectorStore:
    """A collection in a folder of its own, open in one process at a time.

    A writing call returns when all of it is on the disk: not only a killed process but a power cut loses none
    of it. Searches compare every vector; in large collections (from about 27,000 chunks on) a graph
    finds the nearest, or all but a few in a thousand of them. Safe to use from several threads,
    but not to carry on with after a fork.
    """

    def __init__(self, shard: EdgeShard, folder: Path, dimension: int, resources: ExitStack) -> None:
        self._shard = shard
        self._folder = folder
        self._dimension = dimension
        self._resources = resources
        self._writing = RLock()
        self._points = EdgePoints(shard, folder)

    @classmethod
    def open(
        cls, folder: Path, collection: str, identity: EmbeddingIdentity, terms: TermScheme = STANDARD_TERMS
    ) -> Self:
        """Open a collection under a folder, and make both if they are not there.

        Raises:
            InvalidCollectionNameError: The collection's name cannot be the name of a folder.
            CollectionHeldError: It is open already, in this process or another one.
            IdentityMismatchError: It was made with another model, dimension or precision.
            TermsMismatchError: It has no term vectors, or those of another scheme.
            UnwritableFolderError: The folder cannot be made or written.
            UnusableCollectionError: Its files are damaged.
            OtherFormatError: It was written by another version of this program.
        """
        if collection in {"", ".", ".."} or set(collection) & set("/\\\0"):
            raise InvalidCollectionNameError(collection)
        home = folder.absolute() / collection
        with ExitStack() as resources:
            resources.enter_context(exclusive(home))
            shard = opened_shard(home, identity, terms)
            resources.callback(_close, shard, home)
            return cls(shard, home, identity.dimension, resources.pop_all())

    @property
    def location(self) -> str:
        """The collection's folder."""
        return str(self._folder)

    def upsert(self, chunks: Sequence[EmbeddedChunk]) -> None:
        """Write chunks by their ids, whole; an existing one is replaced, and of two with one id the last stays.

        Raises:
            InvalidInputError: An id is no UUID, or a vector is none of the collection's; nothing is written.
            UnusableCollectionError: The engine failed; some chunks may be written.
        """
        check_chunks(chunks, self._dimension)
        with self._points.changing([embedded.chunk.id for embedded in chunks]):
            for batch in batches(chunks, POINTS_PER_WRITE):
                self._update(UpdateOperation.upsert_points([_point(embedded) for embedded in batch]))
            self._flush()

    def replace_payloads(self, chunks: Sequence[Chunk]) -> None:
        """Replace all that is stored of these chunks but their vectors; ids that are not stored are ignored."""
        with self._points.changing([chunk.id for chunk in chunks]):
            for chunk in chunks:
                if is_point_id(chunk.id):
                    # By id alone Edge would fail on one that is not stored.
                    one = Filter(must=[HasIdCondition({chunk.id})])
                    self._update(UpdateOperation.overwrite_payload_by_filter(one, payload_of(chunk)))
            self._flush()

    def digests(self, document_id: str) -> dict[str, str]:
        """Return `Chunk.digest` as stored for each chunk id of a document; empty if it has none."""
        records = self._records(ChunkFilter(document_id=document_id), "digest")
        return {str(record.id): text_field(record.payload, "digest") for record in records}

    def document_ids(self, author_id: str | None) -> set[str]:
        """Return the ids of the documents of an author, or of all, that have at least one chunk here."""
        records = self._records(ChunkFilter(author_id=author_id), "document_id")
        return {text_field(record.payload, "document_id") for record in records}

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Delete chunks by id; ids that are not stored are ignored."""
        for batch in batches([chunk_id for chunk_id in chunk_ids if is_point_id(chunk_id)], POINTS_PER_WRITE):
            self._update(UpdateOperation.delete_points(list(batch)))
        self._flush()

    def delete_document(self, document_id: str) -> int:
        """Delete all chunks of a document and return how many there were."""
        where = ChunkFilter(document_id=document_id)
        with self._writing:
            count = self.count(where)
            self._update(UpdateOperation.delete_points_by_filter(_filter(where)))
        self._flush()
        return count

    def count(self, where: ChunkFilter) -> int:
        """Return the exact number of chunks that pass the filter."""
        with edge_errors(self._folder):
            return self._shard.count(CountRequest(exact=True, filter=_filter(where)))

    def counts_by(self, field: FacetField) -> dict[str, int]:
        """Return how many chunks have each value of a field, those of the documents that they stand for included."""
        with edge_errors(self._folder):
            hits = self._shard.facet(FacetRequest(field, limit=MOST_FACETS, exact=True)).hits
        counts = {str(hit.value): hit.count for hit in hits}
        if field in IDENTIFIERS and sum(counts.values()) < self.count(ChunkFilter()):
            # Only UUIDs are in the index of identifiers; each chunk has one.
            return dict(Counter(text_field(record.payload, field) for record in self._records(ChunkFilter(), field)))
        return counts

    def search(self, embedding: NDArray[np.float32], *, limit: int, where: ChunkFilter) -> list[ScoredChunk]:
        """Return at most `limit` chunks that pass the filter, the most similar first.

        Raises:
            InvalidInputError: `limit` is below 1, or the vector has not the collection's dimension or not
                length 1.
        """
        check_limit(limit)
        check_vector(embedding, self._dimension)
        points = self._found(VECTOR_NAME, embedding.tolist(), limit, where, with_payload=True)
        return [ScoredChunk(chunk=chunk_of(point.id, point.payload), score=cosine(point.score)) for point in points]

    def candidates(self, question: EmbeddedQuestion, *, depth: int, where: ChunkFilter) -> list[Candidate]:
        """Return the chunks that pass the filter and are among the `depth` closest in meaning or best by words.

        Raises:
            InvalidInputError: `depth` is below 1, or the question's vectors are none of the collection's.
        """
        check_limit(depth)
        check_question(question, self._dimension)
        close = self._found(VECTOR_NAME, question.embedding.tolist(), depth, where)
        worded = self._found(TERMS_NAME, _sparse(question.terms), depth, where) if len(question.terms.indices) else []
        # Only then what lies beside the ids, which takes longer than finding them; of what was found twice once.
        term_scores = {str(point.id): point.score for point in worded}
        return self._points.candidates({*term_scores, *(str(point.id) for point in close)}, term_scores)

    def _found(
        self,
        name: str,
        query: list[float] | SparseVector,
        limit: int,
        where: ChunkFilter,
        *,
        with_payload: bool = False,
    ) -> list[ScoredPoint]:
        request = QueryRequest(
            query=Query.Nearest(query, using=name),
            filter=_filter(where),
            limit=limit,
            with_payload=with_payload,
            # The index of terms is exact by itself.
            params=SEARCH if name == VECTOR_NAME else None,
        )
        with edge_errors(self._folder):
            return self._shard.query(request)

    def close(self) -> None:
        """Bring everything to the disk, clear away deleted points and let go of the folder; safe to call twice."""
        self._resources.close()

    def _update(self, operation: UpdateOperation) -> None:
        with self._writing, edge_errors(self._folder):
            self._shard.update(operation)

    def _flush(self) -> None:
        # Edge's write-ahead log outlives the process by itself; only this makes the operating system write it.
        # 5 ms, next to seconds for embedding a batch of chunks.
        with edge_errors(self._folder):
            self._shard.flush()

    def _records(self, where: ChunkFilter, field: str) -> Iterator[Record]:
        """Yield all points that pass the filter in the order of their ids, each with one payload field."""
        offset: UUID | str | int | None = None
        while True:
            request = ScrollRequest(
                offset=offset, limit=RECORDS_PER_PAGE, filter=_filter(where), with_payload=[field], with_vector=False
            )
            with edge_errors(self._folder):
                page, offset = self._shard.scroll(request)
            yield from page
            if offset is None:
                return


def _close(shard: EdgeShard, folder: Path) -> None:
    with edge_errors(folder):
        try:
            # Merges what was written, drops what was deleted and builds the graph of large segments, by the thresholds
            # of `USUAL`: nothing (0.05 ms) while there is little to gain, two minutes of CPU for 200,000 points.
            shard.optimize()
            shard.flush()
        finally:
            shard.close()


def _point(embedded: EmbeddedChunk) -> Point:
    vectors = {VECTOR_NAME: embedded.embedding.tolist(), TERMS_NAME: _sparse(embedded.terms)}
    return Point(embedded.chunk.id, vectors, payload_of(embedded.chunk))


def _sparse(terms: TermVector) -> SparseVector:
    return SparseVector(terms.indices.tolist(), terms.weights.tolist())


def _filter(where: ChunkFilter) -> Filter:
    conditions = [FieldCondition(name, match=MatchValue(value)) for name, value in restrictions(where).items()]
    if bounds := publication_bounds(where):
        times = RangeDateTime(**{name: bound.isoformat() for name, bound in bounds.items()})
        conditions.append(FieldCondition(DATE_FIELD, range=times))
    return Filter(must=[*conditions])
