"""Makes golden questions out of documents: all that they give, of which an even share is chosen."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, zip_longest
from typing import Final

from pydantic import Field

from llm_engineering.application.evaluate.candidates import Candidate, Wording
from llm_engineering.application.evaluate.definitions import definition_questions
from llm_engineering.application.evaluate.excerpts import is_prose
from llm_engineering.application.evaluate.golden import GoldenSet, QuestionKind
from llm_engineering.application.evaluate.headings import heading_questions, title_questions
from llm_engineering.application.evaluate.phrases import phrase_questions
from llm_engineering.application.terms.encoding import Stem
from llm_engineering.domain.documents import CleanedDocument
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Dropped

STANDARD_COUNTS: Final[Mapping[QuestionKind, int]] = {
    QuestionKind.HEADING: 80,
    QuestionKind.DEFINITION: 80,
    QuestionKind.PHRASE: 60,
    QuestionKind.TITLE: 20,
}


class Asking(FrozenModel):
    """How many questions are made, and which of those that there could be."""

    questions: Mapping[QuestionKind, int] = Field(default=STANDARD_COUNTS)
    """At most so many of each kind; a kind that is not named gets none."""
    seed: int = 7
    """Another number chooses others."""


class NoQuestionsError(InvalidInputError):
    """The documents give no question."""

    def __init__(self, documents: int) -> None:
        super().__init__(
            f"{documents} documents give no question: they have no telling headings, definitions, phrases or titles.",
            remedy="Collect more of the author's articles, or allow more kinds under `asking.questions`.",
        )
        self.documents = documents


def golden_set(documents: Sequence[CleanedDocument], stem: Stem, asking: Asking) -> GoldenSet:
    """Return the questions that some documents give; the same ones for the same documents and seed, in any order.

    Source code gives none; its documents are dropped as "code".

    Args:
        documents: Cleaned as they are for the index.
        stem: Tells stop words and the forms of a word, as in the index.
        asking: How many.

    Raises:
        NoQuestionsError: There is none.
    """
    ordered = sorted(documents, key=lambda document: document.provenance.document_id)
    prose = [document for document in ordered if is_prose(document)]
    found = list(_candidates(prose, Wording(stem), asking))
    candidates = [each for each in found if isinstance(each, Candidate)]
    by_kind = {kind: [each for each in candidates if each.kind is kind] for kind in asking.questions}
    chosen = chain.from_iterable(evenly(by_kind[kind], count, asking.seed) for kind, count in asking.questions.items())
    questions = {candidate.question.id: candidate.question for candidate in chosen}
    if not questions:
        raise NoQuestionsError(len(documents))
    return GoldenSet(
        items=tuple(questions[key] for key in sorted(questions)),
        dropped=(*_code(ordered), *(each for each in found if isinstance(each, Dropped))),
        document_ids=tuple(document.provenance.document_id for document in ordered),
        candidates={kind: len(of_kind) for kind, of_kind in by_kind.items()},
    )


def evenly(candidates: Iterable[Candidate], count: int, seed: int) -> list[Candidate]:
    """Return at most `count` candidates, as many of each category as there are, and inside it of each document.

    Categories take turns, then the documents of a category; the seed decides the order of documents and of the
    candidates of one.
    """
    shelves: dict[str, dict[str, list[Candidate]]] = {}
    for candidate in candidates:
        source = candidate.source.document.provenance
        shelves.setdefault(source.category, {}).setdefault(source.document_id, []).append(candidate)
    by_category = [
        _in_turns([sorted(of_one, key=lambda each: content_hash(str(seed), each.text)) for of_one in documents])
        for documents in (
            [shelf[key] for key in sorted(shelf, key=lambda document_id: content_hash(str(seed), document_id))]
            for _, shelf in sorted(shelves.items())
        )
    ]
    return _in_turns(by_category)[:count]


def _in_turns(lists: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    return [each for turn in zip_longest(*lists) for each in turn if each is not None]


def _candidates(
    documents: Sequence[CleanedDocument], wording: Wording, asking: Asking
) -> Iterator[Candidate | Dropped]:
    makers: dict[QuestionKind, Callable[..., Iterator[Candidate | Dropped]]] = {
        QuestionKind.HEADING: heading_questions,
        QuestionKind.DEFINITION: definition_questions,
        QuestionKind.PHRASE: phrase_questions,
        QuestionKind.TITLE: title_questions,
    }
    for kind, make in makers.items():
        if asking.questions.get(kind):
            yield from make(documents, wording)


def _code(documents: Iterable[CleanedDocument]) -> Iterator[Dropped]:
    for document in documents:
        if not is_prose(document):
            yield Dropped(item=document.provenance.link, reason="code", detail="Source code gives no questions.")
