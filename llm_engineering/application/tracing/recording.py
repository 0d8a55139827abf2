"""Records the execution of a dataflow, through the lifecycle of Hamilton's asynchronous driver.

A `TraceRecorder` is one of the adapters of a driver and serves all of its runs, also those at the same time: what
belongs together is told apart by the identifier that Hamilton gives to a run. By itself each run becomes a trace. What
takes several runs, or work between them (an answer that is streamed), is put under one trace with `begin` or `trace`.

While something is computed, only references to its values are taken. The tracer makes the trace of them, in a thread of
its own where it has one.

What goes wrong in recording is counted and logged; it never harms what is recorded.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
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

from llm_engineering.application.tracing.describing import told
from llm_engineering.application.tracing.ids import new_trace_id
from llm_engineering.application.tracing.listening import Heard
from llm_engineering.application.tracing.making import Now, Recording, current
from llm_engineering.application.tracing.port import Tracer
from llm_engineering.application.tracing.redaction import Redactor
from llm_engineering.application.tracing.tracers import NoTracer

CANCELLED: Final = "CancelledError: It was cancelled before it ended."


@dataclass(slots=True)
class _Run:
    """A run of Hamilton that is under way."""

    recording: Recording
    is_own: bool
    """Whether the recording ends with the run."""
    started: dict[str, tuple[datetime, Heard]] = field(default_factory=dict)
    """When each node that is under way began, and what it has asked so far."""


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
        self._counting = Lock()
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
                self._hand_over(recording, output, told(error) if error else None)

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

    async def pre_graph_execute(
        self, *, run_id: str, final_vars: Sequence[str], inputs: Mapping[str, Any] | None, **_: object
    ) -> None:
        """Begin with a run, which belongs to the active trace or is one itself.

        A run that computes something else than what the recorder is called after says so in its name.
        """
        with self._unharmed():
            if self._is_on:
                active = current.get()
                given = inputs or {}
                name = self._name if self._name in final_vars else f"{self._name}: {', '.join(final_vars)}"
                recording = active or self.begin(given, name=name, trace_id=_given_id(given))
                self._runs[run_id] = _Run(recording, is_own=active is None)

    async def pre_node_execute(self, *, run_id: str, node_: Node, kwargs: dict[str, Any], **_: object) -> None:
        """Note when a node begins, and hand it models and prompts that are listened to.

        Hamilton calls the node with this very dictionary.
        """
        with self._unharmed():
            if run := self._runs.get(run_id):
                heard = Heard(self._now)
                kwargs.update(heard.listening(kwargs))
                run.started[node_.name] = (self._now(), heard)

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
                reason = told(error) if error else CANCELLED if _was_cancelled(node_, success, result) else None
                started_at, heard = run.started.pop(node_.name)
                run.recording.add(node_.name, started_at, kwargs, result, error=reason, heard=heard)

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
                reason = None if success else told(error) if error else CANCELLED
                self._hand_over(run.recording, results or {}, reason)

    def _hand_over(self, recording: Recording, output: Mapping[str, Any], error: str | None) -> None:
        if error is not None:
            output = {**output, "error": error}
        tags = () if error is None else ("error",)
        self._tracer.record(recording.ended(output, tags=tags, metadata=self._metadata, unharmed=self._unharmed))

    @contextmanager
    def _unharmed(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever fails in recording, the answer goes on
            with self._counting:
                self.failures += 1
                is_first = self.failures == 1
            if is_first:
                logger.warning(
                    "A part of a trace could not be recorded: {error}. Further ones are only counted.",
                    error=self._redactor.text(told(error)),
                )


def _given_id(inputs: Mapping[str, Any]) -> str | None:
    """Return the identifier that a dataflow was given for its trace, if it is one."""
    try:
        return str(UUID(str(inputs.get("trace_id"))))
    except ValueError:
        return None


def _was_cancelled(node: Node, success: bool, result: object) -> bool:
    """Tell whether a node was cancelled: Hamilton says then that it succeeded, and has no result of it."""
    return success and result is None and not _may_be_none(node)


def _may_be_none(node: Node) -> bool:
    return node.type in {None, NoneType, Any, object} or NoneType in get_args(node.type)
