"""Answers, and what they rest on."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from llm_engineering.domain.chunks import LineRange, OtherPlace, Span
from llm_engineering.domain.documents import Category
from llm_engineering.domain.language_models import ModelIdentity, TokenUsage
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.prompts import PromptReference


class Citation(FrozenModel):
    """A place in a source that an answer rests on."""

    number: int = Field(ge=1)
    """What the answer's text refers to it by, as in [1]."""
    title: str
    url: str
    """Address that a reader can open, at the lines where the host has addresses for lines."""
    heading_path: tuple[str, ...]
    author: str
    category: Category
    platform: str
    published_at: datetime | None
    document_id: str
    chunk_id: str
    quote: str
    """The words of the source that the answer rests on, exactly as they stand there."""
    span: Span
    """Where the quote stands in the cleaned document."""
    lines: LineRange | None
    """The lines of the quote; None where the index does not know them."""
    also_at: tuple[OtherPlace, ...] = ()


class Statement(FrozenModel):
    """A sentence of an answer with what was found out about it."""

    text: str
    """As it stands in the answer, its marks of citations included."""
    citations: tuple[int, ...]
    """Numbers of the citations that it names and that exist."""
    is_supported: bool
    """Whether the passages that it cites say what it says; a sentence that claims nothing counts as supported."""


class AnswerKind(StrEnum):
    """How an answer was made."""

    WRITTEN = "written"
    """By a language model, from passages."""
    QUOTED = "quoted"
    """The best passages in the author's own words; no language model took part."""
    UNKNOWN = "unknown"
    """The index says too little about the question; nothing is claimed."""


class ShownVariant(FrozenModel):
    """Which variant of the answer a user of an experiment sees."""

    experiment: str
    variant: Literal["A", "B"]


class Answer(FrozenModel):
    """An answer to a question, with its sources and how it came about."""

    trace_id: str
    """A UUID by which feedback, traces and replays refer to it."""
    question: str
    kind: AnswerKind
    text: str
    """Plain text or Markdown with marks like [1]; links that no source has are taken out."""
    statements: tuple[Statement, ...]
    """The text's sentences in order."""
    citations: tuple[Citation, ...]
    """What the text cites, by number; only passages that were given to the model."""
    model: ModelIdentity
    prompt: PromptReference | None
    """None for an answer without a language model."""
    usage: TokenUsage = TokenUsage()
    cost: float | None = None
    seconds: float = Field(ge=0)
    notes: tuple[str, ...] = ()
    """What a reader should know, in sentences: that a model failed and passages are quoted instead, that links were
    taken out, that marks without a passage were."""
    experiment: ShownVariant | None = None
    """Set for a user who takes part in an experiment."""


class Feedback(FrozenModel):
    """What somebody thinks of an answer. The natural key is the trace and the user."""

    trace_id: str
    is_helpful: bool
    comment: str = Field(default="", max_length=4000)
    user: str = Field(default="", max_length=200)
    """Who says it, in the words of the caller; empty if nobody said."""
    given_at: datetime
