"""What is said to a language model and what it says."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import Field

from llm_engineering.domain.models import FrozenModel


class Role(StrEnum):
    """Who says a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class ChatMessage(FrozenModel):
    """One message of a conversation."""

    role: Role
    content: str


class Evidence(FrozenModel):
    """A passage that an answer may rely on and cite by its number."""

    number: int = Field(ge=1)
    title: str
    text: str
    """The passage as its author wrote it."""


class ModelIdentity(FrozenModel):
    """Which language model answers."""

    provider: str
    """How it is reached: "extractive", "openai", "sagemaker" or "transformers"."""
    name: str
    """Its name there, e.g. "gpt-4o-mini", an endpoint or a folder; never an address with a key."""


class ModelRequest(FrozenModel):
    """One request to a language model."""

    messages: tuple[ChatMessage, ...] = Field(min_length=1)
    max_output_tokens: int = Field(default=512, gt=0)
    temperature: float = Field(default=0.0, ge=0, le=2)
    """0 always takes the likeliest token."""
    seed: int | None = None
    """Makes sampling repeatable, as far as the model can."""
    json_schema: Mapping[str, Any] | None = None
    """The reply is to be a JSON object that this JSON Schema describes; None: free text."""
    question: str | None = None
    """What is to be answered, for models that select from `evidence`; it stands in the messages too."""
    evidence: tuple[Evidence, ...] = ()
    """The passages that the messages quote, for models that select from them; other models read the messages only."""
    purpose: str = ""
    """What the call is for, as the ledger of calls names it, e.g. "answer v1"; no model is told."""


class TokenUsage(FrozenModel):
    """Tokens that a model read and wrote."""

    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)
    is_estimated: bool = False
    """Whether the provider did not say and the text was counted here, or nothing is known but a bound."""

    @property
    def total_tokens(self) -> int:
        """Both together."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: "TokenUsage") -> "TokenUsage":
        """Return the sum of two usages."""
        return TokenUsage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            is_estimated=self.is_estimated or other.is_estimated,
        )


class FinishReason(StrEnum):
    """Why a model stopped."""

    STOP = "stop"
    LENGTH = "length"
    """`max_output_tokens` or the model's context was reached; the text may end in mid-sentence."""
    FILTERED = "filtered"
    """The provider held it back."""


class Completion(FrozenModel):
    """What a model said."""

    text: str
    finish_reason: FinishReason
    usage: TokenUsage
    """As the provider counted, or counted here where it does not say."""
    model: str
    """The name that the provider gave of what answered, which may be more exact than the one that was asked."""
    cost: float | None = None
    """In the currency of the prices that are set; None if no prices are set."""
