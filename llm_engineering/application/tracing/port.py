"""What is recorded of an answer or a run, and where it goes. `tests/contracts/tracer.py` holds adapters and fakes."""

from datetime import datetime
from typing import Any, Protocol

from pydantic import Field

from llm_engineering.domain.answers import Feedback
from llm_engineering.domain.language_models import ModelIdentity, TokenUsage
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.prompts import PromptReference


class RetrievedChunk(FrozenModel):
    """A chunk that took part in a value, by what finds it and its owner again."""

    chunk_id: str
    """Empty for a whole document."""
    document_id: str
    author_id: str
    author_full_name: str
    link: str
    number: int | None = None
    """What it can be cited by, where it has a number."""
    score: float | None = None


class TraceSpan(FrozenModel):
    """One computed value on the way."""

    id: str
    parent_id: str | None = None
    """The span that this one is a part of: a call of a model inside a node."""
    name: str
    """Name of the node of the dataflow."""
    started_at: datetime
    ended_at: datetime
    inputs: dict[str, Any] = Field(default_factory=dict)
    """JSON values, shortened."""
    output: Any = None
    """A JSON value, shortened."""
    error: str | None = None
    """Type and message if it failed; never a secret."""
    model: ModelIdentity | None = None
    """Set for a call of a language model, with the four below."""
    prompt: PromptReference | None = None
    """Set where a prompt is rendered, too."""
    usage: TokenUsage | None = None
    cost: float | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    """What the model was asked with besides its messages."""
    retrieved: tuple[RetrievedChunk, ...] = ()
    """All chunks of the output, the best first, however much the output itself is shortened; and the whole documents
    that took part. By them a trace is found when a document is to be forgotten."""


class Trace(FrozenModel):
    """How one answer or result came about."""

    id: str
    """A UUID: `Answer.trace_id`."""
    name: str
    """What was done, e.g. "answer" or "summary"."""
    started_at: datetime
    ended_at: datetime
    input: dict[str, Any]
    output: dict[str, Any]
    spans: tuple[TraceSpan, ...]
    """In the order in which they ended."""
    tags: tuple[str, ...] = ()
    metadata: dict[str, Any] = Field(default_factory=dict)

    def made(self) -> "Trace":
        """Return the trace itself, see `Recorded`."""
        return self


class Recorded(Protocol):
    """A trace, or what one will be made of. Making it takes milliseconds, so whoever delivers it makes it."""

    @property
    def id(self) -> str:
        """As that of the trace."""
        ...

    @property
    def started_at(self) -> datetime:
        """As that of the trace."""
        ...

    def made(self) -> Trace:
        """Return the trace, always the same; from any thread. Does not raise."""
        ...


class Tracer(Protocol):
    """Takes finished traces and feedback. It neither blocks nor raises: what it cannot deliver it counts and logs."""

    def record(self, trace: Recorded) -> None:
        """Take a trace."""
        ...

    def record_feedback(self, feedback: Feedback) -> None:
        """Take what somebody thinks of an answer whose trace was recorded."""
        ...

    def knows(self, trace_id: str) -> bool | None:
        """Return whether a trace was taken and is kept, or None if nothing is kept here that could tell.

        Raises:
            StoreUnavailableError: The store that keeps them could not be asked.
        """
        ...

    def close(self, *, timeout_seconds: float = 5.0) -> None:
        """Deliver what is waiting, for as long as that may take, then let go; safe to call twice."""
        ...
