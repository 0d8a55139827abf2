"""Lets both variants answer all questions, each once and never twice."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from llm_engineering.application.answer.asking import (
    AnswerDone,
    AnswerEvent,
    FoundPassage,
    PassagesFound,
    Question,
)
from llm_engineering.application.experiments.given_answers import (
    Failure,
    GivenAnswer,
    stored_answers,
    write_answer,
)
from llm_engineering.application.experiments.questions import ComparedQuestion
from llm_engineering.application.language_models.port import BudgetSpentError
from llm_engineering.application.ports import DocumentStore
from llm_engineering.domain.errors import StoreUnavailableError, TwinError
from llm_engineering.domain.identity import content_hash


class NothingAnsweredError(TwinError):
    """Not one question was answered, so that something else than the questions is at fault."""

    def __init__(self, variant: str, failure: Failure) -> None:
        super().__init__(
            f"Variant {variant} answered none of the questions; the first failed: {failure.detail}",
            remedy="Mend that and run again: answers that were given are kept and not asked for twice.",
        )
        self.variant = variant
        self.failure = failure


class EventSource(Protocol):
    """What answers a question step by step; every `Answerer` does."""

    def events(self, question: Question) -> AsyncIterator[AnswerEvent]:
        """Yield what happens until the question is answered; the last event is `AnswerDone`."""
        ...


@dataclass(frozen=True, slots=True)
class RunningVariant:
    """One side of an experiment, or one of several models."""

    name: str
    fingerprint: str
    """Of all that its answers depend on."""
    answerer: EventSource
    passages: int
    """How many passages an answer may rest on."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What came of the questions, by their ids."""

    given: Mapping[str, GivenAnswer]
    failed: Mapping[str, Failure]
    reused: int = 0
    """How many were stored already."""


@dataclass(slots=True)
class _Collected:
    given: dict[str, GivenAnswer] = field(default_factory=dict)
    failed: dict[str, Failure] = field(default_factory=dict)
    reused: int = 0


async def collected_answers(
    experiment: str,
    variants: Sequence[RunningVariant],
    questions: Sequence[ComparedQuestion],
    store: DocumentStore,
    *,
    concurrency: int,
    now: Callable[[], datetime],
    on_progress: Callable[[int], None] = lambda _: None,
) -> dict[str, Answers]:
    """Return the answers of each variant; what was answered before is taken from the store.

    Each answer is written as it comes, so that a run that is killed loses only those under way. A question that fails
    is recorded and asked again by the next run. Both variants are asked a question one after the other, in an order
    that differs from question to question, so that a slow hour is slow for both.

    Args:
        experiment: Name that answers are stored under.
        variants: What is compared.
        questions: What is asked.
        store: Where answers are kept.
        concurrency: How many answers may be under way at a time.
        now: Tells the time (UTC).
        on_progress: Called with 1 after each question of each variant.

    Raises:
        BudgetSpentError: The budget of the language model is spent; what was answered is kept.
        StoreUnavailableError: The store could not be reached.
        NothingAnsweredError: A variant answered nothing at all.
    """
    collected = {variant.name: _Collected() for variant in variants}
    known = {variant.name: stored_answers(store, experiment, variant.fingerprint) for variant in variants}
    places = asyncio.Semaphore(concurrency)

    async def ask(question: ComparedQuestion, variant: RunningVariant) -> None:
        result = collected[variant.name]
        before = known[variant.name].get(question.key)
        if before:
            result.given[question.id] = before
            result.reused += 1
        else:
            given = await _asked(variant, question)
            write_answer(
                store, given, experiment=experiment, variant=variant.fingerprint, question=question.key, now=now()
            )
            if isinstance(given, Failure):
                result.failed[question.id] = given
            else:
                result.given[question.id] = given
        on_progress(1)

    async def ask_all(question: ComparedQuestion) -> None:
        async with places:
            for variant in _in_turn(variants, question):
                await ask(question, variant)

    try:
        async with asyncio.TaskGroup() as tasks:
            for question in questions:
                tasks.create_task(ask_all(question))
    except ExceptionGroup as group:
        raise group.exceptions[0] from group
    _check(collected)
    return {name: Answers(each.given, each.failed, each.reused) for name, each in collected.items()}


async def _asked(variant: RunningVariant, question: ComparedQuestion) -> GivenAnswer | Failure:
    passages: tuple[FoundPassage, ...] = ()
    given: GivenAnswer | None = None
    try:
        async for event in variant.answerer.events(Question(query=question.text, limit=variant.passages)):
            if isinstance(event, PassagesFound):
                passages = event.passages
            elif isinstance(event, AnswerDone):
                given = GivenAnswer(answer=event.answer, passages=passages, asked_about=question.document_ids)
    except (BudgetSpentError, StoreUnavailableError):
        raise  # the next question would end in the same way
    except TwinError as error:
        return failure_of(error)
    return given or Failure(reason="no_answer", detail="The stream ended without an answer.")


def failure_of(error: TwinError) -> Failure:
    """Return an error as a failure, whose reason is its name in snake case: "model_refused" of `ModelRefusedError`."""
    name = type(error).__name__.removesuffix("Error")
    reason = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
    return Failure(reason=reason, detail=str(error))


def _in_turn(variants: Sequence[RunningVariant], question: ComparedQuestion) -> Sequence[RunningVariant]:
    starts_with_second = int(content_hash(question.key, "order")[:8], 16) % 2
    return tuple(reversed(variants)) if starts_with_second else tuple(variants)


def _check(collected: Mapping[str, _Collected]) -> None:
    for name, each in collected.items():
        if each.failed and not each.given:
            raise NothingAnsweredError(name, next(iter(each.failed.values())))
