"""A trace in the making, whoever computes its values. Only references are taken: describing them comes later."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from llm_engineering.application.tracing.describing import Observed, ObservedTrace, Outline, Unharmed, told
from llm_engineering.application.tracing.ids import new_trace_id
from llm_engineering.application.tracing.listening import Heard
from llm_engineering.application.tracing.redaction import Redactor

Now = Callable[[], datetime]


class Recording:
    """A trace in the making.

    Lists, dictionaries and sets, also inside of each other, are copied as they are now. Other values are kept as they
    are, so that nothing may change them later: a dataflow's values never change.
    """

    def __init__(self, trace_id: str, name: str, given: Mapping[str, Any], *, redactor: Redactor, now: Now) -> None:
        self.id = trace_id
        self.name = name
        self.started_at = now()
        self._given = _kept(dict(given))
        self._redactor = redactor
        self._now = now
        self._values: list[Observed] = []

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
        self._values.append(
            Observed(
                id=new_trace_id(),
                name=name,
                started_at=started_at,
                ended_at=self._now(),
                inputs=_kept(dict(inputs)),
                value=_kept(value),
                error=error,
                calls=tuple(heard.calls) if heard else (),
                prompts=tuple(heard.prompts) if heard else (),
            )
        )

    def ended(
        self,
        output: Mapping[str, Any],
        *,
        unharmed: Unharmed,
        tags: Sequence[str] = (),
        metadata: Mapping[str, Any] | None = None,
    ) -> ObservedTrace:
        """Return what was recorded.

        Args:
            output: What came of it.
            unharmed: Guards the description of each value.
            tags: Words that the trace is marked with.
            metadata: What else it says.
        """
        outline = Outline(
            id=self.id,
            name=self.name,
            started_at=self.started_at,
            ended_at=self._now(),
            given=self._given,
            output=_kept(dict(output)),
            tags=tuple(tags),
            metadata=dict(metadata or {}),
        )
        return ObservedTrace(outline, self._values, self._redactor, unharmed)


@dataclass(slots=True)
class ValueInMaking:
    """Holds what a span made by hand results in."""

    value: object = None


current: ContextVar[Recording | None] = ContextVar("recording", default=None)
"""The trace that runs belong to which are started now."""


def _kept(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return a value whose lists, dictionaries and sets are those of now."""
    kind = type(value)
    if kind is dict:
        return {name: _kept(each) for name, each in value.items()}
    if kind is list:
        return [_kept(each) for each in value]
    return set(value) if kind is set else value
