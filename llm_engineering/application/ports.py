"""What the application needs from outside, as Protocols; adapters live in `llm_engineering.infrastructure`.

Those of one subject are with it, in a `port.py`.
Each port has one contract suite under `tests/contracts`, which every adapter and every fake passes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from llm_engineering.domain.chunks import (
    Candidate,
    Chunk,
    ChunkFilter,
    EmbeddedChunk,
    EmbeddedQuestion,
    EmbeddingIdentity,
    ScoredChunk,
)
from llm_engineering.domain.documents import Category

if TYPE_CHECKING:  # a crawl needs no vectors, and numpy takes 20 MB
    import numpy as np
    from numpy.typing import NDArray

JsonObject = dict[str, Any]
"""A JSON object; `_id` holds its identifier, a string."""

Where = Mapping[str, str | Sequence[str]]
"""A condition on top-level fields: the field equals the string, or is one of the strings; all must hold.

An empty mapping matches everything, an empty sequence nothing.
"""


@dataclass(frozen=True, slots=True)
class Collection:
    """A named set of JSON objects that no two of its objects share the natural key of."""

    name: str
    key: tuple[str, ...]
    """Top-level fields, all strings, that form the natural key."""


USERS: Final = Collection("users", ("first_name", "last_name"))
DOCUMENTS: Final[Mapping[Category, Collection]] = {
    category: Collection(category.value, ("author_id", "link")) for category in Category
}
DOCUMENT_VERSIONS: Final = Collection("document_versions", ("document_id", "content_hash"))
"""What documents said before they changed."""
CRAWLED_LINKS: Final = Collection("crawled_links", ("author_id", "address"))
"""What is known of each link that was ever visited."""
CRAWLS: Final = Collection("crawls", ("author_id", "sources"))
"""The last crawl of each list of sources, finished or not."""
FORGOTTEN: Final = Collection("forgotten", ("kind", "value"))
"""What may not be collected again: links, domains and authors."""
TRACES: Final = Collection("traces", ("trace_id",))
"""How answers came about, whole."""
TRACE_HEADS: Final = Collection("trace_heads", ("trace_id",))
"""What is shown of each trace in a list: small, so that lists and pruning need not read the traces."""
TRACE_PROMPTS: Final = Collection("trace_prompts", ("name", "version", "trace_id"))
"""Which prompts a trace has used; by it one comes from a prompt to its answers."""
TRACE_DOCUMENTS: Final = Collection("trace_documents", ("document_id", "trace_id"))
"""Whose passages a trace holds; by it they are found when they are to be forgotten."""
FEEDBACK: Final = Collection("feedback", ("trace_id", "user"))
"""What people think of answers."""


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What a write changed, in numbers of objects."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0

    def __add__(self, other: "WriteReport") -> "WriteReport":
        """Return the sum of two reports."""
        return WriteReport(
            self.inserted + other.inserted, self.updated + other.updated, self.unchanged + other.unchanged
        )


class DocumentStore(Protocol):
    """Keeps JSON objects; durable when a call returns, safe to use from several processes at once."""

    @property
    def location(self) -> str:
        """Where the data lies, for people to read; never holds a password."""
        ...

    def upsert(self, collection: Collection, objects: Sequence[JsonObject]) -> WriteReport:
        """Insert each object, or merge its top-level fields into the stored one with the same natural key.

        A stored object keeps its `_id`, whatever `_id` the given one has. One write of the whole sequence is
        not atomic: after a failure some objects may be written, and the call can be repeated. Two objects of
        one call with the same natural key count as two writes in order.

        Raises:
            InvalidInputError: An object lacks `_id` or a field of the natural key, one of these is no string,
                or its `_id` belongs to an object with another natural key. Objects with the first two faults
                are found before anything is written.
            StoreUnavailableError: The store could not be reached.
            StoreReadOnlyError: The store may not be written.
        """
        ...

    def find(self, collection: Collection, where: Where) -> Iterator[JsonObject]:
        """Yield the matching objects in the order of their `_id`, without holding all of them in memory."""
        ...

    def count(self, collection: Collection, where: Where) -> int:
        """Return the number of matching objects; 0 for a collection that does not exist yet."""
        ...

    def delete(self, collection: Collection, where: Where) -> int:
        """Delete the matching objects and return their number.

        Raises:
            InvalidInputError: The condition is empty: a collection is not emptied by accident.
        """
        ...

    def close(self) -> None:
        """Release files and connections; safe to call twice."""
        ...


FacetField = Literal["author_id", "category", "platform", "language"]
"""A field of chunks that a search is narrowed by."""


class SearchableIndex(Protocol):
    """What questions are answered from: the part of a `VectorStore` that changes nothing."""

    @property
    def location(self) -> str:
        """Where the data lies, for people to read; never holds a key."""
        ...

    def count(self, where: ChunkFilter) -> int:
        """Return the exact number of chunks that pass the filter."""
        ...

    def counts_by(self, field: FacetField) -> dict[str, int]:
        """Return how many chunks have each value of a field; of more than 10,000 values the most frequent.

        A chunk that stands for others counts for their values too, and one without a value for none.
        """
        ...

    def candidates(self, question: EmbeddedQuestion, *, depth: int, where: ChunkFilter) -> list[Candidate]:
        """Return the chunks that pass the filter and are among the `depth` closest in meaning or best by words.

        Each is returned once, in the order of their ids; by words only chunks are found that share a term.

        Raises:
            InvalidInputError: `depth` is below 1, or the question's vectors are none of the collection's.
        """
        ...


class VectorStore(SearchableIndex, Protocol):
    """Keeps the chunks of one collection with their vectors; durable when a call returns.

    A collection is bound to one `EmbeddingIdentity` and one `TermScheme` when it is made; opening it with others
    raises `CollectionMismatchError`.
    """

    def upsert(self, chunks: Sequence[EmbeddedChunk]) -> None:
        """Write chunks by their ids, whole; an existing one is replaced.

        Raises:
            InvalidInputError: An id is no UUID, a vector has not the collection's dimension or not length 1, or
                terms are not ascending with a weight above 0 each; nothing is written.
            StoreUnavailableError: The store could not be reached.
        """
        ...

    def replace_payloads(self, chunks: Sequence[Chunk]) -> None:
        """Replace all that is stored of these chunks but their vectors; ids that are not stored are ignored."""
        ...

    def digests(self, document_id: str) -> dict[str, str]:
        """Return `Chunk.digest` as stored for each chunk id of a document; empty if it has none."""
        ...

    def document_ids(self, author_id: str | None) -> set[str]:
        """Return the ids of the documents of an author, or of all, that have at least one chunk here."""
        ...

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Delete chunks by id; ids that are not stored are ignored."""
        ...

    def delete_document(self, document_id: str) -> int:
        """Delete all chunks of a document and return how many there were."""
        ...

    def search(self, embedding: "NDArray[np.float32]", *, limit: int, where: ChunkFilter) -> list[ScoredChunk]:
        """Return at most `limit` chunks that pass the filter, the most similar first.

        Raises:
            InvalidInputError: `limit` is below 1, or the vector has not the collection's dimension or not
                length 1.
        """
        ...

    def close(self) -> None:
        """Release files, locks and connections; safe to call twice."""
        ...


class Tokenizer(Protocol):
    """Splits text the way an embedder reads it."""

    @property
    def max_tokens(self) -> int:
        """Most tokens that the embedder reads of one text, its special tokens included."""
        ...

    @property
    def special_tokens(self) -> int:
        """Tokens that are added to every text."""
        ...

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """Return the character range (start, end) of each token of a text, without special tokens.

        Nothing is cut off, however long the text.
        """
        ...


class Embedder(Protocol):
    """Turns texts into vectors of Euclidean length 1."""

    @property
    def identity(self) -> EmbeddingIdentity:
        """What makes its vectors comparable with others."""
        ...

    @property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer that the texts are read with."""
        ...

    def embed_documents(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """Return one row per text, in the order given: shape (len(texts), dimension).

        A text longer than the tokenizer's `max_tokens` is cut there; callers see to it that none is.
        """
        ...

    def embed_query(self, text: str) -> "NDArray[np.float32]":
        """Return the vector of a question: shape (dimension,)."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """Return the vectors of at least one question, in the order given: shape (len(texts), dimension)."""
        ...
