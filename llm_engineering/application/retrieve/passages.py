"""Passages for a question, each with the place that it can be looked up at."""

from llm_engineering.application.ports import Embedder, VectorStore
from llm_engineering.domain.chunks import ChunkFilter, ScoredChunk
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel


class EmptyQuestionError(InvalidInputError):
    """There is nothing to look for."""

    def __init__(self) -> None:
        super().__init__("The question is empty.", remedy='Ask something, as in --query "What is RAG?".')


class Passage(FrozenModel):
    """A found chunk under the number that an answer cites it by."""

    number: int
    """1 for the best."""
    found: ScoredChunk


def passages(
    question: str, *, embedder: Embedder, vectors: VectorStore, limit: int, where: ChunkFilter
) -> tuple[Passage, ...]:
    """Return at most `limit` passages that are closest in meaning to a question, the closest first.

    Passages are found by cosine similarity of dense vectors; nothing is written.

    Raises:
        EmptyQuestionError: The question has no letters.
        InvalidInputError: `limit` is below 1.
    """
    if not question.strip():
        raise EmptyQuestionError
    found = vectors.search(embedder.embed_query(question.strip()), limit=limit, where=where)
    return tuple(Passage(number=number, found=chunk) for number, chunk in enumerate(found, start=1))
