"""Traces in the document store: how they lie there, and the tracer that writes them."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from threading import Lock
from typing import Any, Final

from pydantic import Field

from llm_engineering.application.feedback.writing import written_feedback
from llm_engineering.application.ports import (
    TRACE_DOCUMENTS,
    TRACE_HEADS,
    TRACE_PROMPTS,
    TRACES,
    DocumentStore,
    JsonObject,
)
from llm_engineering.application.tracing.delivery import CAPACITY, Delivery
from llm_engineering.application.tracing.port import Recorded, Trace
from llm_engineering.domain.answers import Feedback
from llm_engineering.domain.identity import identifier
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.prompts import PromptReference

_PRUNED_EVERY: Final = 200
"""Traces between two looks at what is too old."""
_IDS_AT_ONCE: Final = 200
_TEXT_CHARACTERS: Final = 300


class Keeping(FrozenModel):
    """Which traces are kept."""

    days: float = Field(gt=0)
    number: int = Field(gt=0)
    """Most traces; the oldest go first."""


class TraceHead(FrozenModel):
    """A trace in a list."""

    trace_id: str
    name: str
    started_at: datetime
    seconds: float
    question: str
    """What was asked for, shortened; empty if the trace has no such text."""
    answer: str
    """The text that came of it, shortened."""
    prompts: tuple[str, ...]
    """Name and version of each prompt that was used, e.g. "answer v1"."""
    models: tuple[str, ...]
    tokens: int
    cost: float | None
    error: str | None


def stored_traces(store: DocumentStore, traces: Sequence[Trace]) -> None:
    """Write traces, each with what it is found by.

    The parts by which a trace is found are written before it: one that is there can be found, and forgotten.

    Raises:
        StoreUnavailableError: The store could not be reached; the call can be repeated.
        StoreReadOnlyError: It may not be written.
    """
    store.upsert(TRACE_PROMPTS, [row for trace in traces for row in _prompt_rows(trace)])
    store.upsert(TRACE_DOCUMENTS, [row for trace in traces for row in _document_rows(trace)])
    store.upsert(TRACES, [{**trace.model_dump(mode="json"), "_id": trace.id, "trace_id": trace.id} for trace in traces])
    store.upsert(TRACE_HEADS, [{**head_of(trace).model_dump(mode="json"), "_id": trace.id} for trace in traces])


def stored_trace(store: DocumentStore, trace_id: str) -> Trace | None:
    """Return a trace, or None if it is not kept."""
    return next((_trace(stored) for stored in store.find(TRACES, {"trace_id": trace_id})), None)


def stored_heads(store: DocumentStore) -> Iterator[TraceHead]:
    """Yield all traces as in a list, in the order of their ids, which is that of time."""
    return map(_head, store.find(TRACE_HEADS, {}))


def heads_of_prompt(store: DocumentStore, name: str, version: str | None = None) -> Iterator[TraceHead]:
    """Yield the traces that used a prompt, in a version or in any, in the order of their ids."""
    where = {"name": name} if version is None else {"name": name, "version": version}
    ids = sorted({row["trace_id"] for row in store.find(TRACE_PROMPTS, where)})
    for some in _portions(ids):
        yield from map(_head, store.find(TRACE_HEADS, {"trace_id": some}))


def deleted_traces(store: DocumentStore, trace_ids: Sequence[str]) -> int:
    """Delete traces and what they are found by; return how many traces there were. Feedback stays."""
    deleted = 0
    for some in _portions(sorted(set(trace_ids))):
        deleted += store.delete(TRACES, {"trace_id": some})
        # Last what they are found by: whoever was killed in between finds them again.
        for collection in (TRACE_HEADS, TRACE_PROMPTS, TRACE_DOCUMENTS):
            store.delete(collection, {"trace_id": some})
    return deleted


def pruned_traces(store: DocumentStore, keeping: Keeping, *, now: datetime) -> int:
    """Delete the traces that are too old or too many; return their number.

    The order of their ids is that of time, so only those that go are read.
    """
    oldest, too_many = now - timedelta(days=keeping.days), store.count(TRACE_HEADS, {}) - keeping.number
    gone = takewhile(
        lambda placed: placed[0] < too_many or placed[1].started_at < oldest, enumerate(stored_heads(store))
    )
    return deleted_traces(store, [head.trace_id for _, head in gone])


class StoredTraces:
    """A tracer that writes to a document store, in a thread of its own.

    Args:
        store: Where; it is not closed here, and must be closed after this.
        keeping: Which traces are kept. The others are deleted with the first trace and every 200.
        capacity: Most traces that wait to be written.
        now: The time, with its zone.
    """

    def __init__(
        self,
        store: DocumentStore,
        keeping: Keeping,
        *,
        capacity: int = CAPACITY,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._keeping = keeping
        self._now = now
        self._until_pruning = 0
        self._lock = Lock()
        self._recent: deque[str] = deque(maxlen=4 * capacity)
        self._delivery = Delivery[Recorded | Feedback]("traces or feedback", self._write, capacity=capacity)

    @property
    def dropped(self) -> int:
        """How many traces and feedbacks could not be written."""
        return self._delivery.dropped

    def record(self, trace: Recorded) -> None:
        """Take a trace."""
        with self._lock:
            self._recent.append(trace.id)
        self._delivery.put(trace)

    def record_feedback(self, feedback: Feedback) -> None:
        """Take feedback; where it was written already, that changes nothing."""
        self._delivery.put(feedback)

    def knows(self, trace_id: str) -> bool:
        """Return whether a trace is stored, or was taken lately and may be on its way.

        Raises:
            StoreUnavailableError: The store could not be asked.
        """
        with self._lock:
            if trace_id in self._recent:
                return True
        return self._store.count(TRACE_HEADS, {"trace_id": trace_id}) > 0

    def flushed(self, timeout_seconds: float = 5.0) -> bool:
        """Wait until everything is written or dropped; return whether that was in time."""
        return self._delivery.flushed(timeout_seconds)

    def close(self, *, timeout_seconds: float = 5.0) -> None:
        """Write what is waiting; the store stays open."""
        self._delivery.close(timeout_seconds)

    def _write(self, batch: Sequence[Recorded | Feedback]) -> None:
        traces = [each.made() for each in batch if not isinstance(each, Feedback)]
        stored_traces(self._store, traces)
        for each in batch:
            if isinstance(each, Feedback):
                written_feedback(self._store, each)
        self._until_pruning -= len(traces)
        if traces and self._until_pruning <= 0:
            self._until_pruning = _PRUNED_EVERY
            pruned_traces(self._store, self._keeping, now=self._now())


def head_of(trace: Trace) -> TraceHead:
    """Return what a list shows of a trace."""
    costs = [span.cost for span in trace.spans if span.cost is not None]
    return TraceHead(
        trace_id=trace.id,
        name=trace.name,
        started_at=trace.started_at,
        seconds=round((trace.ended_at - trace.started_at).total_seconds(), 3),
        question=_text_in(trace.input, ("query", "question"))[:_TEXT_CHARACTERS],
        answer=_text_in(trace.output, ("text", "answer", "summary"))[:_TEXT_CHARACTERS],
        prompts=tuple(dict.fromkeys(f"{prompt.name} {prompt.version}" for prompt in _prompts(trace))),
        models=tuple(dict.fromkeys(span.model.name for span in trace.spans if span.model)),
        tokens=sum(span.usage.total_tokens for span in trace.spans if span.usage),
        cost=sum(costs) if costs else None,
        error=trace.output.get("error"),
    )


def _text_in(value: Any, names: Sequence[str]) -> str:  # noqa: ANN401 - any JSON
    """Return the first text under one of some names, the outermost first."""
    if not isinstance(value, dict):
        return ""
    found = [value[name] for name in names if isinstance(value.get(name), str)]
    inner = (_text_in(each, names) for each in value.values())
    return found[0] if found else next(filter(None, inner), "")


def _prompts(trace: Trace) -> Sequence[PromptReference]:
    return list(dict.fromkeys(span.prompt for span in trace.spans if span.prompt is not None))


def _prompt_rows(trace: Trace) -> Iterator[JsonObject]:
    for prompt in _prompts(trace):
        yield {
            "_id": identifier("trace prompt", prompt.name, prompt.version, trace.id),
            "trace_id": trace.id,
            **prompt.model_dump(mode="json"),
        }


def _document_rows(trace: Trace) -> Iterator[JsonObject]:
    for chunk in {chunk.document_id: chunk for span in trace.spans for chunk in span.retrieved}.values():
        yield {
            "_id": identifier("trace document", chunk.document_id, trace.id),
            "trace_id": trace.id,
            **chunk.model_dump(mode="json", include={"document_id", "author_id", "author_full_name", "link"}),
        }


def _trace(stored: JsonObject) -> Trace:
    return Trace.model_validate({name: value for name, value in stored.items() if name not in {"_id", "trace_id"}})


def _head(stored: JsonObject) -> TraceHead:
    return TraceHead.model_validate({name: value for name, value in stored.items() if name != "_id"})


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _IDS_AT_ONCE] for start in range(0, len(ids), _IDS_AT_ONCE))
