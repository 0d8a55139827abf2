"""Makes a trace of the values that were observed on the way to a result.

Nothing of this happens while the result is awaited: to look through the values and to shorten them takes milliseconds,
which whoever delivers the trace has.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, Final, Generic, NamedTuple, TypeVar

from llm_engineering.application.answer.asking import Question
from llm_engineering.application.tracing.ids import new_trace_id
from llm_engineering.application.tracing.listening import HeardCall
from llm_engineering.application.tracing.noticing import Noticed, model_call, parameters_of
from llm_engineering.application.tracing.port import RetrievedChunk, Trace, TraceSpan
from llm_engineering.application.tracing.redaction import Redactor
from llm_engineering.application.tracing.shortening import (
    INPUTS,
    OUTPUTS,
    WHOLE,
    Bounds,
    is_data,
    is_service,
    members,
    shortened,
)
from llm_engineering.domain.answers import Answer
from llm_engineering.domain.language_models import Completion, ModelIdentity, TokenUsage
from llm_engineering.domain.prompts import PromptReference, RenderedPrompt

KnownT = TypeVar("KnownT")

_ERROR_CHARACTERS: Final = 1_000
_WHOLE_TYPES: Final = (Question, RenderedPrompt, Completion, Answer)

Unharmed = Callable[[], AbstractContextManager[None]]
"""Opens a block in which an error is counted and goes no further."""


@dataclass(frozen=True, slots=True)
class Observed:
    """A value as it was computed, by reference."""

    id: str
    name: str
    started_at: datetime
    ended_at: datetime
    inputs: Mapping[str, Any]
    value: Any
    error: str | None = None
    calls: tuple[HeardCall, ...] = ()
    """What models were asked on the way."""
    prompts: tuple[RenderedPrompt, ...] = ()
    """What was rendered on the way."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What a trace is made of besides its values."""

    id: str
    name: str
    started_at: datetime
    ended_at: datetime
    given: Mapping[str, Any]
    output: Mapping[str, Any]
    tags: tuple[str, ...]
    metadata: Mapping[str, Any]


class ObservedTrace:
    """What a trace is made of, once, when it is first asked for; then only the trace is held.

    Args:
        outline: All but the values on the way.
        values: These, in the order in which they ended.
        redactor: Takes secrets out of everything.
        unharmed: Guards each value: what cannot be described is left out.
    """

    def __init__(self, outline: Outline, values: Sequence[Observed], redactor: Redactor, unharmed: Unharmed) -> None:
        self.id = outline.id
        self.started_at = outline.started_at
        self._parts: tuple[Outline, tuple[Observed, ...]] | None = (outline, tuple(values))
        self._redactor = redactor
        self._unharmed = unharmed
        self._trace: Trace | None = None
        self._lock = Lock()

    def made(self) -> Trace:
        """Return the trace."""
        with self._lock:
            if self._trace is None:
                assert self._parts is not None  # noqa: S101 - dropped only below
                self._trace = self._described(*self._parts)
                self._parts = None
            return self._trace

    def _described(self, outline: Outline, values: Sequence[Observed]) -> Trace:
        spans = _Spans(self._redactor)
        for value in values:
            with self._unharmed():
                spans.add(value)
        return Trace(
            id=outline.id,
            name=outline.name,
            started_at=outline.started_at,
            ended_at=outline.ended_at,
            input=dict(self._shown({name: each for name, each in outline.given.items() if is_data(each)})),
            output=dict(self._shown(outline.output)),
            spans=tuple(spans.made),
            tags=outline.tags,
            metadata=dict(outline.metadata),
        )

    def _shown(self, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for name, value in values.items():
            with self._unharmed():
                yield name, shortened(value, _bounds(value), self._redactor)


class _Spans:
    """The spans of one trace: what one of them says of a model depends on those before it.

    A value is the input of several others and is looked through once. What is known of it is found by its identity, as
    long as whoever adds it holds it.
    """

    def __init__(self, redactor: Redactor) -> None:
        self.made: list[TraceSpan] = []
        self._redactor = redactor
        self._inputs = _Known(lambda value: None if is_service(value) else Shown(shortened(value, INPUTS, redactor)))
        self._noticed = _Known(Noticed)
        self._outputs: dict[str, int] = {}
        """Identities of the values that are shown already, by the names of their spans."""
        self._shown_at: dict[int, str] = {}
        """Where objects are shown already, by their identities: outputs, the items of lists, and what is in those."""
        self._prompts: list[RenderedPrompt] = []
        self._completions: list[Completion] = []

    def add(self, observed: Observed) -> None:
        """Add the span of a value, and those of the calls that it does not tell of."""
        inputs, value = observed.inputs, observed.value
        shown = {key: self._shown_input(key, each) for key, each in inputs.items()}
        given = [self._noticed.of(each) for key, each in inputs.items() if shown[key] is not None]
        made = self._noticed.of(value)
        self._prompts += [*made.prompts, *(prompt for each in given for prompt in each.prompts)]
        span = TraceSpan(
            id=observed.id,
            name=observed.name,
            started_at=observed.started_at,
            ended_at=observed.ended_at,
            inputs={key: each.json for key, each in shown.items() if each is not None},
            output=shortened(self._with_references(observed.name, value), _bounds(value), self._redactor),
            error=self._error(observed.error),
            prompt=made.prompts[0].reference if made.prompts else None,
            retrieved=(*made.chunks, *_each_once(each.documents for each in (*given, made))),
        )
        self._add_calls(span, observed, made.completions)
        self.made.append(span.model_copy(update=self._call(inputs, value, made.completions)))
        self._outputs[observed.name] = id(value)

    def _shown_input(self, name: str, value: Any) -> "Shown | None":  # noqa: ANN401 - any value
        """Return how an input is shown, by name where an earlier span shows it; None if it is a service."""
        if self._outputs.get(name) == id(value):
            return None if is_service(value) else Shown(f"→ {name}")
        return self._inputs.of(value)

    def _with_references(self, name: str, value: Any) -> Any:  # noqa: ANN401 - any value
        """Return a value, or where it or its items are shown already: passages are handed on from node to node."""
        if _bounds(value) is WHOLE:
            return value
        if id(value) in self._shown_at:
            return self._shown_at[id(value)]
        if not isinstance(value, list | tuple):
            if members(value) is not None:
                self._shown_at[id(value)] = f"→ {name}"
            return value
        referring = list(map(self._referring, value))
        for place, each in enumerate(value[: OUTPUTS.items]):
            self._note_shown(f"→ {name}[{place}]", each)
        return referring

    def _referring(self, item: Any) -> Any:  # noqa: ANN401 - any value
        """Return where an item of a list is shown already, or which of its parts are: copies share what is in them."""
        if id(item) in self._shown_at:
            return self._shown_at[id(item)]
        parts = members(item)
        if parts is None or not any(id(part) in self._shown_at for part in parts.values()):
            return item
        return {name: self._shown_at.get(id(part), part) for name, part in parts.items()}

    def _note_shown(self, where: str, item: Any) -> None:  # noqa: ANN401 - any value
        parts = {f"{where}.{name}": part for name, part in (members(item) or {}).items()}
        for place, each in {where: item, **parts}.items():
            if members(each) is not None:
                self._shown_at.setdefault(id(each), place)

    def _add_calls(self, parent: TraceSpan, observed: Observed, told_of: Sequence[Completion]) -> None:
        """Add the calls of models that the value of their node does not tell of, or not with all that was said."""
        if not observed.calls:
            return
        known = {prompt.messages for prompt in self._prompts}
        prompts = {prompt.messages: prompt.reference for prompt in (*self._prompts, *observed.prompts)}
        for call in observed.calls:
            prompt = prompts.get(call.request.messages)
            is_told = any(call.completion is each for each in told_of)
            if is_told and (prompt is None or call.request.messages in known):
                continue  # the span of the node tells of it
            self.made.append(self._call_span(parent, call, prompt))
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
            error=self._error(told(call.error) if call.error else None),
            model=call.model,
            prompt=prompt,
            usage=completion.usage if completion else None,
            cost=completion.cost if completion else None,
            parameters=shortened(parameters_of(call.request), OUTPUTS, self._redactor),
        )

    def _call(self, inputs: Mapping[str, Any], value: object, completions: Sequence[Completion]) -> dict[str, Any]:
        """Return what a span says of the model that was asked; empty if none was.

        A completion that is handed on from node to node was asked for once.
        """
        new = [each for each in completions if not any(each is seen for seen in self._completions)]
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

    def _error(self, error: str | None) -> str | None:
        return self._redactor.text(error)[:_ERROR_CHARACTERS] if error else None


class Shown(NamedTuple):
    """How a value is shown."""

    json: Any


class _Known(Generic[KnownT]):
    """What is found out of values, once of each."""

    def __init__(self, find: Callable[[Any], KnownT]) -> None:
        self._find = find
        self._found: dict[int, KnownT] = {}

    def of(self, value: Any) -> KnownT:  # noqa: ANN401 - any value
        key = id(value)
        if key not in self._found:
            self._found[key] = self._find(value)
        return self._found[key]


def _each_once(found: Iterable[Iterable[RetrievedChunk]]) -> Iterable[RetrievedChunk]:
    return {each.document_id: each for some in found for each in some}.values()


def _bounds(value: object) -> Bounds:
    """Return how much of a value is kept: all of what an answer is followed back by, and of lists of that."""
    first = next(iter(value), None) if isinstance(value, list | tuple) else value
    return WHOLE if isinstance(first, _WHOLE_TYPES) else OUTPUTS


def told(error: BaseException) -> str:
    """Return type and message of an error."""
    return f"{type(error).__name__}: {error}"
