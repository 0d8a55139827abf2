"""Tracers that need no service."""

from collections.abc import Sequence

from llm_engineering.application.tracing.port import Recorded, Trace, Tracer
from llm_engineering.domain.answers import Feedback


class NoTracer:
    """Takes nothing."""

    def record(self, trace: Recorded) -> None:
        """Do nothing."""

    def record_feedback(self, feedback: Feedback) -> None:
        """Do nothing."""

    def knows(self, trace_id: str) -> bool | None:
        """Return None: nothing is kept."""

    def close(self, *, timeout_seconds: float = 5.0) -> None:
        """Do nothing."""


class LastTrace:
    """Keeps the trace that it took last, for whoever wants to look at it at once."""

    def __init__(self) -> None:
        self.trace: Trace | None = None

    def record(self, trace: Recorded) -> None:
        """Keep a trace in place of the one before."""
        self.trace = trace.made()

    def record_feedback(self, feedback: Feedback) -> None:
        """Do nothing."""

    def knows(self, trace_id: str) -> bool | None:
        """Return None: nothing is kept for long."""

    def close(self, *, timeout_seconds: float = 5.0) -> None:
        """Do nothing; the trace stays."""


class Tracers:
    """Hands everything to several tracers."""

    def __init__(self, tracers: Sequence[Tracer]) -> None:
        self._tracers = tuple(tracers)

    def record(self, trace: Recorded) -> None:
        """Hand a trace to all."""
        for tracer in self._tracers:
            tracer.record(trace)

    def record_feedback(self, feedback: Feedback) -> None:
        """Hand feedback to all."""
        for tracer in self._tracers:
            tracer.record_feedback(feedback)

    def knows(self, trace_id: str) -> bool | None:
        """Return what the tracers that can tell say: whether one of them has the trace."""
        said = [known for tracer in self._tracers if (known := tracer.knows(trace_id)) is not None]
        return any(said) if said else None

    def close(self, *, timeout_seconds: float = 5.0) -> None:
        """Close all, each with the whole time."""
        for tracer in self._tracers:
            tracer.close(timeout_seconds=timeout_seconds)
