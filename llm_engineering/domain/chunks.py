"""Pieces of documents that are indexed and cited."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    """What is put before the text when it is embedded: title and headings, shortened; may be empty."""
    token_count: int
    """Tokens of `indexed_text` for the embedder, its special tokens included."""

    @property
    def indexed_text(self) -> str:
        """What the embedder reads."""
        return f"{self.context}\n{self.text}" if self.context else self.text

    @property
    def digest(self) -> str:
        """Hash over the whole chunk: if it differs from the stored one, the stored payload is out of date."""
        return content_hash(self.model_dump_json())


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedChunk:
    """A chunk with the vector of its indexed text."""

    chunk: Chunk
    embedding: "NDArray[np.float32]"
    """Shape (dimension,), Euclidean length 1."""


class ScoredChunk(FrozenModel):
    """A chunk that a search found."""

    chunk: Chunk
    score: float
    """Cosine similarity to the query, from -1 to 1; higher is closer."""


class ChunkFilter(FrozenModel):
    """Which chunks a search or a count looks at; what is None does not restrict."""

    author_id: str | None = None
    category: Category | None = None
    document_id: str | None = None


class EmbeddingIdentity(FrozenModel):
    """What makes two vectors comparable: only vectors of equal identity may lie in one collection."""

    model: str
    """Name of the model without a path, e.g. "all-MiniLM-L6-v2"."""
    dimension: int = Field(gt=0)
    precision: str
    """Arithmetic that the vectors were computed in, e.g. "float32"."""
