"""A tracer that keeps what it is given, and small traces."""

from datetime import UTC, datetime, timedelta

from llm_engineering.application.answer.asking import Question
from llm_engineering.application.tracing.port import Recorded, RetrievedChunk, Trace, TraceSpan
from llm_engineering.domain.answers import Feedback
from llm_engineering.domain.language_models import ChatMessage, ModelIdentity, Role, TokenUsage
from llm_engineering.domain.prompts import PromptReference, RenderedPrompt

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FIRST = "019caecb-5e00-7000-8000-000000000001"
SECOND = "019caecb-5e00-7000-8000-000000000002"
THIRD = "019caecb-5e00-7000-8000-000000000003"
V1 = PromptReference(name="answer", version="v1", content_hash="a" * 64, origin="code")
V2 = PromptReference(name="answer", version="v2", content_hash="b" * 64, origin="code")
MODEL = ModelIdentity(provider="openai", name="small")
MESSAGES = (
    ChatMessage(role=Role.SYSTEM, content="Answer from the passages."),
    ChatMessage(role=Role.USER, content="What is a plum?"),
)


class RecordingTracer:
    """Keeps everything in lists."""

    def __init__(self) -> None:
        self.traces: list[Trace] = []
        self.feedback: list[Feedback] = []
        self.is_closed = False

    def record(self, trace: Recorded) -> None:
        if not self.is_closed:
            self.traces.append(trace.made())

    def record_feedback(self, feedback: Feedback) -> None:
        if not self.is_closed:
            self.feedback.append(feedback)

    def knows(self, trace_id: str) -> bool | None:
        return any(trace.id == trace_id for trace in self.traces)

    def close(self, *, timeout_seconds: float = 5.0) -> None:
        self.is_closed = True


def retrieved(document_id: str = "plum", *, number: int | None = 1) -> RetrievedChunk:
    return RetrievedChunk(
        chunk_id=f"chunk of {document_id}",
        document_id=document_id,
        author_id="ada",
        author_full_name="Ada Lovelace",
        link=f"https://{document_id}.dev/one",
        number=number,
        score=0.5,
    )


def trace(trace_id: str = FIRST, *, prompt: PromptReference = V1, document: str = "plum", at: datetime = NOON) -> Trace:
    """Return the trace of an answer of two seconds: passages, prompt, completion."""
    rendered = RenderedPrompt(reference=prompt, messages=MESSAGES)
    return Trace(
        id=trace_id,
        name="answer",
        started_at=at,
        ended_at=at + timedelta(seconds=2),
        input={"question": Question(query="What is a plum?").model_dump(mode="json")},
        output={"answer": {"text": f"A fruit, says {document} [1]."}},
        spans=(
            TraceSpan(
                id=f"{trace_id[:-2]}a1",
                name="passages",
                started_at=at,
                ended_at=at + timedelta(seconds=0.5),
                inputs={"question": "What is a plum?"},
                output=[f"All about the {document}."],
                retrieved=(retrieved(document),),
            ),
            TraceSpan(
                id=f"{trace_id[:-2]}a2",
                name="prompt",
                started_at=at + timedelta(seconds=0.5),
                ended_at=at + timedelta(seconds=0.5),
                output=rendered.model_dump(mode="json"),
                prompt=prompt,
            ),
            TraceSpan(
                id=f"{trace_id[:-2]}a3",
                name="completion",
                started_at=at + timedelta(seconds=0.5),
                ended_at=at + timedelta(seconds=2),
                inputs={"prompt": "…"},
                output={"text": f"A fruit, says {document} [1]."},
                model=MODEL,
                prompt=prompt,
                usage=TokenUsage(prompt_tokens=20, completion_tokens=5),
                cost=0.25,
                parameters={"temperature": 0.0},
            ),
        ),
        metadata={"code": {"version": "0.1.0", "commit": "c" * 40, "is_modified": False}},
    )


def feedback(trace_id: str = FIRST, *, helpful: bool = True, comment: str = "", user: str = "bob") -> Feedback:
    return Feedback(trace_id=trace_id, is_helpful=helpful, comment=comment, user=user, given_at=NOON)
