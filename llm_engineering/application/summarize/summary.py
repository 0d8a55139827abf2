"""Summaries, and what they were made of."""

from enum import StrEnum

from pydantic import Field

from llm_engineering.domain.chunks import Span
from llm_engineering.domain.errors import TwinError
from llm_engineering.domain.language_models import ModelIdentity, TokenUsage
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Dropped, Figures, Result
from llm_engineering.domain.prompts import PromptReference


class Summarizing(FrozenModel):
    """How documents are summarized."""

    part_tokens: int = Field(default=1500, ge=5)
    """Most tokens of a part that is summarized at once; prompt, part and summary must fit the model's context."""
    concurrency: int = Field(default=4, ge=1, le=64)
    """How many parts are summarized at the same time."""
    prompt_version: str | None = None
    """Version of both prompts, "summarize_chunk" and "summarize_document"; None: the current ones."""
    part_words: int = Field(default=120, ge=10)
    """About how many words the summary of a part may have."""
    summary_words: int = Field(default=250, ge=10)
    """About how many words the whole summary may have."""
    temperature: float = Field(default=0.0, ge=0, le=2)
    sentences: int = Field(default=7, ge=1)
    """How many sentences a summary of quotes has."""
    sentences_per_part: int = Field(default=8, ge=1)
    """How many sentences of each part may come into it."""
    max_failed_share: float = Field(default=0.2, ge=0, le=1)
    """The summary fails when a larger share of the parts could not be summarized."""


class SummaryKind(StrEnum):
    """How a summary was made."""

    WRITTEN = "written"
    """By a language model."""
    QUOTED = "quoted"
    """Sentences of the document; no language model took part."""


class PartSummary(FrozenModel):
    """What was made of a part of the document, or of several summaries that were joined."""

    number: int = Field(ge=1)
    heading_path: tuple[str, ...] = ()
    span: Span
    """What of the cleaned document it is about."""
    text: str
    usage: TokenUsage = TokenUsage()
    cost: float | None = None


class PartSummaries(FrozenModel):
    """The summaries of all parts, and the parts without one."""

    items: tuple[PartSummary, ...]
    failed: tuple[Dropped, ...] = ()
    prompt: PromptReference | None = None
    """None for quotes."""


class JoinedSummaries(FrozenModel):
    """Summaries that together fit one prompt."""

    items: tuple[PartSummary, ...]
    usage: TokenUsage = TokenUsage()
    """Of the calls that joined them, of all rounds."""
    cost: float | None = None


class Summary(Result):
    """The summary of a document."""

    title: str
    link: str
    kind: SummaryKind
    text: str
    """Markdown."""
    parts: tuple[PartSummary, ...]
    """What it was made of, in the order of the document."""
    failed: tuple[Dropped, ...] = ()
    """Parts that it says nothing about, and why."""
    model: ModelIdentity
    prompts: tuple[PromptReference, ...] = ()
    usage: TokenUsage = TokenUsage()
    """Of all calls."""
    cost: float | None = None
    document_characters: int

    @property
    def figures(self) -> Figures:
        """How it was made and how much shorter it is."""
        return {
            "title": self.title,
            "link": self.link,
            "kind": self.kind.value,
            "model": f"{self.model.provider}: {self.model.name}",
            "prompts": [f"{each.name} {each.version} ({each.content_hash[:12]})" for each in self.prompts],
            "parts": len(self.parts),
            "parts_failed": len(self.failed),
            "document_characters": self.document_characters,
            "summary_characters": len(self.text),
            "prompt_tokens": self.usage.prompt_tokens,
            "completion_tokens": self.usage.completion_tokens,
            **({} if self.cost is None else {"cost": self.cost}),
        }


class TooManyPartsFailedError(TwinError):
    """Too much of a document would be missing in its summary."""

    def __init__(self, failed: int, parts: int, allowed: float, first: Dropped) -> None:
        super().__init__(
            f"{failed} of {parts} parts could not be summarized (allowed is a share of {allowed:g}); the first: "
            f"{first.detail}",
            remedy="See to the language model and try again, or raise max_failed_share.",
        )
        self.failed = failed
        self.parts = parts
        self.first = first
