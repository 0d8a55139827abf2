"""What the makers of questions have in common: candidates, and the words that they are judged by."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from llm_engineering.application.evaluate.excerpts import Excerpt
from llm_engineering.application.evaluate.golden import Answer, Authorship, GoldenQuestion, QuestionKind
from llm_engineering.application.evaluate.likeness import LikeExcerpts
from llm_engineering.application.terms.encoding import Stem
from llm_engineering.domain.outcomes import Dropped

_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that a document would give."""

    kind: QuestionKind
    text: str
    source: Excerpt
    answers: tuple[Answer, ...]
    written: Authorship | None = None
    """None unless a language model wrote it."""

    @property
    def question(self) -> GoldenQuestion:
        """The question that it becomes if it is chosen."""
        source = self.source.document.provenance
        question = GoldenQuestion.of(self.kind, self.text, source.author_full_name, source.category, self.answers)
        return question.model_copy(update={"written": self.written})


@dataclass(frozen=True, slots=True)
class Wording:
    """What a text is about: the stems of its words without stop words."""

    stem: Stem

    def stems(self, text: str) -> tuple[int, ...]:
        """Return the stems in the order of the text."""
        found = (self.stem(word) for word in _WORD.findall(text.lower()))
        return tuple(stem for stem in found if stem is not None)

    def ends_open(self, text: str) -> bool:
        """Whether a text breaks off: its last word is a stop word or its last sign a hyphen."""
        words = _WORD.findall(text.lower())
        return text.endswith(("-", "–", ",")) or not words or self.stem(words[-1]) is None  # noqa: RUF001 - a dash


def dropped(kind: QuestionKind, text: str, reason: str, detail: str, source: Excerpt) -> Dropped:
    """Return why a candidate is no question, with the document that it came from."""
    return Dropped(item=f"{kind}: {text}"[:200], reason=reason, detail=f"{detail} ({source.document.provenance.link})")


def clusters(excerpts: Iterable[Excerpt], like: LikeExcerpts) -> Iterator[tuple[Excerpt, ...]]:
    """Yield excerpts in groups that say nearly the same, each with all that say so under other names."""
    left = list(excerpts)
    while left:
        group = like.like(left[0])
        yield group
        left = [excerpt for excerpt in left[1:] if excerpt not in group]


def answer(group: Sequence[Excerpt], grade: int = 2) -> Answer:
    """Return the answer that excerpts give of which any will do."""
    return Answer(places=tuple(excerpt.place for excerpt in group), grade=grade)
