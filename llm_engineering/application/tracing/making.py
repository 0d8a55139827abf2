"""A trace in the making, whoever computes its values."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from llm_engineering.application.answer.asking import Question
from llm_engineering.application.tracing.ids import new_trace_id
from llm_engineering.application.tracing.listening import Heard, HeardCall
from llm_engineering.application.tracing.noticing import (
    completions_in,
    documents_in,
    found_in,
    model_call,
    parameters_of,
    retrieved_in,
)
from llm_engineering.application.tracing.port import Trace, TraceSpan
from llm_engineering.application.tracing.redaction import Redactor
from llm_engineering.application.tracing.shortening import (
    INPUTS,
    OUTPUTS,
    WHOLE,
    Bounds,
    is_data,
    is_service,
    shortened,
)
from llm_engineering.domain.answers import Answer
from llm_engineering.domain.language_models import Completion, ModelIdentity, TokenUsage
from llm_engineering.domain.prompts import PromptReference, RenderedPrompt

_ERROR_CHARACTERS: Final = 1_000
_WHOLE_TYPES: Final = (Question, RenderedPrompt, Completion, Answer)

Now = Callable[[], datetime]


class Recording:
    """A trace in the making."""

    def __init__(self, trace_id: str, name: str, given: Mapping[str, Any], *, redactor: Redactor, now: Now) -> None:
        self.id = trace_id
        self.name = name
        self.started_at = now()
        self._input = _object({key: each for key, each in given.items() if is_data(each)}, redactor)
        self._redactor = redactor
        self._now = now
        self._spans: list[TraceSpan] = []
        self._prompts: list[RenderedPrompt] = []
        self._completions: list[Completion] = []

    @contextmanager
    def active(self) -> Iterator[None]:
        """Put the runs that are started inside, and only these, under this trace; nothing is yielded between them."""
        token = current.set(self)
        try:
            yield
        finally:
            current.reset(token)

    @contextmanager
    def span(self, name: str, inputs: Mapping[str, Any]) -> Iterator["ValueInMaking"]:
        """Record what is done inside as a value that no node computes, e.g. what a model streams.

        An error is recorded and goes on.
        """
        made, started_at = ValueInMaking(), self._now()
        try:
            yield made
        except BaseException as error:
            self.add(name, started_at, inputs, made.value, error=told(error))
            raise
        self.add(name, started_at, inputs, made.value)

    def add(
        self,
        name: str,
        started_at: datetime,
        inputs: Mapping[str, Any],
        value: object,
        *,
        error: str | None = None,
        heard: Heard | None = None,
    ) -> None:
        """Add a value that was computed just now.

        Args:
            name: Of the node.
            started_at: When it began.
            inputs: What it was computed from; services are left out.
            value: What was computed.
            error: Why there is no value.
            heard: What was asked on the way.
        """
        rendered = list(found_in(value, RenderedPrompt))
        self._prompts += [
            *rendered,
            *(prompt for each in inputs.values() for prompt in found_in(each, RenderedPrompt)),
        ]
        shown = {key: each for key, each in inputs.items() if not is_service(each)}
        span = TraceSpan(
            id=new_trace_id(),
            name=name,
            started_at=started_at,
            ended_at=self._now(),
            inputs={key: shortened(each, INPUTS, self._redactor) for key, each in shown.items()},
            output=shortened(value, _bounds(value), self._redactor),
            error=self._redactor.text(error)[:_ERROR_CHARACTERS] if error else None,
            prompt=rendered[0].reference if rendered else None,
            retrieved=(*retrieved_in(value), *documents_in({**shown, name: value})),
        )
        if heard is not None:
            self._add_calls(span, value, heard)
        self._spans.append(span.model_copy(update=self._call(inputs, value)))

    def _add_calls(self, parent: TraceSpan, value: object, heard: Heard) -> None:
        """Add the calls of models that the value of their node does not tell of, or not with all that was said."""
        known, told = {prompt.messages for prompt in self._prompts}, list(completions_in(value))
        prompts = {prompt.messages: prompt.reference for prompt in (*self._prompts, *heard.prompts)}
        for call in heard.calls:
            prompt = prompts.get(call.request.messages)
            is_told = any(call.completion is each for each in told)
            if is_told and (prompt is None or call.request.messages in known):
                continue  # the span of the node tells of it
            self._spans.append(self._call_span(parent, call, prompt))
            if call.completion is not None:
                self._completions.append(call.completion)

    def _call_span(self, parent: TraceSpan, call: HeardCall, prompt: PromptReference | None) -> TraceSpan:
        completion = call.completion
        return TraceSpan(
            id=new_trace_id(),
            parent_id=parent.id,
            name=f"{parent.name}: {call.model.name}",
            started_at=call.started_at,
            ended_at=call.ended_at,
            inputs={"messages": shortened(call.request.messages, WHOLE, self._redactor)},
            output=shortened(completion, WHOLE, self._redactor),
            error=self._redactor.text(told(call.error))[:_ERROR_CHARACTERS] if call.error else None,
            model=call.model,
            prompt=prompt,
            usage=completion.usage if completion else None,
            cost=completion.cost if completion else None,
            parameters=shortened(parameters_of(call.request), OUTPUTS, self._redactor),
        )

    def _call(self, inputs: Mapping[str, Any], value: object) -> dict[str, Any]:
        """Return what a span says of the model that was asked; empty if none was.

        A completion that is handed on from node to node was asked for once.
        """
        new = [each for each in completions_in(value) if not any(each is seen for seen in self._completions)]
        if not new:
            return {}
        self._completions += new
        call = model_call(inputs, value, self._prompts)
        costs = [each.cost for each in new if each.cost is not None]
        return {
            "model": call.model or ModelIdentity(provider="unknown", name=new[0].model),
            "prompt": call.prompt,
            "usage": sum((each.usage for each in new), start=TokenUsage()),
            "cost": sum(costs) if costs else None,
            "parameters": shortened(call.parameters, OUTPUTS, self._redactor),
        }

    def trace(
        self, output: Mapping[str, Any], *, tags: Sequence[str] = (), metadata: Mapping[str, Any] | None = None
    ) -> Trace:
        """Return what was recorded."""
        return Trace(
            id=self.id,
            name=self.name,
            started_at=self.started_at,
            ended_at=self._now(),
            input=self._input,
            output=_object(output, self._redactor),
            spans=tuple(self._spans),
            tags=tuple(tags),
            metadata=dict(metadata or {}),
        )


@dataclass(slots=True)
class ValueInMaking:
    """Holds what a span made by hand results in."""

    value: object = None


current: ContextVar[Recording | None] = ContextVar("recording", default=None)
"""The trace that runs belong to which are started now."""


def _object(values: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    """Return named values as a JSON object with names that every store takes."""
    return {name: shortened(each, _bounds(each), redactor) for name, each in values.items()}


def _bounds(value: object) -> Bounds:
    """Return how much of a value is kept: all of what an answer is followed back by, and of lists of that."""
    first = next(iter(value), None) if isinstance(value, list | tuple) else value
    return WHOLE if isinstance(first, _WHOLE_TYPES) else OUTPUTS


def told(error: BaseException) -> str:
    """Return type and message of an error."""
    return f"{type(error).__name__}: {error}"
