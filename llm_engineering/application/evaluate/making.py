"""Makes golden questions out of documents: all that they give, of which an even share is chosen."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

from pydantic import Field

from llm_engineering.application.evaluate.candidates import Candidate, Wording
from llm_engineering.application.evaluate.choosing import evenly
from llm_engineering.application.evaluate.definitions import definition_questions
from llm_engineering.application.evaluate.excerpts import is_prose
from llm_engineering.application.evaluate.golden import GoldenSet, QuestionKind
from llm_engineering.application.evaluate.headings import heading_questions, title_questions
from llm_engineering.application.evaluate.phrases import phrase_questions
from llm_engineering.application.evaluate.written import Writing, WrittenQuestions
from llm_engineering.application.terms.encoding import Stem
from llm_engineering.domain.documents import CleanedDocument
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Dropped

STANDARD_COUNTS: Final[Mapping[QuestionKind, int]] = {
    QuestionKind.HEADING: 80,
    QuestionKind.DEFINITION: 80,
    QuestionKind.PHRASE: 60,
    QuestionKind.TITLE: 20,
    QuestionKind.WRITTEN: 40,
}
Write = Callable[[Sequence[CleanedDocument], int, int], WrittenQuestions]
"""Has at most so many questions written about documents that a seed chooses: `QuestionWriter.questions`."""


class Asking(FrozenModel):
    """How many questions are made, and which of those that there could be."""

    questions: Mapping[QuestionKind, int] = Field(default=STANDARD_COUNTS)
    """At most so many of each kind; a kind that is not named gets none."""
    seed: int = 7
    """Another number chooses others."""
    writing: Writing = Writing()
    """How the language model is asked for the kind "written"."""

    @property
    def wants_written(self) -> bool:
        """Whether a language model is needed."""
        return bool(self.questions.get(QuestionKind.WRITTEN))


class NoQuestionsError(InvalidInputError):
    """The documents give no question."""

    def __init__(self, documents: int) -> None:
        super().__init__(
            f"{documents} documents give no question: they have no telling headings, definitions, phrases or titles.",
            remedy="Collect more of the author's articles, or allow more kinds under `asking.questions`.",
        )
        self.documents = documents


def golden_set(
    documents: Sequence[CleanedDocument], stem: Stem, asking: Asking, write: Write | None = None
) -> GoldenSet:
    """Return the questions that some documents give; the same ones for the same documents and seed, in any order.

    That holds for what a language model writes as far as it says the same again. Source code gives none; its documents
    are dropped as "code".

    Args:
        documents: Cleaned as they are for the index.
        stem: Tells stop words and the forms of a word, as in the index.
        asking: How many.
        write: Has a language model write questions; None: there is none, and those that are wanted of it are dropped as
            "no_language_model".

    Raises:
        NoQuestionsError: There is none.
    """
    ordered = sorted(documents, key=lambda document: document.provenance.document_id)
    prose = [document for document in ordered if is_prose(document)]
    written = _written(prose, asking, write)
    found = [*_candidates(prose, Wording(stem), asking), *written.found]
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
        writing=written.figures,
    )


def _written(documents: Sequence[CleanedDocument], asking: Asking, write: Write | None) -> WrittenQuestions:
    wanted = asking.questions.get(QuestionKind.WRITTEN, 0)
    if not wanted:
        return WrittenQuestions()
    if write is not None:
        return write(documents, wanted, asking.seed)
    detail = "No language model is set that could write them; docs/language-models.md says how to set one."
    return WrittenQuestions((Dropped(item=f"{wanted} written questions", reason="no_language_model", detail=detail),))


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
