"""Figures of simulated experiments, with short literal contents."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from llm_engineering.application.answer.asking import (
    AnswerDone,
    AnswerEvent,
    FoundPassage,
    PassagesFound,
    Question,
)
from llm_engineering.application.experiments.figures import Direction, MetricDefinition, MetricFigures
from llm_engineering.application.experiments.given_answers import GivenAnswer
from llm_engineering.application.experiments.questions import ComparedQuestion
from llm_engineering.application.experiments.rule import DecisionRule
from llm_engineering.application.experiments.running import RunningVariant
from llm_engineering.domain.answers import Answer, AnswerKind, Statement
from llm_engineering.domain.errors import TwinError
from llm_engineering.domain.language_models import ModelIdentity, TokenUsage
from tests.support.documents import chunk

QUALITY = MetricDefinition(name="quality", meaning="How good.", direction=Direction.HIGHER, largest_difference=1.0)
LENGTH = MetricDefinition(name="length", meaning="How long.", direction=Direction.LOWER)
RULE = DecisionRule(primary_metric="quality", smallest_effect=0.1)


def figures(
    a: Sequence[float],
    b: Sequence[float],
    definition: MetricDefinition = QUALITY,
    *,
    missing_a: Mapping[str, str] | None = None,
    missing_b: Mapping[str, str] | None = None,
) -> MetricFigures:
    """Return figures of questions "q000", "q001" and so on."""
    return MetricFigures(
        definition=definition,
        a={f"q{number:03}": value for number, value in enumerate(a)},
        b={f"q{number:03}": value for number, value in enumerate(b)},
        missing_a=missing_a or {},
        missing_b=missing_b or {},
    )


NOW = datetime(2026, 1, 2, tzinfo=UTC)


def answer(
    text: str,
    *,
    question: str = "What is silk?",
    supported: Sequence[bool] = (True,),
    kind: AnswerKind = AnswerKind.WRITTEN,
    cost: float | None = 0.5,
) -> Answer:
    """Return an answer with a statement for each truth value; it took 10 and 20 tokens and half a second."""
    return Answer(
        trace_id="00000000-0000-4000-8000-000000000000",
        question=question,
        kind=kind,
        text=text,
        statements=tuple(Statement(text=text, citations=(), is_supported=value) for value in supported),
        citations=(),
        model=ModelIdentity(provider="openai", name="scripted"),
        prompt=None,
        usage=TokenUsage(prompt_tokens=10, completion_tokens=20),
        cost=cost,
        seconds=0.5,
    )


def found(text: str, document_id: str, number: int | None = 1) -> FoundPassage:
    """Return a found passage, which begins its document."""
    return FoundPassage(
        number=number,
        chunk=chunk(text, chunk_id=document_id, document_id=document_id),
        score=0.5,
        similarity=None,
        word_score=None,
    )


def given(text: str, *passages: FoundPassage, supported: Sequence[bool] = (True,)) -> GivenAnswer:
    return GivenAnswer(answer=answer(text, supported=supported), passages=passages)


def asked(*texts: str) -> tuple[ComparedQuestion, ...]:
    """Return questions whose ids are "q0", "q1" and so on."""
    return tuple(ComparedQuestion(id=f"q{number}", text=text) for number, text in enumerate(texts))


class ScriptedAnswerer:
    """Answers what a function makes of a question; raises it if that is an error. Passages are always the same."""

    def __init__(self, says: Callable[[str], str | TwinError], passages: Sequence[FoundPassage] = ()) -> None:
        self._says = says
        self._passages = tuple(passages)
        self.asked: list[str] = []
        """Every question that was asked, in order."""
        self.under_way = 0
        self.most_under_way = 0

    async def answer(self, question: Question) -> Answer:
        said = self._says(question.query)
        if isinstance(said, TwinError):
            raise said
        return answer(said, question=question.query)

    async def events(self, question: Question) -> AsyncIterator[AnswerEvent]:
        self.asked.append(question.query)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            yield PassagesFound(trace_id="t", passages=self._passages[: question.limit])
            yield AnswerDone(answer=await self.answer(question))
        finally:
            self.under_way -= 1

    async def passages(self, question: Question) -> tuple[FoundPassage, ...]:
        return self._passages[: question.limit]

    async def intermediates(
        self, question: Question, names: Sequence[str], overrides: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {}


def variants(a: ScriptedAnswerer, b: ScriptedAnswerer) -> tuple[RunningVariant, RunningVariant]:
    return RunningVariant("A", "print of A", a, 5), RunningVariant("B", "print of B", b, 5)
