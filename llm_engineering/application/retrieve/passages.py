"""Passages for a question, each with the place that it can be looked up at."""

from dataclasses import dataclass

from llm_engineering.application.ports import Embedder, VectorStore
from llm_engineering.application.retrieve.configuration import Retrieval
from llm_engineering.application.retrieve.diversity import diverse_order
from llm_engineering.application.retrieve.neighbours import joined_neighbours
from llm_engineering.application.retrieve.ranking import Ranking, ranking
from llm_engineering.application.retrieve.reranking import Reranker, reranked
from llm_engineering.application.terms.encoding import TermEncoder
from llm_engineering.domain.chunks import ChunkFilter, EmbeddedQuestion, ScoredChunk
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel


class EmptyQuestionError(InvalidInputError):
    """There is nothing to look for."""

    def __init__(self) -> None:
        super().__init__("The question is empty.", remedy='Ask something, as in --query "What is RAG?".')


class TooFewPassagesError(InvalidInputError):
    """Less than one passage was asked for."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The limit of passages is {limit}.", remedy="Ask for at least 1.")
        self.limit = limit


class Passage(FrozenModel):
    """A found chunk under the number that an answer cites it by."""

    number: int
    """1 for the best."""
    found: ScoredChunk


@dataclass(frozen=True, slots=True)
class Retriever:
    """Finds passages in one collection; nothing is written."""

    embedder: Embedder
    encoder: TermEncoder
    vectors: VectorStore
    retrieval: Retrieval
    reranker: Reranker | None = None
    """Used if `retrieval.reranking` says how."""

    def passages(self, question: str, *, limit: int, where: ChunkFilter) -> tuple[Passage, ...]:
        """Return at most `limit` passages that fit a question best by meaning and by words, the best first.

        There are fewer only if fewer chunks pass the filter, or if neighbours were joined.

        Raises:
            EmptyQuestionError: The question has no letters.
            TooFewPassagesError: `limit` is below 1.
        """
        if not question.strip():
            raise EmptyQuestionError
        if limit < 1:
            raise TooFewPassagesError(limit)
        found = self._cut(self._ranking(question.strip(), limit, where), limit)
        if self.retrieval.join_neighbours:
            found = joined_neighbours(found)
        return tuple(Passage(number=number, found=chunk) for number, chunk in enumerate(found, start=1))

    def _ranking(self, question: str, limit: int, where: ChunkFilter) -> Ranking:
        asked = EmbeddedQuestion(
            self.embedder.embed_query(question),
            self.encoder.question(question, pair_weight=self.retrieval.pair_weight),
        )
        candidates = self.vectors.candidates(asked, depth=max(self.retrieval.depth, limit), where=where)
        found = ranking(asked, candidates, self.retrieval)
        if self.reranker is None or self.retrieval.reranking is None:
            return found
        return reranked(found, question, self.reranker, self.retrieval.reranking)

    def _cut(self, found: Ranking, limit: int) -> list[ScoredChunk]:
        order = diverse_order(found.scores, found.embeddings, diversity=self.retrieval.diversity, limit=limit)
        return [ScoredChunk(chunk=found.chunks[position], score=float(found.scores[position])) for position in order]
