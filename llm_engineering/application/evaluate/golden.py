"""Questions with known answers, and the set of them that figures are comparable by."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from pydantic import Field

from llm_engineering.domain.chunks import Span
from llm_engineering.domain.documents import Category
from llm_engineering.domain.identity import content_hash, identifier
from llm_engineering.domain.language_models import ModelIdentity, TokenUsage
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Batch, Figures, counted
from llm_engineering.domain.prompts import PromptReference

VERSION_DIGITS: Final = 12
"""Hexadecimal digits of a set's hash that name its version."""
BEGINNING_CHARACTERS: Final = 80


class QuestionKind(StrEnum):
    """What of a document became a question. The values are stored: do not rename them."""

    HEADING = "heading"
    """A heading, as it is or as the question that it asks; the answer is the section below it."""
    DEFINITION = "definition"
    """A term that a sentence says what it is; the answer is the paragraph of the sentence."""
    PHRASE = "phrase"
    """Three words in a row that stand nowhere else; the answer is their paragraph."""
    TITLE = "title"
    """A title; the answer is its document. It names the document itself, so it is the easiest kind."""
    WRITTEN = "written"
    """A question that a language model wrote about a paragraph, in other words than stand there."""


class Place(FrozenModel):
    """A range of a cleaned document, and what stood there when the question was made."""

    document_id: str
    content_hash: str
    """`RawDocument.content_hash` of the version that the question was made from."""
    link: str
    span: Span
    beginning: str
    """The first characters of the range, by which it is found again in a changed document and known by people."""
    digest: str
    """SHA-256 of the whole range."""

    def covers(self, document_id: str, span: Span) -> bool:
        """Whether a range of a document is this place: they share at least half of the shorter one.

        So a chunk of a long section counts, as does a chunk that holds a short section whole, and a chunk that has
        only the end of it does not.
        """
        common = min(span.end, self.span.end) - max(span.start, self.span.start)
        shorter = min(span.end - span.start, self.span.end - self.span.start)
        return document_id == self.document_id and common > 0 and 2 * common >= shorter


class Answer(FrozenModel):
    """What answers a question: one place, or several that say nearly the same, of which any will do."""

    places: tuple[Place, ...] = Field(min_length=1)
    grade: int = Field(default=2, ge=1, le=30)
    """2 for what the question was made from, 1 for what is on the same subject."""


class Authorship(FrozenModel):
    """How a language model came to write a question."""

    model: ModelIdentity
    prompt: PromptReference
    quote: str
    """The words of the passage that answer it, as the model named them and as they stand there."""


class GoldenQuestion(FrozenModel):
    """A question that documents answer, as known without a person."""

    id: str
    """Follows from kind, text and answers: a question that is made again is the same question."""
    kind: QuestionKind
    text: str
    author_full_name: str
    category: Category
    answers: tuple[Answer, ...] = Field(min_length=1)
    # Sets that were frozen before there were written questions keep their version.
    written: Authorship | None = Field(default=None, exclude_if=lambda written: written is None)
    """Of a question that a language model wrote."""

    @classmethod
    def of(
        cls, kind: QuestionKind, text: str, author_full_name: str, category: Category, answers: tuple[Answer, ...]
    ) -> "GoldenQuestion":
        """Return the question with its identifier."""
        known = sorted(f"{answer.grade} {place.digest}" for answer in answers for place in answer.places)
        return cls(
            id=identifier("golden-question", kind, text, *known),
            kind=kind,
            text=text,
            author_full_name=author_full_name,
            category=category,
            answers=answers,
        )

    @property
    def places(self) -> tuple[Place, ...]:
        """The places of all answers."""
        return tuple(place for answer in self.answers for place in answer.places)


class WritingFigures(FrozenModel):
    """What it took to have questions written."""

    model: ModelIdentity
    prompt: PromptReference
    passages: int
    """Paragraphs that could be asked about."""
    replies: int
    """Times that the model replied, whatever became of it."""
    usage: TokenUsage
    cost: float | None
    """In the currency of the prices; None if none are set."""

    @property
    def figures(self) -> Figures:
        """Who wrote, by which prompt, and what that took."""
        return {
            "model": f"{self.model.provider} {self.model.name}",
            "prompt": f"{self.prompt.name} {self.prompt.version} ({self.prompt.content_hash[:12]})",
            "passages": self.passages,
            "replies": self.replies,
            "prompt_tokens": self.usage.prompt_tokens,
            "completion_tokens": self.usage.completion_tokens,
            **({} if self.cost is None else {"cost": self.cost}),
        }


class GoldenSet(Batch[GoldenQuestion]):
    """Questions in the order of their ids; what could have become one and did not is dropped with the reason."""

    candidates: Mapping[QuestionKind, int] = Field(default_factory=dict)
    """How many questions of each kind the documents would have given, before some were chosen."""
    document_ids: tuple[str, ...] = ()
    """The documents whose words may be in it, in what was dropped too, so that it is found when one is forgotten."""
    writing: WritingFigures | None = None
    """None if no language model was asked."""
    frozen_as: str | None = None
    """Version of the frozen set that these questions are left of; None of a set as it was made."""

    @property
    def version(self) -> str:
        """Name of exactly these questions and answers: the beginning of the SHA-256 over them."""
        return content_hash(*(question.model_dump_json() for question in self.items))[:VERSION_DIGITS]

    @property
    def figures(self) -> Figures:
        """How many questions there are of each kind, category and author, over how many documents."""
        documents = {place.document_id for question in self.items for place in question.places}
        return {
            "version": self.frozen_as or self.version,
            "questions": len(self.items),
            "per_kind": counted(question.kind for question in self.items),
            "per_category": counted(question.category for question in self.items),
            "per_author": counted(question.author_full_name for question in self.items),
            "documents": len(documents),
            "candidates": {str(kind): count for kind, count in self.candidates.items()},
            "dropped": self.dropped_by_reason,
            **({} if self.writing is None else {"writing": self.writing.figures}),
        }
