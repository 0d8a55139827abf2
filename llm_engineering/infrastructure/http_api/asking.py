"""What callers send: questions and feedback, read strictly, so that what is accepted is what is described."""

import re
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, Strict, WithJsonSchema
from pydantic_core import PydanticCustomError

from llm_engineering.application.answer.asking import Question
from llm_engineering.domain.answers import Feedback
from llm_engineering.domain.documents import Category

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MAX_NAMES: Final = 50


def _day(value: Any) -> Any:  # noqa: ANN401 - whatever JSON has
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise _no_day()
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise _no_day() from error


def _no_day() -> PydanticCustomError:
    return PydanticCustomError("day", "Write it as a day that there is: YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]

QUESTION_EXAMPLES: Final[dict[str, Any]] = {
    "plain": {"summary": "A question", "value": {"query": "How are documents cut into chunks?"}},
    "filtered": {
        "summary": "Where to look, and how many passages",
        "value": {
            "query": "What is a feature store?",
            "limit": 3,
            "author": "Ada Lovelace",
            "category": "articles",
            "since": "2024-01-01",
        },
    },
}


class AskedQuestion(Question):
    """A question as JSON has it: a number is no text, and a day is written as YYYY-MM-DD."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", json_schema_extra={"title": "Question"})

    category: Annotated[Category, Strict(strict=False)] | None = None
    since: Day | None = None
    """First day of publication."""
    until: Day | None = None
    """Last day of publication."""


class AskedExplanation(BaseModel):
    """A question, and which values on the way to its answer are wanted."""

    model_config = ConfigDict(strict=True, extra="forbid")

    question: AskedQuestion
    names: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(min_length=1, max_length=MAX_NAMES)
    """Names of values of the dataflow; the picture at `/graph.svg` has them."""
    overrides: dict[str, JsonValue] = Field(default_factory=dict, max_length=MAX_NAMES)
    """Values that are given instead of computed."""


class GivenFeedback(BaseModel):
    """What somebody thinks of an answer."""

    model_config = ConfigDict(strict=True, extra="forbid")

    trace_id: Annotated[UUID, Strict(strict=False)]
    """`trace_id` of the answer."""
    is_helpful: bool
    comment: str = Field(default="", max_length=Feedback.model_fields["comment"].metadata[0].max_length)
    user: str = Field(default="", max_length=Feedback.model_fields["user"].metadata[0].max_length)
    """Who says it; a second word of the same user replaces the first."""


FEEDBACK_EXAMPLES: Final[dict[str, Any]] = {
    "helpful": {
        "summary": "Thumbs up",
        "value": {"trace_id": "7a3c2e9e-4b0f-4c1a-9a41-0c9d4e1f2b3a", "is_helpful": True, "comment": "Just right."},
    }
}
EXPLANATION_EXAMPLES: Final[dict[str, Any]] = {
    "passages": {
        "summary": "What was searched for",
        "value": {"question": {"query": "How are documents cut into chunks?"}, "names": ["passages"]},
    }
}
