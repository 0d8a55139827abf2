"""Sends traces to Opik (extra `tracing`), in a thread of its own.

It speaks through the REST client of the `opik` package. The package's own `Opik` object is not used: it waits without
end when a process ends, keeps up to a hundred thousand messages in memory and in a file in the temporary folder, and
has threads of its own that go on asking a server that is gone.
"""

import os
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import httpx

from llm_engineering.application.tracing.delivery import CAPACITY, Delivery
from llm_engineering.application.tracing.ids import is_time_ordered
from llm_engineering.application.tracing.port import Recorded
from llm_engineering.domain.answers import Feedback
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.infrastructure.tracing.opik_address import OpikAccess
from llm_engineering.infrastructure.tracing.opik_payloads import opik_id, score_payload, span_payload, trace_payload

if TYPE_CHECKING:
    from opik.rest_api.client import OpikApi

_SILENT: Final[Mapping[str, str]] = {
    "OPIK_SENTRY_ENABLE": "false",
    "OPIK_ANALYTICS_ENABLE": "false",
    "OPIK_CONSOLE_LOGGING_LEVEL": "CRITICAL",
}
"""opik reads them when it is imported: it reports its errors and its use to its makers otherwise."""
_REQUEST_SECONDS: Final = 10.0
_TRIES: Final = 3
_FIRST_WAIT_SECONDS: Final = 0.5
_LONGEST_WAIT_SECONDS: Final = 10.0
_SPANS_AT_ONCE: Final = 100
_REMEMBERED: Final = 10_000
_REFUSED: Final = frozenset({401, 403})
_MAY_PASS: Final = frozenset({408, 429})
_SERVER_ERROR: Final = 500


class OpikMissingError(InvalidInputError):
    """Traces are to be sent to Opik, whose package is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Traces are to be sent to Opik (OPIK_API_KEY or OPIK_URL_OVERRIDE is set), but opik is not installed.",
            remedy="Install it: pip install 'llm-twin[tracing]' (or: make setup).",
        )


class OpikFailedError(Exception):
    """Opik did not take something; told in the log and nowhere else."""


class OpikTracer:
    """A tracer that sends to Opik; neither blocks nor raises.

    What cannot be sent in three tries is dropped and counted. Once the key was refused nothing more is sent.

    Args:
        access: Whom it is sent to.
        capacity: Most traces and feedbacks that wait.
        request_seconds: How long one request may take.
        first_wait_seconds: How long it waits before the second try; twice as long before the third. What a server asks
            for in `Retry-After` goes before, up to ten seconds.

    Raises:
        OpikMissingError: The extra `tracing` is not installed.
    """

    def __init__(
        self,
        access: OpikAccess,
        *,
        capacity: int = CAPACITY,
        request_seconds: float = _REQUEST_SECONDS,
        first_wait_seconds: float = _FIRST_WAIT_SECONDS,
    ) -> None:
        if find_spec("opik") is None:
            raise OpikMissingError
        self._access = access
        self._request_seconds = request_seconds
        self._first_wait_seconds = first_wait_seconds
        self._delivery = Delivery[Recorded | Feedback]("traces or feedback for Opik", self._send, capacity=capacity)
        self._ids: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()
        self._http: httpx.Client | None = None
        self._client: OpikApi | None = None
        self._refusal: str | None = None

    @property
    def dropped(self) -> int:
        """How many traces and feedbacks were not sent."""
        return self._delivery.dropped

    def record(self, trace: Recorded) -> None:
        """Take a trace."""
        self._remember(trace)
        self._delivery.put(trace)

    def record_feedback(self, feedback: Feedback) -> None:
        """Take feedback; the trace's identifier is one of version 7, or its trace was recorded here lately."""
        self._delivery.put(feedback)

    def knows(self, trace_id: str) -> bool | None:
        """Return None: Opik is not asked."""

    def flushed(self, timeout_seconds: float = 5.0) -> bool:
        """Wait until everything is sent or dropped; return whether that was in time."""
        return self._delivery.flushed(timeout_seconds)

    def close(self, *, timeout_seconds: float = 5.0) -> None:
        """Send what is waiting, then let go of the connection."""
        self._delivery.close(timeout_seconds)
        if self._http is not None:
            self._http.close()

    def _remember(self, trace: Recorded) -> None:
        if not is_time_ordered(trace.id):
            with self._lock:
                self._ids[trace.id] = opik_id(trace.id, trace.started_at)
                if len(self._ids) > _REMEMBERED:
                    self._ids.popitem(last=False)

    def _opik_id(self, trace_id: str) -> str:
        with self._lock:
            known = self._ids.get(trace_id)
        if known is None and not is_time_ordered(trace_id):
            raise OpikFailedError(f"It is not known what the trace {trace_id!r:.80} of a feedback is called there.")
        return known or trace_id

    def _send(self, batch: Sequence[Recorded | Feedback]) -> None:
        if self._refusal is not None:
            raise OpikFailedError(self._refusal)
        project = self._access.project
        traces = [each.made() for each in batch if not isinstance(each, Feedback)]
        spans = [span_payload(span, trace, project) for trace in traces for span in trace.spans]
        scores = [
            score_payload(each, self._opik_id(each.trace_id), project) for each in batch if isinstance(each, Feedback)
        ]
        self._sent("traces", [trace_payload(trace, project) for trace in traces])
        for some in _portions(spans):
            self._sent("spans", some)
        self._sent("scores", scores)

    def _sent(self, what: str, payloads: Sequence[dict[str, Any]]) -> None:
        """Send some payloads, again if what failed may pass."""
        if not payloads:
            return
        send = self._request(what, payloads)
        for tried in range(1, _TRIES + 1):
            failure = self._failure(send)
            if failure is None:
                return
            wait = failure.wait(self._first_wait_seconds * 2 ** (tried - 1))
            if wait is None or tried == _TRIES or self._delivery.closing.wait(wait):
                raise OpikFailedError(failure.told)

    def _request(self, what: str, payloads: Sequence[dict[str, Any]]) -> Callable[[], None]:
        client = self._opened()
        from opik.rest_api.types.feedback_score_batch_item import FeedbackScoreBatchItem
        from opik.rest_api.types.span_write import SpanWrite
        from opik.rest_api.types.trace_write import TraceWrite

        if what == "traces":
            traces = [TraceWrite(**each) for each in payloads]
            return lambda: client.traces.create_traces(traces=traces, request_options={"max_retries": 0})
        if what == "spans":
            spans = [SpanWrite(**each) for each in payloads]
            return lambda: client.spans.create_spans(spans=spans, request_options={"max_retries": 0})
        scores = [FeedbackScoreBatchItem(**each) for each in payloads]
        return lambda: client.traces.score_batch_of_traces(scores=scores, request_options={"max_retries": 0})

    def _failure(self, send: Callable[[], None]) -> "_Failure | None":
        from opik.rest_api.core.api_error import ApiError

        try:
            send()
        except ApiError as error:
            # Neither the body nor the headers of the answer are told: they are a stranger's words.
            status = error.status_code or 0
            told = f"Opik at {self._access.url} answered with the status {status}."
            if status in _REFUSED:
                self._refusal = f"{told} Check OPIK_API_KEY and OPIK_WORKSPACE; nothing more is sent."
                return _Failure(self._refusal, may_pass=False)
            may_pass = status in _MAY_PASS or status >= _SERVER_ERROR
            return _Failure(told, may_pass=may_pass, retry_after=(error.headers or {}).get("retry-after"))
        except httpx.TransportError as error:
            told = f"Opik at {self._access.url} could not be reached ({type(error).__name__})."
            return _Failure(told, may_pass=True)
        return None

    def _opened(self) -> "OpikApi":
        if self._client is None:
            os.environ.update({name: value for name, value in _SILENT.items() if name not in os.environ})
            from opik.rest_api.client import OpikApi

            # A redirect is not followed: it would take the key along.
            self._http = httpx.Client(timeout=self._request_seconds, follow_redirects=False)
            key = self._access.key
            self._client = OpikApi(
                base_url=self._access.url,
                api_key=key.get_secret_value() if key else None,
                workspace_name=self._access.workspace,
                httpx_client=self._http,
            )
        return self._client


class _Failure:
    """Why a request failed, and how long to wait before it is tried again."""

    def __init__(self, told: str, *, may_pass: bool, retry_after: str | None = None) -> None:
        self.told = told
        self._may_pass = may_pass
        self._retry_after = retry_after

    def wait(self, usual_seconds: float) -> float | None:
        """Return the seconds to wait, or None if it makes no sense to try again."""
        if not self._may_pass:
            return None
        if self._retry_after is not None and self._retry_after.isdecimal():
            return min(float(self._retry_after), _LONGEST_WAIT_SECONDS)
        return min(usual_seconds, _LONGEST_WAIT_SECONDS)


def _portions(payloads: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    return (payloads[start : start + _SPANS_AT_ONCE] for start in range(0, len(payloads), _SPANS_AT_ONCE))
