"""A language model compares the answers of both variants, in both orders."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import fsum
from typing import Final

from llm_engineering.application.experiments.figures import MetricFigures, VariantName
from llm_engineering.application.experiments.given_answers import Failure
from llm_engineering.application.experiments.judge_figures import (
    JudgedQuestion,
    JudgeReport,
    agreement,
    judge_figures,
)
from llm_engineering.application.experiments.judge_replies import judge_reply
from llm_engineering.application.experiments.judging import (
    JUDGEMENT_SCHEMA,
    Criterion,
    Judgement,
    JudgementReply,
    Judging,
    stored_judgements,
    write_judgement,
)
from llm_engineering.application.experiments.questions import ComparedQuestion
from llm_engineering.application.experiments.running import Answers
from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.prompts.source import JudgeInputs, Prompt
from llm_engineering.domain.errors import TwinError
from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.language_models import Completion, ModelRequest
from llm_engineering.domain.outcomes import counted

_SIDES: Final[tuple[VariantName, ...]] = ("A", "B")


class NothingJudgedError(TwinError):
    """Not one judgement came, so that something else than the answers is at fault."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(
            f"The judge judged none of the answers; the first failed: {failure.detail}",
            remedy="Mend that and run again: the answers are kept. Or take `judge` out of the configuration.",
        )
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Judge:
    """Who judges."""

    model: LanguageModel
    prompt: Prompt
    """A version of the prompt "judge"."""
    judging: Judging
    author: str | None = None
    """Whose style is wanted; None: nobody's in particular."""

    @property
    def fingerprint(self) -> str:
        """Hash of all that judgements depend on, apart from the answers."""
        settings = self.judging.model_dump_json(exclude={"samples", "model", "prompt"})
        identity = self.model.identity.model_dump_json()
        return content_hash(identity, self.prompt.reference.content_hash, settings, self.author)

    def request(self, question: str, first: str, second: str, sample: int) -> ModelRequest:
        """Return what it is asked."""
        inputs = JudgeInputs(question=question, first=first, second=second, author=self.author)
        return ModelRequest(
            messages=self.prompt.rendered(inputs).messages,
            max_output_tokens=self.judging.max_output_tokens,
            temperature=self.judging.temperature,
            seed=sample,
            json_schema=JUDGEMENT_SCHEMA,
            purpose=f"{self.prompt.reference.name} {self.prompt.reference.version}",
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """The figures of a judge, with a report on him."""

    figures: tuple[MetricFigures, ...]
    report: JudgeReport


@dataclass(slots=True)
class _Session:
    """What is known and found while a judge is at work."""

    judge: Judge
    experiment: str
    store: DocumentStore
    now: Callable[[], datetime]
    known: Mapping[str, Judgement]
    reused: int = 0
    completions: list[Completion] = field(default_factory=list)

    async def judgement(
        self, question: ComparedQuestion, texts: Mapping[VariantName, str], first: VariantName, sample: int
    ) -> Judgement | Failure:
        """Return what the judge says of a question's answers, from the store where he has said it before."""
        one, other = texts[first], texts["B" if first == "A" else "A"]
        asked = content_hash(self.judge.fingerprint, question.key, one, other, str(sample))
        if asked in self.known:
            self.reused += 1
            return self.known[asked]
        request = self.judge.request(question.text, one, other, sample)
        reply = await judge_reply(self.judge.model, request, JudgementReply)
        if reply.completion is not None:
            self.completions.append(reply.completion)
        if isinstance(reply.said, Failure):
            return reply.said
        said = reply.said.judgement
        write_judgement(self.store, said, experiment=self.experiment, asked=asked, now=self.now())
        return said


async def judged_answers(
    judge: Judge,
    experiment: str,
    questions: Sequence[ComparedQuestion],
    answers: Mapping[VariantName, Answers],
    store: DocumentStore,
    *,
    concurrency: int,
    now: Callable[[], datetime],
    on_progress: Callable[[int], None] = lambda _: None,
) -> Judged:
    """Let a judge compare the answers to each question in both orders, `samples` times each, and count what he says.

    A judgement is kept as it comes and not paid for twice; one that fails is counted and asked again by the next run.
    Two answers with the same text tie without being asked about.

    Args:
        judge: Who judges.
        experiment: Name that judgements are stored under.
        questions: What was asked.
        answers: What each variant said.
        store: Where judgements are kept.
        concurrency: How many questions may be under way at a time.
        now: Tells the time (UTC).
        on_progress: Called with 1 after each question.

    Raises:
        NothingJudgedError: He judged nothing at all.
        BudgetSpentError: The budget of the language model is spent; what was judged is kept.
        StoreUnavailableError: The store could not be reached.
    """
    session = _Session(judge, experiment, store, now, stored_judgements(store, experiment))
    judged: dict[str, JudgedQuestion] = {}
    places = asyncio.Semaphore(concurrency)

    async def judge_question(question: ComparedQuestion) -> None:
        async with places:
            given = {name: answers[name].given[question.id].answer.text for name in _SIDES}
            judged[question.id] = await _judged_question(session, question, given)
            on_progress(1)

    answered = [each for each in questions if all(each.id in answers[name].given for name in _SIDES)]
    try:
        async with asyncio.TaskGroup() as tasks:
            for question in answered:
                tasks.create_task(judge_question(question))
    except ExceptionGroup as group:
        raise group.exceptions[0] from group
    unanswered = {each.id: _reasons(each, answers) for each in questions if each.id not in judged}
    report = _report(session, [judged[each.id] for each in answered], answers)
    return Judged(tuple(judge_figures(criterion, judged, unanswered) for criterion in Criterion), report)


async def _judged_question(
    session: _Session, question: ComparedQuestion, texts: Mapping[VariantName, str]
) -> JudgedQuestion:
    samples = range(session.judge.judging.samples)
    if texts["A"].strip() == texts["B"].strip():
        return JudgedQuestion(dict.fromkeys(_SIDES, ()), is_same=True)
    return JudgedQuestion({
        first: [await session.judgement(question, texts, first, sample) for sample in samples] for first in _SIDES
    })


def _report(session: _Session, judged: Sequence[JudgedQuestion], answers: Mapping[VariantName, Answers]) -> JudgeReport:
    results = [each for question in judged for said in question.results.values() for each in said]
    failures = [each for each in results if isinstance(each, Failure)]
    if failures and len(failures) == len(results):
        raise NothingJudgedError(failures[0])
    prices = [each.cost for each in session.completions if each.cost is not None]
    identity = session.judge.model.identity
    return JudgeReport(
        model=identity,
        prompt=session.judge.prompt.reference,
        samples=session.judge.judging.samples,
        judgements=len(results) - len(failures),
        reused=session.reused,
        failed=counted(each.reason for each in failures),
        agreement={criterion.value: agreement(criterion, judged) for criterion in Criterion},
        wrote_answers=any(given.answer.model == identity for side in answers.values() for given in side.given.values()),
        prompt_tokens=sum(each.usage.prompt_tokens for each in session.completions),
        completion_tokens=sum(each.usage.completion_tokens for each in session.completions),
        cost=fsum(prices) if len(prices) == len(session.completions) else None,
    )


def _reasons(question: ComparedQuestion, answers: Mapping[VariantName, Answers]) -> dict[VariantName, str]:
    reasons: dict[VariantName, str] = {}
    for name in _SIDES:
        if question.id not in answers[name].given:
            failure = answers[name].failed.get(question.id)
            reasons[name] = failure.reason if failure else "not_asked"
    return reasons
