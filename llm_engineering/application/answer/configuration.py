"""What can be set of an answer; docs/answers.md says what each value does and how the defaults were found."""

from enum import StrEnum

from pydantic import Field

from llm_engineering.application.retrieve.configuration import Retrieval
from llm_engineering.domain.models import FrozenModel


class QueryRewriting(StrEnum):
    """Who reads from a question where to look, and finds other ways to ask it."""

    RULES = "rules"
    """Rules; the question itself is never changed."""
    MODEL = "model"
    """The language model, and the rules where it fails or there is none."""


class Sufficiency(FrozenModel):
    """When passages say enough about a question to answer it."""

    min_similarity: float = Field(default=0.25, ge=-1, le=1)
    """Cosine that the closest passage must have, whatever words it shares."""
    sure_similarity: float = Field(default=0.5, ge=-1, le=1)
    """Cosine from which on the closest passage is enough, whatever words it shares."""
    min_coverage: float = Field(default=0.5, ge=0, le=1)
    """Share of the question's words that the passages must have between both."""


class PromptVersions(FrozenModel):
    """Versions of the prompts; None is the one that is current."""

    answer: str | None = None
    self_query: str | None = None
    expand: str | None = None


class Answering(FrozenModel):
    """How questions are answered."""

    retrieval: Retrieval = Retrieval()
    context_tokens: int = Field(default=3000, ge=256)
    """Most tokens, as the embedding model counts, of the passages that a language model is given; the best one is
    always given."""
    sufficiency: Sufficiency = Sufficiency()
    query_rewriting: QueryRewriting = QueryRewriting.RULES
    expansions: int = Field(default=2, ge=0, le=8)
    """Most further ways to ask that are searched by too."""
    prompts: PromptVersions = PromptVersions()
    quote_on_failure: bool = True
    """Whether passages are quoted when the language model fails; otherwise its error is the answer's."""
    min_support: float = Field(default=0.4, ge=0, le=1)
    """Overlap with the cited passages from which on a sentence counts as supported."""
    max_output_tokens: int = Field(default=700, gt=0)
    temperature: float = Field(default=0.0, ge=0, le=2)
