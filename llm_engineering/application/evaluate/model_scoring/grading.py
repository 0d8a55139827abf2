"""A language model grades single answers from 1 to 5, several times if that is wanted."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from math import fsum
from statistics import fmean

from llm_engineering.application.evaluate.model_scoring.grades import (
    ANSWER_GRADES,
    GRADE_SCHEMA,
    GRADE_SCORES,
    Grade,
    GradeReply,
    StoredGrade,
)
from llm_engineering.application.evaluate.model_scoring.questions import EvaluatedQuestion
from llm_engineering.application.evaluate.model_scoring.scores import ScoreValues
from llm_engineering.application.experiments.given_answers import Failure
from llm_engineering.application.experiments.judge import NothingJudgedError
from llm_engineering.application.experiments.judge_replies import judge_reply
from llm_engineering.application.experiments.judging import Criterion, Judging
from llm_engineering.application.experiments.running import Answers
from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.prompts.source import GradeInputs, Prompt
from llm_engineering.application.warehouse.documents import object_from
from llm_engineering.domain.identity import content_hash, identifier
from llm_engineering.domain.language_models import Completion, ModelIdentity, ModelRequest
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures, counted
from llm_engineering.domain.prompts import PromptReference


class GradeAgreement(FrozenModel):
    """How far a judge agrees with himself who grades the same answer again."""

    same: float | None
    """Share of the pairs of grades of one answer that are the same; None with one sample."""
    within_one: float | None
    """Share of the pairs that differ by 1 at most."""


class GradeReport(FrozenModel):
    """Who graded the answers of a model, and how far he is to be trusted."""

    model: ModelIdentity
    prompt: PromptReference
    samples: int
    grades: int
    """Those that are there."""
    reused: int
    """How many of them an earlier run had paid for."""
    failed: Mapping[str, int]
    """Grades that failed, by reason."""
    agreement: Mapping[str, GradeAgreement]
    """By criterion."""
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    """Of what this run asked; None if a grade has no price."""

    @property
    def figures(self) -> Figures:
        """All that can be counted."""
        return {**self.model_dump(mode="json", exclude={"model", "prompt"}), "model": self.model.name}


@dataclass(frozen=True, slots=True)
class Grader:
    """Who grades."""

    model: LanguageModel
    prompt: Prompt
    """A version of the prompt "grade"."""
    judging: Judging
    author: str | None = None
    """Whose style is wanted; None: nobody's in particular."""

    @property
    def fingerprint(self) -> str:
        """Hash of all that grades depend on, apart from question and answer."""
        settings = self.judging.model_dump_json(exclude={"samples", "model", "prompt"})
        identity = self.model.identity.model_dump_json()
        return content_hash(identity, self.prompt.reference.content_hash, settings, self.author)

    def request(self, question: EvaluatedQuestion, answer: str, sample: int) -> ModelRequest:
        """Return what it is asked."""
        inputs = GradeInputs(question=question.text, answer=answer, reference=question.reference, author=self.author)
        return ModelRequest(
            messages=self.prompt.rendered(inputs).messages,
            max_output_tokens=self.judging.max_output_tokens,
            temperature=self.judging.temperature,
            seed=sample,
            json_schema=GRADE_SCHEMA,
            purpose=f"{self.prompt.reference.name} {self.prompt.reference.version}",
        )


@dataclass(frozen=True, slots=True)
class Graded:
    """The scores of a model by a judge, with a report on him."""

    scores: tuple[ScoreValues, ...]
    report: GradeReport
    failure: Failure | None
    """The first grade that failed; None if none did."""


@dataclass(slots=True)
class _Session:
    """What is known and found while a judge grades."""

    grader: Grader
    store: DocumentStore
    now: Callable[[], datetime]
    reused: int = 0
    completions: list[Completion] = field(default_factory=list)

    async def grade(self, question: EvaluatedQuestion, answer: str, sample: int) -> Grade | Failure:
        """Return a grade, from the store where it was given before."""
        asked = content_hash(self.grader.fingerprint, question.text, question.reference, answer, str(sample))
        before = next(iter(self.store.find(ANSWER_GRADES, {"asked": asked})), None)
        if before is not None:
            self.reused += 1
            return object_from(StoredGrade, ANSWER_GRADES, before).grade
        reply = await judge_reply(self.grader.model, self.grader.request(question, answer, sample), GradeReply)
        if reply.completion is not None:
            self.completions.append(reply.completion)
        if isinstance(reply.said, Failure):
            return reply.said
        record = StoredGrade(
            id=identifier("answer-grade", asked), asked=asked, grade=reply.said.grade, graded_at=self.now()
        )
        self.store.upsert(ANSWER_GRADES, [record.model_dump(mode="json", by_alias=True)])
        return reply.said.grade


async def graded_answers(
    grader: Grader,
    questions: Sequence[EvaluatedQuestion],
    answers: Answers,
    store: DocumentStore,
    *,
    concurrency: int,
    now: Callable[[], datetime],
    on_progress: Callable[[int], None] = lambda _: None,
) -> Graded:
    """Let a judge grade the answers of one model, `samples` times each, and count what he says.

    A grade is kept as it comes and not paid for twice; one that fails is counted and asked for again by the next run.

    Args:
        grader: Who grades.
        questions: What was asked.
        answers: What the model said.
        store: Where grades are kept.
        concurrency: How many answers may be graded at a time.
        now: Tells the time (UTC).
        on_progress: Called with 1 after each question.

    Raises:
        BudgetSpentError: The budget of the language model is spent; what was graded is kept.
        StoreUnavailableError: The store could not be reached.
    """
    session = _Session(grader, store, now)
    found: dict[str, list[Grade | Failure]] = {}
    places = asyncio.Semaphore(concurrency)

    async def grade_answer(question: EvaluatedQuestion) -> None:
        async with places:
            answer = answers.given[question.id].answer.text
            samples = range(grader.judging.samples)
            found[question.id] = [await session.grade(question, answer, sample) for sample in samples]
            on_progress(1)

    try:
        async with asyncio.TaskGroup() as tasks:
            for question in questions:
                if question.id in answers.given:
                    tasks.create_task(grade_answer(question))
    except ExceptionGroup as group:
        raise group.exceptions[0] from group
    reasons = {
        question.id: answers.failed[question.id].reason if question.id in answers.failed else "not_asked"
        for question in questions
        if question.id not in answers.given
    }
    failures = (each for results in found.values() for each in results if isinstance(each, Failure))
    return Graded(
        scores=tuple(_scores(criterion, found, reasons) for criterion in Criterion),
        report=_report(session, list(found.values())),
        failure=next(failures, None),
    )


def require_graded(graded: Sequence[Graded]) -> None:
    """Do nothing if a judge graded some answer of some model, or was never asked.

    Raises:
        NothingJudgedError: He graded none, so that something else than the answers is at fault.
    """
    failure = next((each.failure for each in graded if each.failure is not None), None)
    if failure is not None and not any(each.report.grades for each in graded):
        raise NothingJudgedError(failure)


def _scores(
    criterion: Criterion, found: Mapping[str, Sequence[Grade | Failure]], reasons: Mapping[str, str]
) -> ScoreValues:
    values: dict[str, float] = {}
    missing = dict(reasons)
    for key, results in found.items():
        grades = [each.of(criterion) for each in results if isinstance(each, Grade)]
        if grades:
            values[key] = fmean(grades)
        else:
            missing[key] = next(each.reason for each in results if isinstance(each, Failure))
    return ScoreValues(definition=GRADE_SCORES[criterion], values=values, missing=missing)


def _report(session: _Session, found: Sequence[Sequence[Grade | Failure]]) -> GradeReport:
    results = [each for one in found for each in one]
    failures = [each for each in results if isinstance(each, Failure)]
    prices = [each.cost for each in session.completions if each.cost is not None]
    return GradeReport(
        model=session.grader.model.identity,
        prompt=session.grader.prompt.reference,
        samples=session.grader.judging.samples,
        grades=len(results) - len(failures),
        reused=session.reused,
        failed=counted(each.reason for each in failures),
        agreement={criterion.value: _agreement(criterion, found) for criterion in Criterion},
        prompt_tokens=sum(each.usage.prompt_tokens for each in session.completions),
        completion_tokens=sum(each.usage.completion_tokens for each in session.completions),
        cost=fsum(prices) if len(prices) == len(session.completions) else None,
    )


def _agreement(criterion: Criterion, found: Sequence[Sequence[Grade | Failure]]) -> GradeAgreement:
    apart = [
        abs(one.of(criterion) - other.of(criterion))
        for results in found
        for one, other in combinations([each for each in results if isinstance(each, Grade)], 2)
    ]
    return GradeAgreement(
        same=fmean(each == 0 for each in apart) if apart else None,
        within_one=fmean(each <= 1 for each in apart) if apart else None,
    )
