"""Records the execution of a dataflow, through the lifecycle of Hamilton's asynchronous driver.

A `TraceRecorder` is one of the adapters of a driver and serves all of its runs, also those at the same time: what
belongs together is told apart by the identifier that Hamilton gives to a run. By itself each run becomes a trace. What
takes several runs, or work between them (an answer that is streamed), is put under one trace with `begin` or `trace`.

What goes wrong in recording is counted and logged; it never harms what is recorded.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import NoneType
from typing import Any, Final, get_args
from uuid import UUID

from hamilton.lifecycle.base import (
    BasePostGraphExecuteAsync,
    BasePostNodeExecuteAsync,
    BasePreGraphExecuteAsync,
    BasePreNodeExecuteAsync,
)
from hamilton.node import Node
from loguru import logger

from llm_engineering.application.answer.asking import Question
from llm_engineering.application.tracing.ids import new_trace_id
from llm_engineering.application.tracing.noticing import completions_in, found_in, model_call, retrieved_in
from llm_engineering.application.tracing.port import Trace, Tracer, TraceSpan
from llm_engineering.application.tracing.redaction import Redactor
from llm_engineering.application.tracing.shortening import INPUTS, OUTPUTS, WHOLE, Bounds, shortened
from llm_engineering.application.tracing.tracers import NoTracer
from llm_engineering.domain.answers import Answer
from llm_engineering.domain.language_models import Completion, ModelIdentity, TokenUsage
from llm_engineering.domain.prompts import RenderedPrompt

CANCELLED: Final = "CancelledError: It was cancelled before it ended."
_ERROR_CHARACTERS: Final = 1_000
_WHOLE_TYPES: Final = (Question, RenderedPrompt, Completion, Answer)

Now = Callable[[], datetime]


class Recording:
    """A trace in the making."""

    def __init__(self, trace_id: str, name: str, given: Mapping[str, Any], *, redactor: Redactor, now: Now) -> None:
        self.id = trace_id
        self.name = name
        self.started_at = now()
        self._input = _object(given, redactor)
        self._redactor = redactor
        self._now = now
        self._spans: list[TraceSpan] = []
        self._prompts: list[RenderedPrompt] = []
        self._completions: list[Completion] = []

    @contextmanager
    def active(self) -> Iterator[None]:
        """Put the runs that are started inside, and only these, under this trace; nothing is yielded between them."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)

    @contextmanager
    def span(self, name: str, inputs: Mapping[str, Any]) -> Iterator["ValueInMaking"]:
        """Record what is done inside as a value that no node computes, e.g. what a model streams.

        An error is recorded and goes on.
        """
        made, started_at = ValueInMaking(), self._now()
        try:
            yield made
        except BaseException as error:
            self.add(name, started_at, inputs, made.value, error=_told(error))
            raise
        self.add(name, started_at, inputs, made.value)

    def add(
        self, name: str, started_at: datetime, inputs: Mapping[str, Any], value: object, *, error: str | None = None
    ) -> None:
        """Add a value that was computed just now."""
        rendered = list(found_in(value, RenderedPrompt))
        self._prompts += [
            *rendered,
            *(prompt for each in inputs.values() for prompt in found_in(each, RenderedPrompt)),
        ]
        span = TraceSpan(
            id=new_trace_id(),
            name=name,
            started_at=started_at,
            ended_at=self._now(),
            inputs={key: shortened(each, INPUTS, self._redactor) for key, each in inputs.items()},
            output=shortened(value, _bounds(value), self._redactor),
            error=self._redactor.text(error)[:_ERROR_CHARACTERS] if error else None,
            prompt=rendered[0].reference if rendered else None,
            retrieved=retrieved_in(value),
        )
        self._spans.append(span.model_copy(update=self._call(inputs, value)))

    def _call(self, inputs: Mapping[str, Any], value: object) -> dict[str, Any]:
        """Return what a span says of the model that was asked; empty if none was.

        A completion that is handed on from node to node was asked for once.
        """
        new = [each for each in completions_in(value) if not any(each is seen for seen in self._completions)]
        if not new:
            return {}
        self._completions += new
        call = model_call(inputs, self._prompts)
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


@dataclass(slots=True)
class _Run:
    """A run of Hamilton that is under way."""

    recording: Recording
    is_own: bool
    """Whether the recording ends with the run."""
    started: dict[str, datetime] = field(default_factory=dict)


_current: ContextVar[Recording | None] = ContextVar("recording", default=None)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class TraceRecorder(
    BasePreGraphExecuteAsync,  # type: ignore[misc] # Hamilton publishes no types
    BasePreNodeExecuteAsync,  # type: ignore[misc] # as above
    BasePostNodeExecuteAsync,  # type: ignore[misc] # as above
    BasePostGraphExecuteAsync,  # type: ignore[misc] # as above
):
    """A lifecycle adapter that hands a trace of what a driver executes to a tracer.

    Args:
        tracer: Who gets the finished traces.
        name: What a run that belongs to no trace yet is called, e.g. "answer".
        redactor: Takes secrets out of everything that is recorded.
        metadata: What every trace says, e.g. of the version of the code.
        now: The time, with its zone.
    """

    def __init__(
        self,
        tracer: Tracer,
        *,
        name: str,
        redactor: Redactor | None = None,
        metadata: Mapping[str, Any] | None = None,
        now: Now = _utc_now,
    ) -> None:
        self._tracer = tracer
        self._is_on = not isinstance(tracer, NoTracer)
        self._name = name
        self._redactor = redactor or Redactor()
        self._metadata = dict(metadata or {})
        self._now = now
        self._runs: dict[str, _Run] = {}
        self.failures = 0
        """How often something could not be recorded."""

    def begin(self, given: Mapping[str, Any], *, name: str | None = None, trace_id: str | None = None) -> Recording:
        """Return a trace that several runs can belong to; it is handed over by `end`.

        Args:
            given: What was asked for. It is kept whole where it is a `Question`.
            name: What is done, by default the name of the recorder.
            trace_id: A UUID, by default a new one.
        """
        return Recording(trace_id or new_trace_id(), name or self._name, given, redactor=self._redactor, now=self._now)

    def end(self, recording: Recording, output: Mapping[str, Any], *, error: BaseException | None = None) -> None:
        """Hand over what was recorded; neither blocks nor raises."""
        with self._unharmed():
            if self._is_on:
                self._hand_over(recording, output, _told(error) if error else None)

    @contextmanager
    def trace(
        self, given: Mapping[str, Any], *, name: str | None = None, trace_id: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """Put all runs that are started inside under one trace; yield the dictionary that takes its output.

        Not for generators that yield inside of it, see `Recording.active`.
        """
        recording, output = self.begin(given, name=name, trace_id=trace_id), dict[str, Any]()
        try:
            with recording.active():
                yield output
        except BaseException as error:
            self.end(recording, output, error=error)
            raise
        self.end(recording, output)

    async def pre_graph_execute(self, *, run_id: str, inputs: Mapping[str, Any] | None, **_: object) -> None:
        """Begin with a run, which belongs to the active trace or is one itself."""
        with self._unharmed():
            if self._is_on:
                current = _current.get()
                given = inputs or {}
                recording = current or self.begin(given, trace_id=_given_id(given))
                self._runs[run_id] = _Run(recording, is_own=current is None)

    async def pre_node_execute(self, *, run_id: str, node_: Node, **_: object) -> None:
        """Note when a node begins."""
        with self._unharmed():
            if run := self._runs.get(run_id):
                run.started[node_.name] = self._now()

    async def post_node_execute(
        self,
        *,
        run_id: str,
        node_: Node,
        kwargs: Mapping[str, Any],
        success: bool,
        error: BaseException | None,
        result: object,
        **_: object,
    ) -> None:
        """Record what a node has made; of a run that is over, as of one that failed elsewhere, nothing more is said."""
        with self._unharmed():
            if run := self._runs.get(run_id):
                told = _told(error) if error else CANCELLED if _was_cancelled(node_, success, result) else None
                run.recording.add(node_.name, run.started.pop(node_.name), kwargs, result, error=told)

    async def post_graph_execute(
        self,
        *,
        run_id: str,
        success: bool,
        error: BaseException | None,
        results: Mapping[str, Any] | None,
        **_: object,
    ) -> None:
        """Hand the trace over if it was that of this run alone."""
        with self._unharmed():
            run = self._runs.pop(run_id, None)
            if run is not None and run.is_own:
                told = None if success else _told(error) if error else CANCELLED
                self._hand_over(run.recording, results or {}, told)

    def _hand_over(self, recording: Recording, output: Mapping[str, Any], error: str | None) -> None:
        if error is not None:
            output = {**output, "error": error}
        trace = recording.trace(output, tags=() if error is None else ("error",), metadata=self._metadata)
        self._tracer.record(trace)

    @contextmanager
    def _unharmed(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever fails in recording, the answer goes on
            self.failures += 1
            if self.failures == 1:
                logger.warning(
                    "A part of a trace could not be recorded: {error}. Further ones are only counted.",
                    error=self._redactor.text(_told(error)),
                )


def _object(values: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    """Return named values as a JSON object with names that every store takes."""
    return {name: shortened(each, _bounds(each), redactor) for name, each in values.items()}


def _bounds(value: object) -> Bounds:
    """Return how much of a value is kept: all of what an answer is followed back by, and of lists of that."""
    first = next(iter(value), None) if isinstance(value, list | tuple) else value
    return WHOLE if isinstance(first, _WHOLE_TYPES) else OUTPUTS


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _given_id(inputs: Mapping[str, Any]) -> str | None:
    """Return the identifier that a dataflow was given for its trace, if it is one."""
    try:
        return str(UUID(str(inputs.get("trace_id"))))
    except ValueError:
        return None


def _was_cancelled(node: Node, success: bool, result: object) -> bool:
    """Tell whether a node was cancelled: Hamilton says then that it succeeded, and has no result of it."""
    may_be_none = node.type in {None, NoneType, Any, object} or NoneType in get_args(node.type)
    return success and result is None and not may_be_none
