"""What both adapters refuse before anything is written or searched.

Neither engine can be left to it: Edge writes the points of a batch up to the first bad one, takes NaN, and
brings every vector to length 1 without a word, which would hide an embedder that breaks its promise.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from llm_engineering.domain.chunks import EmbeddedChunk, EmbeddedQuestion, TermVector
from llm_engineering.domain.errors import InvalidInputError

_LENGTH_TOLERANCE: Final = 0.01
"""How far from 1 a length may be: bfloat16 keeps two to three decimal digits."""


class WrongDimensionError(InvalidInputError):
    """A vector has not as many numbers as the collection's vectors."""

    def __init__(self, shape: tuple[int, ...], dimension: int) -> None:
        super().__init__(
            f"A vector of shape {shape} was given to a collection of shape {(dimension,)}.",
            remedy="Embed with the model that the collection was made with.",
        )
        self.shape = shape
        self.dimension = dimension


class NotUnitLengthError(InvalidInputError):
    """A vector's Euclidean length is not 1, or is no number at all."""

    def __init__(self, length: float) -> None:
        super().__init__(
            f"A vector of length {length:.4g} was given where vectors have length 1.",
            remedy="Normalise what the embedder returns; a length of nan or inf means that the model failed.",
        )
        self.length = length


class InvalidChunkIdError(InvalidInputError):
    """A chunk's id is no UUID in the usual writing, so that it cannot be the id of a point."""

    def __init__(self, chunk_id: str) -> None:
        super().__init__(
            f"{chunk_id[:80]!r} cannot be the id of a chunk.",
            remedy="Make ids with llm_engineering.domain.identity.identifier.",
        )
        self.chunk_id = chunk_id


class InvalidTermsError(InvalidInputError):
    """The terms of a text are none that an index can hold."""

    def __init__(self, fault: str) -> None:
        super().__init__(
            f"The terms of a text cannot be indexed: {fault}.",
            remedy="Encode texts with llm_engineering.application.terms.encoding.TermEncoder.",
        )
        self.fault = fault


class InvalidLimitError(InvalidInputError):
    """A search was asked for less than one chunk."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The limit of a search is {limit}.", remedy="Ask for at least 1 chunk.")
        self.limit = limit


def check_chunks(chunks: Sequence[EmbeddedChunk], dimension: int) -> None:
    """Check the id and the vectors of every chunk.

    Raises:
        InvalidChunkIdError: An id is no UUID.
        WrongDimensionError: A vector has not the shape (dimension,).
        NotUnitLengthError: A vector's length differs from 1 by more than a hundredth, or is not finite.
        InvalidTermsError: Terms are not ascending, or one has no weight above 0.
    """
    for embedded in chunks:
        if not is_point_id(embedded.chunk.id):
            raise InvalidChunkIdError(embedded.chunk.id)
        check_vector(embedded.embedding, dimension)
        check_terms(embedded.terms)


def check_question(question: EmbeddedQuestion, dimension: int) -> None:
    """Check the vectors of a question, as `check_chunks` does.

    Raises:
        WrongDimensionError: The vector has not the shape (dimension,).
        NotUnitLengthError: Its length is not 1.
        InvalidTermsError: Terms are not ascending, or one has no weight above 0.
    """
    check_vector(question.embedding, dimension)
    check_terms(question.terms)


def check_terms(terms: TermVector) -> None:
    """Check that there is one finite weight above 0 for each term and that no term is there twice.

    Raises:
        InvalidTermsError: It is not so.
    """
    if terms.indices.ndim != 1 or terms.indices.shape != terms.weights.shape:
        raise InvalidTermsError(f"{terms.indices.shape} terms and {terms.weights.shape} weights")
    if not (np.diff(terms.indices.astype(np.int64)) > 0).all():
        raise InvalidTermsError("they are not ascending")
    if not ((terms.weights > 0) & np.isfinite(terms.weights)).all():
        raise InvalidTermsError("a weight is not above 0")


def check_vector(embedding: NDArray[np.float32], dimension: int) -> None:
    """Check one vector, as `check_chunks` does.

    Raises:
        WrongDimensionError: The vector has not the shape (dimension,).
        NotUnitLengthError: Its length differs from 1 by more than a hundredth, or is not finite.
    """
    if embedding.shape != (dimension,):
        raise WrongDimensionError(embedding.shape, dimension)
    length = float(np.linalg.norm(embedding.astype(np.float64)))
    if not abs(length - 1) <= _LENGTH_TOLERANCE:  # written so that NaN fails it
        raise NotUnitLengthError(length)


def check_limit(limit: int) -> None:
    """Check the number of chunks that a search is asked for.

    Raises:
        InvalidLimitError: It is below 1.
    """
    if limit < 1:
        raise InvalidLimitError(limit)


def is_point_id(text: str) -> bool:
    """Tell whether a text is a UUID as `str(UUID)` writes it, the only writing that comes back as it went in."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
