"""Passages for a question, each with the place that it can be looked up at."""

from collections.abc import Sequence
from dataclasses import dataclass

from llm_engineering.application.ports import Embedder, SearchableIndex
from llm_engineering.application.retrieve.configuration import Retrieval
from llm_engineering.application.retrieve.diversity import diverse_order
from llm_engineering.application.retrieve.neighbours import joined_neighbours
from llm_engineering.application.retrieve.ranking import Ranking, fused_rankings, ranking
from llm_engineering.application.retrieve.reranking import Reranker, reranked
from llm_engineering.application.terms.encoding import TermEncoder
from llm_engineering.domain.chunks import Candidate, ChunkFilter, EmbeddedQuestion, ScoredChunk
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel


class EmptyQuestionError(InvalidInputError):
    """There is nothing to look for."""

    def __init__(self) -> None:
        super().__init__("The question has no words.", remedy='Ask something, such as "What is RAG?".')


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
    vectors: SearchableIndex
    retrieval: Retrieval
    reranker: Reranker | None = None
    """Used if `retrieval.reranking` says how."""

    def passages(self, question: str, *, limit: int, where: ChunkFilter) -> tuple[Passage, ...]:
        """Return at most `limit` passages that fit a question best by meaning and by words, the best first.

        There are fewer only if fewer chunks pass the filter, or if neighbours were joined.

        Raises:
            EmptyQuestionError: The question has neither a letter nor a digit.
            TooFewPassagesError: `limit` is below 1.
        """
        if limit < 1:
            raise TooFewPassagesError(limit)
        text = asked_text(question)
        asked = self.embedded(text)
        candidates = self.candidates(asked, limit=limit, where=where)
        chosen = self.chosen(self.reranked(self.ranking([asked], [candidates]), text), limit=limit)
        return tuple(Passage(number=number, found=chunk) for number, chunk in enumerate(chosen, start=1))

    # What `passages` does is done in these five steps; the dataflow of an answer takes the same ones.

    def embedded(self, query: str) -> EmbeddedQuestion:
        """Return what a query is searched by."""
        return EmbeddedQuestion(
            self.embedder.embed_query(query), self.encoder.question(query, pair_weight=self.retrieval.pair_weight)
        )

    def candidates(self, asked: EmbeddedQuestion, *, limit: int, where: ChunkFilter) -> list[Candidate]:
        """Return the chunks that a query is ranked among, of which at least `limit` will be wanted."""
        return self.vectors.candidates(asked, depth=max(self.retrieval.depth, limit), where=where)

    def ranking(self, asked: Sequence[EmbeddedQuestion], candidates: Sequence[Sequence[Candidate]]) -> Ranking:
        """Return one ranking of the candidates of one or several queries, the question itself first."""
        rankings = [ranking(one, found, self.retrieval) for one, found in zip(asked, candidates, strict=True)]
        return fused_rankings(rankings, rank_constant=self.retrieval.fusion.rank_constant)

    def reranked(self, found: Ranking, question: str) -> Ranking:
        """Return the ranking after the reranker's second look, if there is a reranker."""
        if self.reranker is None or self.retrieval.reranking is None:
            return found
        return reranked(found, question, self.reranker, self.retrieval.reranking)

    def chosen(self, found: Ranking, *, limit: int) -> list[ScoredChunk]:
        """Return at most `limit` chunks of a ranking by their diversity, neighbours joined where that is set."""
        order = diverse_order(found.scores, found.embeddings, diversity=self.retrieval.diversity, limit=limit)
        chunks = [
            ScoredChunk(chunk=found.candidates[position].chunk, score=float(found.scores[position]))
            for position in order
        ]
        return joined_neighbours(chunks) if self.retrieval.join_neighbours else chunks


def asked_text(question: str) -> str:
    """Return a question without white space around it.

    Raises:
        EmptyQuestionError: It has neither a letter nor a digit.
    """
    if not any(map(str.isalnum, question)):
        raise EmptyQuestionError
    return question.strip()
