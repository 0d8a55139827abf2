"""Prompts as they are used and referred to."""

from llm_engineering.domain.language_models import ChatMessage
from llm_engineering.domain.models import FrozenModel


class PromptReference(FrozenModel):
    """Which prompt was used: what an answer, a sample or a model card names."""

    name: str
    """E.g. "answer"."""
    version: str
    """E.g. "v1"."""
    content_hash: str
    """SHA-256 of what the prompt is made of: equal hashes render equal inputs equally."""
    origin: str
    """Where it was loaded from: "code", "store" or "opik"."""


class RenderedPrompt(FrozenModel):
    """A prompt with its inputs filled in."""

    reference: PromptReference
    messages: tuple[ChatMessage, ...]
