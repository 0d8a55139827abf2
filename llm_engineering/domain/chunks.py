"""Pieces of documents that are indexed and cited."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

from pydantic import Field

from llm_engineering.domain.documents import Category, Provenance
from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.models import FrozenModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Span(FrozenModel):
    """A range of characters (Unicode code points) of a cleaned document: `text[start:end]`."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)


class LineRange(FrozenModel):
    """Lines of a document, counted from 1, both included."""

    first: int = Field(ge=1)
    last: int = Field(ge=1)


class OtherPlace(FrozenModel):
    """Another document of the same author that has nearly the same passage."""

    document_id: str
    link: str
    title: str
    category: Category
    platform: str
    language: str | None = None
    published_at: datetime | None = None

    @classmethod
    def of(cls, provenance: Provenance) -> "OtherPlace":
        """Return the place that a provenance tells of."""
        return cls.model_validate(provenance.model_dump(include=set(cls.model_fields)))


class Chunk(FrozenModel):
    """A piece of a cleaned document, short enough to be embedded whole."""

    id: str
    provenance: Provenance
    span: Span
    text: str
    """Exactly `cleaned.text[span.start:span.end]`."""
    heading_path: tuple[str, ...]
    """Headings above the chunk, outermost first; empty above the first heading and in code."""
    context: str
    """What is put before the text when it is indexed: title and headings, shortened, author and date; may be empty."""
    token_count: int
    """Tokens of `indexed_text` for the embedder, its special tokens included."""
    also_at: tuple[OtherPlace, ...] = ()
    """Documents whose nearly equal passage is not indexed, because this one stands for it; a filter finds it by theirs
    as by its own."""
    lines: LineRange | None = None
    """The lines of the source that the span touches, as far as cleaning knows them; None in an index of before they were counted, until a
    run looks at the document again."""

    @property
    def indexed_text(self) -> str:
        """What the embedder and the term encoder read."""
        return f"{self.context}\n{self.text}" if self.context else self.text

    @property
    def digest(self) -> str:
        """Hash over the whole chunk: if it differs from the stored one, the stored payload is out of date."""
        return content_hash(self.model_dump_json())


@dataclass(frozen=True, slots=True, eq=False)
class TermVector:
    """The terms of a text with their weights; what is not named weighs nothing."""

    indices: "NDArray[np.uint32]"
    """Numbers of the terms, ascending, none twice; shape (terms,)."""
    weights: "NDArray[np.float32]"
    """Weight of each term, above 0; same shape."""


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedChunk:
    """A chunk with the two vectors of its indexed text."""

    chunk: Chunk
    embedding: "NDArray[np.float32]"
    """Shape (dimension,), Euclidean length 1."""
    terms: TermVector


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedQuestion:
    """What a question is searched by."""

    embedding: "NDArray[np.float32]"
    """Shape (dimension,), Euclidean length 1."""
    terms: TermVector
    """Without terms, as for a question of stop words alone, nothing is found by words."""


class ScoredChunk(FrozenModel):
    """A chunk that a search found."""

    chunk: Chunk
    score: float
    """How well it fits, higher is better: of `VectorStore.search` the cosine similarity, from -1 to 1; of a ranking
    that combines several scores a number from 0 to 1 that compares only chunks of the same question."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A chunk that was found by its meaning, by its words or by both, before it is ranked.

    Most candidates are ranked and never shown, and reading what is stored of a chunk takes longer than ranking it. So
    a candidate has what ranking needs, and reads the rest when it is asked for.
    """

    id: str
    """`Chunk.id`."""
    document_id: str
    embedding: "NDArray[np.float32]"
    """The chunk's vector: shape (dimension,), Euclidean length 1."""
    term_score: float | None
    """BM25 of the question; None if it was not among the best by words."""
    read: Callable[[], Chunk]
    """Returns the chunk."""

    @classmethod
    def of(cls, chunk: Chunk, embedding: "NDArray[np.float32]", term_score: float | None) -> "Candidate":
        """Return the candidate of a chunk that has been read."""
        return cls(chunk.id, chunk.provenance.document_id, embedding, term_score, lambda: chunk)

    @cached_property
    def chunk(self) -> Chunk:
        """The chunk, read at the first time."""
        return self.read()


class ChunkFilter(FrozenModel):
    """Which chunks a search or a count looks at; what is None does not restrict."""

    author_id: str | None = None
    category: Category | None = None
    document_id: str | None = None
    platform: str | None = None
    language: str | None = None
    published_since: date | None = None
    """First day (UTC) of publication that passes; a chunk of unknown date does not."""
    published_until: date | None = None
    """Last day (UTC) of publication that passes; a chunk of unknown date does not."""


class EmbeddingIdentity(FrozenModel):
    """What makes two vectors comparable: only vectors of equal identity may lie in one collection."""

    model: str
    """Name of the model without a path, e.g. "all-MiniLM-L6-v2"."""
    dimension: int = Field(gt=0)
    precision: str
    """Arithmetic that the vectors were computed in, e.g. "float32"."""


class TermScheme(FrozenModel):
    """How texts are turned into terms and weighed; only vectors of equal schemes may lie in one collection.

    The weights are BM25's (Robertson and Zaragoza, 2009) without the inverse document frequency, which the store
    multiplies in when it searches, as it alone knows the whole collection.
    """

    version: int = 1
    """Raised when words or terms are made in another way."""
    language: str = "english"
    """Whose stop words and stems are used; words of others are left as they are."""
    k1: float = Field(default=1.2, ge=0)
    """How soon a term that is repeated stops adding weight."""
    b: float = Field(default=0.75, ge=0, le=1)
    """How much of the weight a long text loses; 0 is none."""
    average_words: float = Field(default=100, gt=0)
    """Length at which a text neither loses nor gains weight, in words that are no stop words. A constant, because
    an average over the collection would change with each document and with it all weights."""


STANDARD_TERMS: Final = TermScheme()
"""The scheme of all collections."""
