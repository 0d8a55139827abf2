"""The metric "style_score": how much an answer sounds like its author, by what all authors have written."""

from dataclasses import dataclass
from typing import ClassVar, Final

from llm_engineering.application.evaluate.style.model import (
    StyleFigures,
    StyleModel,
    StyleUnknownError,
    TooShortForStyleError,
    UnknownStyleAuthorError,
)
from llm_engineering.application.experiments.figures import Direction, MetricDefinition
from llm_engineering.application.experiments.given_answers import Failure, GivenAnswer
from llm_engineering.application.experiments.questions import ComparedQuestion
from llm_engineering.application.ports import USERS, DocumentStore
from llm_engineering.application.warehouse.documents import author_from, documents_of
from llm_engineering.domain.answers import AnswerKind
from llm_engineering.domain.documents import Category

STYLE_SCORE: Final = MetricDefinition(
    name="style_score",
    meaning="Probability that the author wrote it, against the other authors of the warehouse.",
    direction=Direction.HIGHER,
    largest_difference=1.0,
)
_PROSE: Final = (Category.ARTICLES, Category.POSTS)


@dataclass(frozen=True, slots=True)
class StyleScore:
    """How much answers sound like an author."""

    definition: ClassVar[MetricDefinition] = STYLE_SCORE
    model: StyleModel | Failure
    """Or why there is none; then no answer has a figure."""
    author: str | None = None
    """Full name of who is to be heard; None: the one author of the passages that the answer was given."""

    @property
    def figures(self) -> StyleFigures | None:
        """How well styles are told apart; None if they cannot be."""
        return None if isinstance(self.model, Failure) else self.model.figures

    def value(self, question: ComparedQuestion, given: GivenAnswer) -> float | Failure:  # noqa: ARG002 - of all metrics
        """Return the probability, or why there is none."""
        if isinstance(self.model, Failure):
            return self.model
        if given.answer.kind is AnswerKind.UNKNOWN:
            return Failure(reason="nothing_claimed", detail="The answer claims nothing.")
        author = self.author or _only_author(given)
        if author is None:
            return Failure(reason="no_single_author", detail="The passages are by several authors, or there are none.")
        try:
            return self.model.score(given.answer.text, author)
        except TooShortForStyleError as error:
            return Failure(reason="too_short_for_style", detail=str(error))
        except UnknownStyleAuthorError as error:
            return Failure(reason="style_not_known", detail=str(error))


def style_score(store: DocumentStore, author: str | None) -> StyleScore:
    """Return the metric by the live articles and posts of all authors of a store.

    Without two authors who have written enough, every answer fails with that reason.

    Raises:
        UnknownStyleAuthorError: There are styles, but not that of the author who is to be heard.
        StoredObjectInvalidError: A stored author or document is not valid.
    """
    texts: dict[str, list[str]] = {}
    for stored in store.find(USERS, {}):
        found = author_from(stored)
        documents = documents_of(store, found.id, _PROSE)
        texts.setdefault(found.full_name, []).extend(each.content.text for each in documents if each.is_live)
    try:
        model = StyleModel.fitted(texts)
    except StyleUnknownError as error:
        return StyleScore(Failure(reason="too_few_authors_for_style", detail=str(error)), author)
    return StyleScore(model, model.author(author) if author else None)


def _only_author(given: GivenAnswer) -> str | None:
    names = {each.chunk.provenance.author_full_name for each in given.passages if each.number is not None}
    return names.pop() if len(names) == 1 else None
