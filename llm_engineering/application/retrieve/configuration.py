"""What can be set of the search, with the defaults that were measured best (see docs/retrieval.md)."""

from typing import Self

from pydantic import Field, model_validator

from llm_engineering.application.retrieve.fusion import FusionMethod
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel


class NothingToSearchByError(InvalidInputError):
    """Both weights of the fusion are 0."""

    def __init__(self) -> None:
        super().__init__(
            "fusion.meaning_weight and fusion.words_weight are both 0.", remedy="Set one of them above 0, or both."
        )


class Fusion(FrozenModel):
    """How the scores by meaning and by words become one."""

    method: FusionMethod = FusionMethod.MIN_MAX
    meaning_weight: float = Field(default=0.5, ge=0)
    """Weight of the similarity of embeddings; 0 searches by words alone."""
    words_weight: float = Field(default=0.5, ge=0)
    """Weight of BM25; 0 searches by meaning alone."""
    rank_constant: int = Field(default=60, ge=1)
    """k of reciprocal rank fusion; without effect for `min_max`."""

    @model_validator(mode="after")
    def _searches_by_something(self) -> Self:
        if self.meaning_weight == self.words_weight == 0:
            raise NothingToSearchByError
        return self


class Feedback(FrozenModel):
    """How the best candidates move the question (Rocchio)."""

    documents: int = Field(default=5, ge=0)
    """The best chunk of each of so many documents is taken for good; 0 turns it off."""
    weight: float = Field(default=0.75, ge=0)
    """Weight of their mean next to the question's 1."""


class Smoothing(FrozenModel):
    """How candidates that resemble other good ones gain."""

    candidates: int = Field(default=50, ge=1)
    """How many of the best take part."""
    share: float = Field(default=0.5, ge=0, le=1)
    """Share of a score that comes from the others; 0 turns it off."""


class Reranking(FrozenModel):
    """A model that reads question and passage together; slow, and off unless one is named."""

    model: str
    """A cross-encoder: its id on the Hugging Face Hub or a local folder."""
    candidates: int = Field(default=30, ge=1)
    """How many of the best it reads."""
    weight: float = Field(default=0.8, ge=0, le=1)
    """Its share of the score; 1 leaves the order of what it has read to it alone."""


class Retrieval(FrozenModel):
    """How passages are found and put into order."""

    depth: int = Field(default=100, ge=1)
    """Chunks that are fetched by meaning, and as many by words, before anything is ranked and cut."""
    pair_weight: float = Field(default=0.25, ge=0)
    """What two neighbouring words of the question weigh that are neighbours in a text, next to 1 for a word."""
    fusion: Fusion = Fusion()
    feedback: Feedback = Feedback()
    smoothing: Smoothing = Smoothing()
    reranking: Reranking | None = None
    diversity: float = Field(default=0.0, ge=0, le=1)
    """How much a passage loses that resembles one before it (maximal marginal relevance); 0 is nothing."""
    join_neighbours: bool = False
    """Whether found passages that follow each other in a document become one; there may be fewer than asked for."""
