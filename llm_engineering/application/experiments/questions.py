"""The questions of an offline experiment: golden ones, or those of a file."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import Field

from llm_engineering.application.evaluate.golden import GoldenQuestion, GoldenSet
from llm_engineering.application.retrieve.judgements import JudgedQuestion, items_of
from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Batch, Figures


class ComparedQuestion(FrozenModel):
    """A question that both variants answer."""

    id: str
    text: str = Field(min_length=1)
    golden: GoldenQuestion | None = None
    """What is known of its answers, if it is a golden one."""
    relevant: Mapping[str, int] | None = None
    """Grade of each relevant document by its id or link, as a file says; None if nobody has judged."""
    document_ids: tuple[str, ...] = ()
    """Documents that it was made of, as far as that matters for what is kept of its answers."""

    @property
    def key(self) -> str:
        """What an answer to it is stored under: another text under the same id is another question."""
        return content_hash(self.id, self.text)


class ComparedQuestions(Batch[ComparedQuestion]):
    """The questions of an experiment; golden ones whose answers changed are dropped with the reason."""

    source: str
    """The golden set or the file."""

    @property
    def version(self) -> str:
        """Hash over the questions: an experiment with others is another look at it."""
        return content_hash(*sorted(question.key for question in self.items))

    @property
    def figures(self) -> Figures:
        """How many there are, from where, and of how many it is known what answers them."""
        judged = sum(bool(question.golden or question.relevant) for question in self.items)
        return {
            "questions": len(self.items),
            "with_known_answers": judged,
            "source": self.source,
            "dropped": self.dropped_by_reason,
        }


def questions_of_golden_set(golden: GoldenSet, limit: int | None = None) -> ComparedQuestions:
    """Return golden questions as they can be asked now (`current_questions`), at most the first so many."""
    items = tuple(ComparedQuestion(id=each.id, text=each.text, golden=each) for each in golden.items[:limit])
    return ComparedQuestions(
        items=items, dropped=golden.dropped, source=f"golden set {golden.frozen_as or golden.version}"
    )


def questions_of_file(path: Path, limit: int | None = None) -> ComparedQuestions:
    """Return the questions of a JSON Lines file with id, text and, where known, relevant.

    Raises:
        UnreadableFileError: The file cannot be read or has no question.
        InvalidLineError: A line is no question, or has the id of one before it.
    """
    found: Iterable[JudgedQuestion] = items_of(path, JudgedQuestion)[:limit]
    items = tuple(ComparedQuestion(id=each.id, text=each.text, relevant=each.relevant) for each in found)
    return ComparedQuestions(items=items, source=path.name)
