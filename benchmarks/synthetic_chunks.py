"""Chunks that nobody wrote, as many as wanted, with vectors and terms that are spread like those of real ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from llm_engineering.domain.chunks import Chunk, EmbeddedChunk, EmbeddedQuestion, EmbeddingIdentity, Span, TermVector
from llm_engineering.domain.documents import Category, Provenance
from llm_engineering.domain.identity import content_hash, identifier

IDENTITY: Final = EmbeddingIdentity(model="synthetic", dimension=384, precision="float32")
AUTHORS: Final = 10
"""Each has every tenth document, so a filter by author passes a tenth of the chunks."""
CHUNKS_PER_DOCUMENT: Final = 25
"""As the 76 articles have that the feature pipeline is measured on."""
_TOPICS: Final = 2_000
_LATENT: Final = 48
"""Independent directions in which the vectors differ: embeddings fill a small part of their space, and how well a
graph finds neighbours depends on that. In all 384 directions at random no point has neighbours worth the name."""
_VOCABULARY: Final = 50_000
_TERMS_PER_CHUNK: Final = 110
_TERMS_PER_QUESTION: Final = 8
_CHARACTERS: Final = 700
_BLOCK: Final = 1_000


@dataclass(frozen=True)
class SyntheticCorpus:
    """An endless corpus; the same seed gives the same one."""

    seed: int = 0

    def embedded(self, start: int, stop: int) -> Iterator[EmbeddedChunk]:
        """Yield the chunks from one number to before another."""
        for first in range(start // _BLOCK * _BLOCK, stop, _BLOCK):
            # Whole blocks, so that a chunk is the same whatever is made before it.
            rows = self._vectors(_BLOCK, stream=first)
            generator = np.random.default_rng((self.seed, 1, first))
            for number, row in enumerate(rows, first):
                terms = _terms(generator, _TERMS_PER_CHUNK)
                if start <= number < stop:
                    yield EmbeddedChunk(_chunk(number), row, terms)

    def questions(self, count: int) -> list[EmbeddedQuestion]:
        """Return questions about the topics of the corpus, with terms of all frequencies."""
        generator = np.random.default_rng((self.seed, 2))
        rows = self._vectors(count, stream=-1 % 2**32)
        return [EmbeddedQuestion(row, _terms(generator, _TERMS_PER_QUESTION)) for row in rows]

    def nearest(self, rows: NDArray[np.float32], size: int, count: int, author: int | None = None) -> list[set[str]]:
        """Return the ids of the chunks that are nearest to each row, found by comparing every one.

        Args:
            rows: Vectors of questions, shape (questions, dimensions).
            size: How many chunks there are.
            count: How many of them are wanted.
            author: Whose chunks are compared; None: all.
        """
        scores = np.full((len(rows), size), -2.0, dtype=np.float32)
        for first in range(0, size, _BLOCK):
            stop = min(first + _BLOCK, size)
            scores[:, first:stop] = (rows @ self._vectors(_BLOCK, stream=first).T)[:, : stop - first]
        if author is not None:
            scores[:, np.arange(size) // CHUNKS_PER_DOCUMENT % AUTHORS != author] = -2.0
        places = np.argpartition(-scores, count - 1, axis=1)[:, :count]
        return [{identifier("synthetic chunk", str(place)) for place in row} for row in places]

    @cached_property
    def _space(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Topics in latent directions, and where these lie among the dimensions."""
        generator = np.random.default_rng((self.seed, 3))
        topics = generator.standard_normal((_TOPICS, _LATENT), dtype=np.float32)
        return topics, generator.standard_normal((_LATENT, IDENTITY.dimension), dtype=np.float32)

    def _vectors(self, count: int, stream: int) -> NDArray[np.float32]:
        generator = np.random.default_rng((self.seed, 4, stream))
        topics, directions = self._space
        places = topics[generator.integers(_TOPICS, size=count)]
        places = places + 0.7 * generator.standard_normal((count, _LATENT), dtype=np.float32)
        noise = generator.standard_normal((count, IDENTITY.dimension), dtype=np.float32)
        rows = places @ directions + noise
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def author_id(number: int) -> str:
    """Return the id of an author, from 0 to `AUTHORS` - 1."""
    return identifier("synthetic author", str(number))


def _chunk(number: int) -> Chunk:
    document = number // CHUNKS_PER_DOCUMENT
    text = (f"Chunk {number} of document {document}. " * 30)[:_CHARACTERS]
    return Chunk(
        id=identifier("synthetic chunk", str(number)),
        provenance=Provenance(
            document_id=identifier("synthetic document", str(document)),
            content_hash=content_hash(str(document)),
            author_id=author_id(document % AUTHORS),
            author_full_name=f"Author {document % AUTHORS}",
            category=list(Category)[document % len(Category)],
            platform="example.com",
            link=f"https://example.com/{document}",
            title=f"Document {document}",
            language="en",
            published_at=datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=document % 1500),
        ),
        span=Span(start=0, end=len(text)),
        text=text,
        heading_path=("Heading",),
        context=f"Document {document} > Heading",
        token_count=200,
    )


def _terms(generator: np.random.Generator, count: int) -> TermVector:
    """Return terms whose frequencies follow Zipf's law; a term that is drawn twice is taken once."""
    ranks = (_VOCABULARY ** generator.random(count)).astype(np.uint32)
    indices = np.unique(ranks)
    return TermVector(indices, (0.5 + generator.random(len(indices))).astype(np.float32))
