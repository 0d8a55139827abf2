"""Follows an answer back to what it was made of, and compares how it comes about again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from llm_engineering.application.answer.asking import Question
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.tracing.port import RetrievedChunk, Trace, TraceSpan
from llm_engineering.application.tracing.stored import stored_trace
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.language_models import ChatMessage, ModelIdentity, TokenUsage
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.prompts import PromptReference, RenderedPrompt

CODE = "code"
"""Key of a trace's metadata that holds the `CodeVersion`."""


class UnknownTraceError(InvalidInputError):
    """No trace of an id is kept."""

    def __init__(self, trace_id: str) -> None:
        super().__init__(
            f"No trace is kept with the id {trace_id!r:.80}.",
            remedy="`python -m tools.traces list` shows what is kept; KEEP_TRACES_DAYS and KEEP_TRACES_NUMBER say how "
            "long.",
        )
        self.trace_id = trace_id


class NotReplayableError(InvalidInputError):
    """A trace does not hold a question that could be asked again."""

    def __init__(self, trace: Trace) -> None:
        super().__init__(
            f"The trace {trace.id} of a run {trace.name!r:.40} holds no question that could be asked again.",
            remedy="Choose the trace of an answer: `python -m tools.traces list --name answer`.",
        )
        self.trace_id = trace.id


class CodeVersion(FrozenModel):
    """Which code made something."""

    version: str
    """Of the package llm-twin."""
    commit: str | None
    """Of the clone that it ran out of; None if it was installed otherwise."""
    is_modified: bool | None = None
    """Whether tracked files differed from the commit; None if that is not known."""


class UsedPrompt(FrozenModel):
    """A prompt as it was rendered."""

    node: str
    reference: PromptReference
    messages: tuple[ChatMessage, ...]
    """Exactly what was sent, secrets aside; empty if it was not recorded whole."""


class ModelUse(FrozenModel):
    """One call of a language model."""

    node: str
    model: ModelIdentity
    prompt: PromptReference | None
    parameters: dict[str, Any]
    usage: TokenUsage | None
    cost: float | None
    seconds: float
    error: str | None


class Lineage(FrozenModel):
    """What an answer was made of."""

    trace_id: str
    name: str
    started_at: datetime
    seconds: float
    input: dict[str, Any]
    output: dict[str, Any]
    prompts: tuple[UsedPrompt, ...]
    calls: tuple[ModelUse, ...]
    passages: tuple[RetrievedChunk, ...]
    """What could be cited, by number; what was found last where nothing has a number."""
    code: CodeVersion | None


class Comparison(FrozenModel):
    """One aspect of a trace and of its replay."""

    what: str
    is_same: bool
    recorded: str
    """As it was, for people to read."""
    again: str


def kept_trace(store: DocumentStore, trace_id: str) -> Trace:
    """Return a trace.

    Raises:
        UnknownTraceError: It is not kept.
    """
    trace = stored_trace(store, trace_id)
    if trace is None:
        raise UnknownTraceError(trace_id)
    return trace


def lineage_of(trace: Trace) -> Lineage:
    """Return what the result of a trace was made of."""
    return Lineage(
        trace_id=trace.id,
        name=trace.name,
        started_at=trace.started_at,
        seconds=_seconds(trace.started_at, trace.ended_at),
        input=trace.input,
        output=trace.output,
        prompts=tuple(_prompts(trace.spans)),
        calls=tuple(_call(span) for span in trace.spans if span.model is not None),
        passages=_passages(trace.spans),
        code=CodeVersion.model_validate(trace.metadata[CODE]) if trace.metadata.get(CODE) else None,
    )


def question_of(trace: Trace) -> Question:
    """Return the question that a trace began with.

    Raises:
        NotReplayableError: There is none.
    """
    for candidate in (trace.input, *trace.input.values()):
        try:
            return Question.model_validate(candidate)
        except ValidationError:
            continue
    raise NotReplayableError(trace)


def comparisons(recorded: Trace, again: Trace) -> tuple[Comparison, ...]:
    """Return in which respects a run came about as it was recorded: code, model, prompt, passages and answer."""
    before, after = lineage_of(recorded), lineage_of(again)
    aspects = (
        ("code", _told_code(before), _told_code(after)),
        ("model", _told_models(before), _told_models(after)),
        ("prompt version", _told_references(before), _told_references(after)),
        ("prompt text", _told_messages(before), _told_messages(after)),
        ("passages", _told_passages(before), _told_passages(after)),
        ("answer", _answer_text(recorded.output), _answer_text(again.output)),
    )
    return tuple(
        Comparison(what=what, is_same=was == is_now, recorded=was, again=is_now) for what, was, is_now in aspects
    )


def _prompts(spans: Sequence[TraceSpan]) -> list[UsedPrompt]:
    """Return the prompts that were rendered, and those that are only named because their text was shortened."""
    used = [prompt for span in spans for prompt in _rendered(span)]
    shown = {prompt.reference for prompt in used}
    named = {span.prompt: span.name for span in spans if span.prompt is not None and span.prompt not in shown}
    return [*used, *(UsedPrompt(node=node, reference=prompt, messages=()) for prompt, node in named.items())]


def _rendered(span: TraceSpan) -> list[UsedPrompt]:
    values = span.output if isinstance(span.output, list) else [span.output]
    found = []
    for value in values:
        try:
            rendered = RenderedPrompt.model_validate(value)
        except ValidationError:
            continue
        found.append(UsedPrompt(node=span.name, reference=rendered.reference, messages=rendered.messages))
    return found


def _call(span: TraceSpan) -> ModelUse:
    assert span.model is not None  # noqa: S101 - only such spans are calls
    return ModelUse(
        node=span.name,
        model=span.model,
        prompt=span.prompt,
        parameters=span.parameters,
        usage=span.usage,
        cost=span.cost,
        seconds=_seconds(span.started_at, span.ended_at),
        error=span.error,
    )


def _passages(spans: Sequence[TraceSpan]) -> tuple[RetrievedChunk, ...]:
    retrieving = [span.retrieved for span in spans if span.retrieved]
    numbered = [found for found in retrieving if any(chunk.number is not None for chunk in found)]
    last = (numbered or retrieving or [()])[-1]
    citable = tuple(chunk for chunk in last if chunk.number is not None)
    return tuple(sorted(citable, key=lambda chunk: chunk.number or 0)) or last


def _answer_text(output: dict[str, Any]) -> str:
    for candidate in (output, *output.values()):
        if isinstance(candidate, dict) and isinstance(candidate.get("text"), str):
            return str(candidate["text"])
    return next((each for each in output.values() if isinstance(each, str)), "")


def _told_code(lineage: Lineage) -> str:
    if lineage.code is None:
        return "unknown"
    commit = f" at commit {lineage.code.commit}" if lineage.code.commit else ""
    return f"{lineage.code.version}{commit}{', with local changes' if lineage.code.is_modified else ''}"


def _told_models(lineage: Lineage) -> str:
    return ", ".join(dict.fromkeys(f"{call.model.provider} {call.model.name}" for call in lineage.calls)) or "none"


def _told_references(lineage: Lineage) -> str:
    references = dict.fromkeys(prompt.reference for prompt in lineage.prompts)
    return ", ".join(f"{each.name} {each.version} ({each.content_hash[:12]}, {each.origin})" for each in references)


def _told_messages(lineage: Lineage) -> str:
    return "\n\n".join(f"{each.role}: {each.content}" for prompt in lineage.prompts for each in prompt.messages)


def _told_passages(lineage: Lineage) -> str:
    return ", ".join(chunk.chunk_id for chunk in lineage.passages)


def _seconds(start: datetime, end: datetime) -> float:
    return round((end - start).total_seconds(), 3)
