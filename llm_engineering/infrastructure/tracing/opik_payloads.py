"""Traces and feedback in the words of Opik's REST interface (opik 2.x: `opik.rest_api.types`)."""

from datetime import datetime
from typing import Any, Final

from llm_engineering.application.tracing.ids import time_ordered
from llm_engineering.application.tracing.port import Trace, TraceSpan
from llm_engineering.domain.answers import Feedback

Payload = dict[str, Any]

HELPFUL: Final = "helpful"
"""Name of the feedback score: 1 for thumbs up, 0 for thumbs down."""


def trace_payload(trace: Trace, project: str) -> Payload:
    """Return the fields of a `TraceWrite`."""
    return {
        "id": time_ordered(trace.id, trace.started_at),
        "project_name": project,
        "name": trace.name,
        "start_time": trace.started_at,
        "end_time": trace.ended_at,
        "input": trace.input,
        "output": trace.output,
        "metadata": {**trace.metadata, "trace_id": trace.id},
        "tags": [*trace.tags, *_prompt_tags(trace)],
        "source": "sdk",
        **_error(trace.output.get("error")),
    }


def span_payload(span: TraceSpan, trace: Trace, project: str) -> Payload:
    """Return the fields of a `SpanWrite`; what does not apply is left out."""
    return {
        "id": time_ordered(span.id, span.started_at),
        "trace_id": time_ordered(trace.id, trace.started_at),
        "project_name": project,
        "name": span.name,
        "type": "llm" if span.model else "tool" if span.retrieved else "general",
        "start_time": span.started_at,
        "end_time": span.ended_at,
        "input": span.inputs,
        "output": span.output if isinstance(span.output, dict) else {"output": span.output},
        "metadata": _span_metadata(span),
        "source": "sdk",
        **_call(span),
        **_error(span.error),
        **({"parent_span_id": time_ordered(span.parent_id, span.started_at)} if span.parent_id else {}),
    }


def score_payload(feedback: Feedback, opik_trace_id: str, project: str) -> Payload:
    """Return the fields of a `FeedbackScoreBatchItem`. Who gave it is not sent."""
    reason = {"reason": feedback.comment} if feedback.comment else {}
    return {
        "id": opik_trace_id,
        "project_name": project,
        "name": HELPFUL,
        "value": 1.0 if feedback.is_helpful else 0.0,
        "source": "sdk",
        **reason,
    }


def opik_id(trace_id: str, started_at: datetime) -> str:
    """Return what a trace is called in Opik."""
    return time_ordered(trace_id, started_at)


def _prompt_tags(trace: Trace) -> list[str]:
    prompts = (span.prompt for span in trace.spans if span.prompt is not None)
    return list(dict.fromkeys(f"prompt:{prompt.name}@{prompt.version}" for prompt in prompts))


def _span_metadata(span: TraceSpan) -> Payload:
    metadata: Payload = {}
    if span.prompt is not None:
        metadata["prompt"] = span.prompt.model_dump(mode="json")
    if span.parameters:
        metadata["parameters"] = span.parameters
    if span.retrieved:
        metadata["retrieved"] = [
            chunk.model_dump(mode="json", include={"chunk_id", "document_id", "link", "number", "score"})
            for chunk in span.retrieved
        ]
    return metadata


def _call(span: TraceSpan) -> Payload:
    call: Payload = {}
    if span.model is not None:
        call |= {"model": span.model.name, "provider": span.model.provider}
    if span.usage is not None:
        tokens = span.usage.model_dump(include={"prompt_tokens", "completion_tokens"})
        call["usage"] = {**tokens, "total_tokens": span.usage.total_tokens}
    if span.cost is not None:
        call["total_estimated_cost"] = span.cost
    return call


def _error(error: Any) -> Payload:  # noqa: ANN401 - a text or None, out of JSON
    if not isinstance(error, str):
        return {}
    kind, _, message = error.partition(": ")
    # No traceback is recorded, but the interface asks for one.
    return {"error_info": {"exception_type": kind, "message": message, "traceback": ""}}
