"""The shared vector store: a collection on a Qdrant server or in Qdrant's cloud."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import SecretStr
from qdrant_client import QdrantClient, models

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
from llm_engineering.infrastructure.vector_stores.batches import POINTS_PER_WRITE, RECORDS_PER_PAGE, batches
from llm_engineering.infrastructure.vector_stores.checks import (
    check_chunks,
    check_limit,
    check_question,
    check_vector,
    is_point_id,
)
from llm_engineering.infrastructure.vector_stores.found_points import candidates_of
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
from llm_engineering.infrastructure.vector_stores.server_addresses import ServerAddress
from llm_engineering.infrastructure.vector_stores.server_calls import PAUSES_SECONDS, ServerCalls
from llm_engineering.infrastructure.vector_stores.server_clients import server_client
from llm_engineering.infrastructure.vector_stores.server_collections import ServerCollection
from llm_engineering.infrastructure.vector_stores.server_layout import STANDARD_LAYOUT, ServerLayout


class QdrantServerVectorStore:
    """A collection that any number of processes use at once.

    Writes are answered when they are carried out. A large collection is searched by a graph and by rounded vectors,
    which can miss a neighbour, as an embedded one is (`graphs.py`).
    """

    def __init__(self, collection: ServerCollection, dimension: int) -> None:
        self._collection = collection
        self._client = collection.client
        self._dimension = dimension

    @classmethod
    def connect(
        cls,
        url: str,
        api_key: SecretStr | None,
        collection: str,
        identity: EmbeddingIdentity,
        terms: TermScheme = STANDARD_TERMS,
        *,
        timeout_seconds: float,
        pauses_seconds: tuple[float, ...] = PAUSES_SECONDS,
        layout: ServerLayout = STANDARD_LAYOUT,
        brings_up: bool = True,
    ) -> Self:
        """Open a collection of a server, and make it if it is not there.

        Args:
            url: Address of the server's REST interface; without a port it means port 6333.
            api_key: Key of the server, if it needs one.
            collection: Name of the collection.
            identity: What the embeddings are made with.
            terms: What the term vectors are made with.
            timeout_seconds: How long one try may wait, rounded up to whole seconds. A server that is not there
                is tried once, one that is slow or fails once more after each pause.
            pauses_seconds: Pauses before the second try and those after it.
            layout: How the server keeps it.
            brings_up: Whether one that is kept otherwise is changed to that; False for whoever only asks.

        Raises:
            InvalidServerUrlError: The address cannot be used.
            KeyInTheClearError: The key would leave this machine unencrypted.
            UnsendableKeyError: The key does not fit into a header.
            AccessDeniedError: The server wants another key.
            StoreUnavailableError: The server is not there, is silent, fails or is not Qdrant.
            CollectionMismatchError: The collection was made with another embedding model or without its terms.
        """
        address = ServerAddress.parse(url)
        client = server_client(address, api_key, timeout_seconds=timeout_seconds)
        return cls.from_client(
            client,
            collection,
            identity,
            terms,
            server=address.url,
            pauses_seconds=pauses_seconds,
            layout=layout,
            brings_up=brings_up,
        )

    @classmethod
    def from_client(
        cls,
        client: QdrantClient,
        collection: str,
        identity: EmbeddingIdentity,
        terms: TermScheme = STANDARD_TERMS,
        *,
        server: str,
        pauses_seconds: tuple[float, ...] = PAUSES_SECONDS,
        layout: ServerLayout = STANDARD_LAYOUT,
        brings_up: bool = True,
    ) -> Self:
        """Open a collection through a client, and make it if it is not there; a half-made one is completed.

        Args:
            client: Closed with the store, and when opening fails.
            collection: Name of the collection.
            identity: What the embeddings are made with.
            terms: What the term vectors are made with.
            server: Address of the server, for people to read.
            pauses_seconds: Pauses before the second try and those after it.
            layout: How the server keeps it.
            brings_up: Whether one that is kept otherwise is changed to that; False for whoever only asks.

        Raises:
            AccessDeniedError: The server wants another key.
            StoreUnavailableError: The server is not there, is silent, fails or is not Qdrant.
            CollectionMismatchError: The collection was made with another embedding model or without its terms.
        """
        opened = ServerCollection(client, collection, ServerCalls(server, pauses_seconds), layout)
        with ExitStack() as on_failure:
            on_failure.callback(client.close)
            opened.ensure(identity, terms, brings_up=brings_up)
            on_failure.pop_all()
        return cls(opened, identity.dimension)

    @property
    def location(self) -> str:
        """Address of the collection."""
        return self._collection.location

    def upsert(self, chunks: Sequence[EmbeddedChunk]) -> None:
        """Write chunks by their ids, whole; an existing one is replaced, and of two with one id the last stays.

        Raises:
            InvalidInputError: An id is no UUID, or a vector is none of the collection's; nothing is written.
            StoreUnavailableError: The server failed; some chunks may be written.
        """
        check_chunks(chunks, self._dimension)
        for batch in batches(chunks, POINTS_PER_WRITE):
            self._collection.write(self._client.upsert, points=[_point(embedded) for embedded in batch])

    def replace_payloads(self, chunks: Sequence[Chunk]) -> None:
        """Replace all that is stored of these chunks but their vectors; ids that are not stored are ignored."""
        storable = [chunk for chunk in chunks if is_point_id(chunk.id)]
        for batch in batches(storable, POINTS_PER_WRITE):
            operations = [_payload_replacement(chunk) for chunk in batch]
            self._collection.write(self._client.batch_update_points, update_operations=operations)

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
            self._collection.write(self._client.delete, points_selector=list(batch))

    def delete_document(self, document_id: str) -> int:
        """Delete all chunks of a document and return how many there were just before."""
        where = ChunkFilter(document_id=document_id)
        count = self.count(where)
        self._collection.write(self._client.delete, points_selector=_filter(where))
        return count

    def count(self, where: ChunkFilter) -> int:
        """Return the exact number of chunks that pass the filter."""
        return self._collection.result(self._client.count, count_filter=_filter(where), exact=True).count

    def counts_by(self, field: FacetField) -> dict[str, int]:
        """Return how many chunks have each value of a field, those of the documents that they stand for included."""
        response = self._collection.result(self._client.facet, key=field, limit=MOST_FACETS, exact=True)
        return {str(hit.value): hit.count for hit in response.hits}

    def search(self, embedding: NDArray[np.float32], *, limit: int, where: ChunkFilter) -> list[ScoredChunk]:
        """Return at most `limit` chunks that pass the filter, the most similar first.

        Raises:
            InvalidInputError: `limit` is below 1, or the vector has not the collection's dimension or not
                length 1.
        """
        check_limit(limit)
        check_vector(embedding, self._dimension)
        response = self._collection.result(
            self._client.query_points,
            query=embedding.tolist(),
            using=VECTOR_NAME,
            query_filter=_filter(where),
            limit=limit,
            with_payload=True,
            search_params=self._collection.layout.search,
        )
        return [
            ScoredChunk(chunk=chunk_of(point.id, point.payload), score=cosine(point.score)) for point in response.points
        ]

    def candidates(self, question: EmbeddedQuestion, *, depth: int, where: ChunkFilter) -> list[Candidate]:
        """Return the chunks that pass the filter and are among the `depth` closest in meaning or best by words.

        Raises:
            InvalidInputError: `depth` is below 1, or the question's vectors are none of the collection's.
        """
        check_limit(depth)
        check_question(question, self._dimension)
        queries: dict[str, list[float] | models.SparseVector] = {VECTOR_NAME: question.embedding.tolist()}
        if len(question.terms.indices):
            queries[TERMS_NAME] = _sparse(question.terms)
        requests = [
            models.QueryRequest(
                query=query,
                using=name,
                filter=_filter(where),
                limit=depth,
                with_payload=True,
                with_vector=[VECTOR_NAME],
                # The index of terms is exact by itself.
                params=self._collection.layout.search if name == VECTOR_NAME else None,
            )
            for name, query in queries.items()
        ]
        answers = self._collection.result(self._client.query_batch_points, requests=requests)
        close, *by_words = [answer.points for answer in answers]
        worded = by_words[0] if by_words else []
        return candidates_of([*close, *worded], {str(point.id): point.score for point in worded})

    def close(self) -> None:
        """Close the connections; safe to call twice."""
        self._client.close()

    def _records(self, where: ChunkFilter, field: str) -> Iterator[models.Record]:
        """Yield all points that pass the filter in the order of their ids, each with one payload field."""
        offset: Any = None  # of one of several types, only ever handed back
        while True:
            page, offset = self._collection.result(
                self._client.scroll,
                scroll_filter=_filter(where),
                limit=RECORDS_PER_PAGE,
                offset=offset,
                with_payload=[field],
            )
            yield from page
            if offset is None:
                return


def _point(embedded: EmbeddedChunk) -> models.PointStruct:
    vectors = {VECTOR_NAME: embedded.embedding.tolist(), TERMS_NAME: _sparse(embedded.terms)}
    return models.PointStruct(id=embedded.chunk.id, vector=vectors, payload=payload_of(embedded.chunk))


def _sparse(terms: TermVector) -> models.SparseVector:
    return models.SparseVector(indices=terms.indices.tolist(), values=terms.weights.tolist())


def _payload_replacement(chunk: Chunk) -> models.OverwritePayloadOperation:
    # A filter, because the server fails on an id that is not stored.
    one = models.Filter(must=[models.HasIdCondition(has_id=[chunk.id])])
    return models.OverwritePayloadOperation(overwrite_payload=models.SetPayload(payload=payload_of(chunk), filter=one))


def _filter(where: ChunkFilter) -> models.Filter:
    conditions = [
        models.FieldCondition(key=name, match=models.MatchValue(value=value))
        for name, value in restrictions(where).items()
    ]
    if bounds := publication_bounds(where):
        conditions.append(models.FieldCondition(key=DATE_FIELD, range=models.DatetimeRange(**bounds)))
    return models.Filter(must=[*conditions])
