"""How a question is asked, and what comes back on the way to an answer."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field

from llm_engineering.domain.answers import Answer
from llm_engineering.domain.chunks import Chunk
from llm_engineering.domain.documents import Category
from llm_engineering.domain.models import FrozenModel

MAX_QUERY_CHARACTERS = 2000


class Question(FrozenModel):
    """What somebody asks, and where to look; what is None is read from the words of the question, or left open."""

    query: str = Field(min_length=1, max_length=MAX_QUERY_CHARACTERS)
    limit: int = Field(default=5, ge=1, le=50)
    """How many passages the answer may rest on."""
    author: str | None = Field(default=None, max_length=200)
    """Full name."""
    category: Category | None = None
    platform: str | None = Field(default=None, max_length=200)
    language: str | None = Field(default=None, max_length=40)
    """Language of the sources."""
    since: date | None = None
    until: date | None = None


class FoundPassage(FrozenModel):
    """A passage that was considered for an answer, with all that speaks for it."""

    number: int | None
    """What it can be cited by; None if it was found but not given to the model."""
    chunk: Chunk
    score: float
    """From 0 to 1, comparable within one question only."""
    similarity: float | None
    """Cosine of question and passage."""
    word_score: float | None
    """BM25 of the question; None if it was not among the best by words."""
    rerank_score: float | None = None
    """What the reranker gave, on its own scale; None if it has not read it."""


class PassagesFound(FrozenModel):
    """First event of an answer: what it will rest on."""

    kind: Literal["passages"] = "passages"
    trace_id: str
    passages: tuple[FoundPassage, ...]


class TextWritten(FrozenModel):
    """A piece of the answer as it is written, before it is checked."""

    kind: Literal["text"] = "text"
    text: str


class AnswerReplaced(FrozenModel):
    """What was streamed so far is void: the model failed and the answer begins anew."""

    kind: Literal["replaced"] = "replaced"
    note: str
    """Why, for the reader."""


class AnswerDone(FrozenModel):
    """Last event: the checked answer, whose text counts."""

    kind: Literal["answer"] = "answer"
    answer: Answer


AnswerEvent = Annotated[PassagesFound | TextWritten | AnswerReplaced | AnswerDone, Field(discriminator="kind")]


class Answerer(Protocol):
    """Answers questions from one index. Nothing is written to it; calls may run at the same time and be cancelled."""

    async def answer(self, question: Question) -> Answer:
        """Return the answer.

        Raises:
            UnknownAuthorError: Nothing is stored of the author that is named.
            EmptyQuestionError: The question has no letters.
            NoLiveIndexError: Nothing has been indexed yet.
            LanguageModelError: The model gave no reply, and passages were not to be quoted in its place.
        """
        ...

    def events(self, question: Question) -> AsyncIterator[AnswerEvent]:
        """Yield what is found and written as it comes, last an `AnswerDone`. Raises what `answer` does."""
        ...

    async def passages(self, question: Question) -> tuple[FoundPassage, ...]:
        """Return the passages that an answer would rest on, the best first, without asking a model for an answer."""
        ...

    async def intermediates(
        self, question: Question, names: Sequence[str], overrides: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return named values of the dataflow, computed with some others given.

        Raises:
            UnknownNodeError: The dataflow has no value of a name.
        """
        ...
