"""Answers a recorded question again."""

from contextlib import closing
from datetime import date

from llm_engineering.application.answer.configuration import Answering, PromptVersions
from llm_engineering.application.prompts.chosen import ChosenPrompts
from llm_engineering.application.tracing.lineage import (
    CODE,
    Comparison,
    NotReplayableError,
    comparisons,
    lineage_of,
    question_of,
)
from llm_engineering.application.tracing.port import Trace
from llm_engineering.application.tracing.recording import TraceRecorder
from llm_engineering.application.tracing.redaction import Redactor
from llm_engineering.application.tracing.tracers import LastTrace
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.language_models import ModelIdentity
from llm_engineering.infrastructure.answering import ANSWER, opened_answerer
from llm_engineering.infrastructure.factory import language_model, opened_document_store, prompt_source
from llm_engineering.infrastructure.tracing.code_version import code_version
from llm_engineering.settings import Settings


class OtherModelError(InvalidInputError):
    """An answer is to be made again by another model than made it."""

    def __init__(self, recorded: ModelIdentity, now: ModelIdentity) -> None:
        super().__init__(
            f"The answer was made by {recorded.provider} {recorded.name!r}, the settings name {now.provider} "
            f"{now.name!r}.",
            remedy="Set that model, or add --model-from-settings to see what this one says.",
        )
        self.recorded = recorded
        self.now = now


async def replayed(
    settings: Settings, answering: Answering, trace: Trace, *, is_other_model_allowed: bool
) -> tuple[Comparison, ...]:
    """Answer the question of a trace again and return how that compares. The replay itself is not kept.

    Question, prompt versions and day are the recorded ones; index, configuration and the rest those of now.

    Raises:
        NotReplayableError: The trace holds no question.
        OtherModelError: The settings name another model, and that is not allowed.
        UnknownPromptError: A recorded prompt version is not to be had any more.
    """
    question, last = question_of(trace), LastTrace()
    recorder = TraceRecorder(
        last,
        name=ANSWER,
        redactor=Redactor(settings.secrets),
        metadata={CODE: code_version().model_dump(mode="json")},
    )
    pinned = _pinned(answering, trace)
    with opened_document_store(settings) as documents:
        prompts = ChosenPrompts(prompt_source(settings, documents), pinned.prompts.model_dump())
        model = language_model(settings, prompts)
    try:
        asked = [call.model for call in lineage_of(trace).calls]
        if asked and model.identity not in asked and not is_other_model_allowed:
            raise OtherModelError(asked[0], model.identity)
        with closing(last):
            async with opened_answerer(
                settings, pinned, model=model, adapters=[recorder], today=lambda: _day(trace)
            ) as answerer:
                await answerer.answer(question)
    finally:
        await model.close()
    if last.trace is None:
        raise NotReplayableError(trace)
    return comparisons(trace, last.trace)


def _pinned(answering: Answering, trace: Trace) -> Answering:
    """Return a configuration with the versions of prompts that a trace used."""
    versions = {prompt.reference.name: prompt.reference.version for prompt in lineage_of(trace).prompts}
    used = {name: versions[name] for name in PromptVersions.model_fields if name in versions}
    return answering.model_copy(update={"prompts": answering.prompts.model_copy(update=used)})


def _day(trace: Trace) -> date:
    """Return the day that a question was asked on, as it was counted then."""
    recorded = trace.input.get("today")
    return date.fromisoformat(recorded) if isinstance(recorded, str) else trace.started_at.date()
