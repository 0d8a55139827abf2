"""How well a retriever answers golden questions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar

from pydantic import Field

from llm_engineering.application.evaluate.golden import GoldenQuestion, GoldenSet, Place, QuestionKind
from llm_engineering.application.retrieve.metrics import Interval, mean_with_interval, ndcg, recall, reciprocal_rank
from llm_engineering.application.retrieve.passages import Passage, Retriever
from llm_engineering.domain.chunks import Chunk, ChunkFilter
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures

RANKED_PASSAGES: Final = 50
"""Passages that are looked at for each question; its sections are ranked by their best passage, ten of them count."""
CUT: Final = 10

KeyT = TypeVar("KeyT", bound=str)


class NothingToScoreError(InvalidInputError):
    """A golden set has no question."""

    def __init__(self) -> None:
        super().__init__(
            "There is no golden question left whose documents are as they were.",
            remedy="`poetry poe make-golden-questions` makes a set anew.",
        )


class QuestionScore(FrozenModel):
    """How well one question was answered."""

    question_id: str
    kind: QuestionKind
    author_full_name: str
    ndcg: float = Field(ge=0, le=1)
    recall: float = Field(ge=0, le=1)
    reciprocal_rank: float = Field(ge=0, le=1)
    first_rank: int | None = Field(ge=1)
    """Rank of the first section that answers, however far down; None if none was found at all."""


class GroupFigures(FrozenModel):
    """The means over some questions, each with its 95 % bootstrap interval."""

    questions: int
    ndcg: Interval
    """nDCG@10."""
    recall: Interval
    """recall@10."""
    mrr: Interval
    """MRR@10."""

    @property
    def means(self) -> Figures:
        """The figures as a row of a table."""
        return {
            "questions": self.questions,
            "ndcg_at_10": round(self.ndcg.mean, 4),
            "recall_at_10": round(self.recall.mean, 4),
            "mrr_at_10": round(self.mrr.mean, 4),
        }


class RetrievalFigures(FrozenModel):
    """How well a golden set was answered."""

    golden_version: str
    overall: GroupFigures
    per_kind: Mapping[QuestionKind, GroupFigures]
    per_author: Mapping[str, GroupFigures]
    scores: tuple[QuestionScore, ...]
    """One for each question, in the order of the set."""

    @property
    def ndcg_by_question(self) -> dict[str, float]:
        """nDCG@10 of each question by its id, as two evaluations are compared by."""
        return {score.question_id: score.ndcg for score in self.scores}


def golden_figures(
    retriever: Retriever, golden: GoldenSet, on_progress: Callable[[int], None] = lambda _: None
) -> RetrievalFigures:
    """Return how well a retriever answers golden questions; nothing is written.

    The whole collection is searched, as by a person who names no author. A section counts once, at the rank of its
    best passage, and an answer that stands at several places is found with any of them.

    Args:
        retriever: Searches one collection in one way.
        golden: Questions whose answers stand at the places given (`current_questions`).
        on_progress: Called with 1 after each question.

    Raises:
        NothingToScoreError: There is no question.
    """
    if not golden.items:
        raise NothingToScoreError
    scores = []
    for question in golden.items:
        passages = retriever.passages(question.text, limit=RANKED_PASSAGES, where=ChunkFilter())
        scores.append(question_score(question, passages))
        on_progress(1)
    return RetrievalFigures(
        golden_version=golden.frozen_as or golden.version,
        overall=group_figures(scores),
        per_kind=_grouped(scores, lambda score: score.kind),
        per_author=_grouped(scores, lambda score: score.author_full_name),
        scores=tuple(scores),
    )


def question_score(question: GoldenQuestion, passages: Iterable[Passage]) -> QuestionScore:
    """Return how well ranked passages answer a question."""
    ranking = ranked_sections(question, (passage.found.chunk for passage in passages))
    grades = {_answer_name(number): answer.grade for number, answer in enumerate(question.answers)}
    return QuestionScore(
        question_id=question.id,
        kind=question.kind,
        author_full_name=question.author_full_name,
        ndcg=min(1.0, ndcg(ranking, grades, CUT)),  # the sums may differ in the last bit
        recall=recall(ranking, grades, CUT),
        reciprocal_rank=reciprocal_rank(ranking, grades, CUT),
        first_rank=next((rank for rank, name in enumerate(ranking, start=1) if name in grades), None),
    )


def ranked_sections(question: GoldenQuestion, chunks: Iterable[Chunk]) -> list[str]:
    """Return names of what ranked chunks belong to, each once: "answer 0" for the first answer, else the section."""
    names: list[str] = []
    for chunk in chunks:
        source = chunk.provenance.document_id
        answered = [
            _answer_name(number)
            for number, answer in enumerate(question.answers)
            if any(_is_at(chunk, place) for place in answer.places)
        ]
        names += answered or [f"section {source} {' > '.join(chunk.heading_path)}"]
    return list(dict.fromkeys(names))


def group_figures(scores: Sequence[QuestionScore]) -> GroupFigures:
    """Return the means over the scores of some questions, at least one."""
    return GroupFigures(
        questions=len(scores),
        ndcg=mean_with_interval([score.ndcg for score in scores]),
        recall=mean_with_interval([score.recall for score in scores]),
        mrr=mean_with_interval([score.reciprocal_rank for score in scores]),
    )


def _grouped(scores: Sequence[QuestionScore], key: Callable[[QuestionScore], KeyT]) -> dict[KeyT, GroupFigures]:
    groups: dict[KeyT, list[QuestionScore]] = {}
    for score in scores:
        groups.setdefault(key(score), []).append(score)
    return {name: group_figures(groups[name]) for name in sorted(groups)}


def _is_at(chunk: Chunk, place: Place) -> bool:
    """Whether a chunk is a place, or stands for a nearly equal passage of that document which begins there."""
    if place.covers(chunk.provenance.document_id, chunk.span):
        return True
    stands_for = any(other.document_id == place.document_id for other in chunk.also_at)
    return stands_for and place.beginning in chunk.text


def _answer_name(number: int) -> str:
    return f"answer {number}"
