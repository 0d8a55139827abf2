"""Real paragraphs, and samples without a fault that are made of them."""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Final

from benchmarks.planted.wordings import INJECTIONS, QUESTIONS, SYNONYMS
from llm_engineering.application.preprocess.cleaning import cleaned_documents
from llm_engineering.domain.documents import ArticleDocument, CleanedDocument
from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.language_models import ModelIdentity
from llm_engineering.domain.samples import InstructSample, SampleProvenance, Split

_FEWEST_WORDS: Final = 14
_MOST_WORDS: Final = 60
"""Longer paragraphs give two samples."""
_MOST_SEEN: Final = 0.3
_REWORDED: Final = 0.8
_FEWEST_SENTENCES: Final = 3
_PLAIN: Final = re.compile(r"(?![#>|!\d])(?:[*_]{0,2})[A-Z\"'][^|#<>{}]*[.!?]\"?")
_WORD: Final = re.compile(r"[A-Za-z]+")
_TOPIC: Final = re.compile(r"(?<![.!?]\s)(?<!^)\b(?:[a-z]{4,}|[A-Z][\w-]+)(?:\s(?:[a-z]{4,}|[A-Z][\w-]+)){1,3}\b")
_ABOUT_ITSELF: Final = re.compile(r"\b(?:article|text|post|lesson|section|course|series)s?\b", re.IGNORECASE)
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_GENERATOR: Final = ModelIdentity(provider="planted", name="planted")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of prose of a real article."""

    document: CleanedDocument
    start: int
    end: int

    @property
    def text(self) -> str:
        """As its author wrote it."""
        return self.document.text[self.start : self.end]


def articles(warehouse: Path) -> tuple[CleanedDocument, ...]:
    """Return the articles of a warehouse's export, cleaned."""
    objects = json.loads((warehouse / "ArticleDocument.json").read_text(encoding="utf-8"))
    return cleaned_documents([ArticleDocument.model_validate(each) for each in objects]).items


def prose_paragraphs(documents: Sequence[CleanedDocument]) -> list[Paragraph]:
    """Return the paragraphs of whole sentences, each wording once: articles repeat their mastheads and footers."""
    seen: set[str] = set()
    pieces = [
        Paragraph(document, match.start() + start, match.start() + end)
        for document in documents
        for match in re.finditer(r"(?:[^\n]+\n?)+", document.text)
        for start, end in _halves(match[0].rstrip())
    ]
    return [piece for piece in pieces if _is_prose(piece.text) and _fresh(piece.text, seen)]


def _is_prose(text: str) -> bool:
    return _PLAIN.fullmatch(text) is not None and len(text.split()) >= _FEWEST_WORDS


def _halves(text: str) -> list[tuple[int, int]]:
    """Return the range of a text, or those of both halves of a long one, which part between two sentences."""
    ends = [match.start() for match in _SENTENCE.finditer(text)]
    if len(text.split()) <= _MOST_WORDS or not ends:
        return [(0, len(text))]
    middle = min(ends, key=lambda end: abs(end - len(text) // 2))
    return [(0, middle), (middle + len(text[middle:]) - len(text[middle:].lstrip()), len(text))]


def _fresh(text: str, seen: set[str]) -> bool:
    """Whether most runs of four words of a text were not seen before; notes those of the text."""
    of_text = _WORD.findall(text.lower())
    runs = {" ".join(of_text[place : place + 4]) for place in range(len(of_text) - 3)}
    fresh = not runs or len(runs & seen) / len(runs) < _MOST_SEEN
    seen |= runs
    return fresh


class Bench:
    """Makes samples, from a fixed seed."""

    def __init__(self, documents: Sequence[CleanedDocument], seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self.documents = list(documents)
        paragraphs = prose_paragraphs(documents)
        self.random.shuffle(paragraphs)
        tested = self.random.sample([each.provenance.document_id for each in documents], len(documents) // 6)
        self._splits = {
            each.provenance.document_id: Split.TEST if each.provenance.document_id in tested else Split.TRAIN
            for each in documents
        }
        self.paragraphs: Iterator[Paragraph] = iter(paragraphs)
        self.available = len(paragraphs)
        self._asked: set[str] = set()
        self.injections = cycle(self.random.sample(INJECTIONS, len(INJECTIONS)))

    def split(self, document: CleanedDocument) -> Split:
        """Return the side of a document."""
        return self._splits[document.provenance.document_id]

    def place(self, document: CleanedDocument, split: Split) -> None:
        """Put a further document on a side."""
        self._splits[document.provenance.document_id] = split

    def take(self, split: Split | None = None, pattern: str = "") -> Paragraph:
        """Return a paragraph that was not used yet, of a side and with a pattern if asked for."""
        passed: list[Paragraph] = []
        for paragraph in self.paragraphs:
            if (split is None or self.split(paragraph.document) is split) and re.search(pattern, paragraph.text):
                self.paragraphs = iter([*passed, *self.paragraphs])
                return paragraph
            passed.append(paragraph)
        raise LookupError(f"no paragraph is left on side {split} with {pattern!r}")

    def question(self, text: str) -> str:
        """Return a question about a text that was not asked yet."""
        found = (" ".join(match[0].split()) for match in _TOPIC.finditer(text))
        topics = [topic for topic in found if not _ABOUT_ITSELF.search(topic)] or [" ".join(text.split()[:5])]
        self.random.shuffle(topics)
        for topic in topics:
            asked = self.random.choice(QUESTIONS).format(topic=topic)
            if topic.lower() not in self._asked:
                self._asked.add(topic.lower())
                return asked
        return f"What is behind this: {' '.join(text.split()[:9]).rstrip('.,;:')}?"

    def clean(self, paragraph: Paragraph) -> InstructSample:
        """Return a sample without a fault: the paragraph, the paragraph in other words, or part of it."""
        answer = self.random.choice((verbatim, verbatim, self.reworded, self.condensed))(paragraph.text)
        return self.sample(paragraph, answer)

    def sample(self, paragraph: Paragraph, answer: str, instruction: str | None = None) -> InstructSample:
        """Return a sample with the provenance of a paragraph."""
        text = paragraph.text
        return InstructSample(
            id=f"{self.random.getrandbits(64):016x}",
            instruction=instruction or self.question(text),
            answer=answer,
            split=self.split(paragraph.document),
            provenance=SampleProvenance(
                source=paragraph.document.provenance,
                start=paragraph.start,
                end=paragraph.end,
                extract_hash=content_hash(text),
                generator=_GENERATOR,
                contract_hash="planted",
            ),
        )

    def reworded(self, text: str) -> str:
        """Return a text with some words replaced by others of the same meaning."""

        def other(match: re.Match[str]) -> str:
            word = match[0]
            return SYNONYMS.get(word, word) if self.random.random() < _REWORDED else word

        return re.sub(r"[a-z]+", other, text)

    def condensed(self, text: str) -> str:
        """Return some sentences of a text, in their order."""
        of_text = sentences(text)
        if len(of_text) < _FEWEST_SENTENCES:
            return text
        kept = sorted(self.random.sample(range(len(of_text)), max(2, len(of_text) * 2 // 3)))
        return " ".join(of_text[place] for place in kept)

    def shuffled(self, text: str) -> str:
        """Return the sentences of a text in another order."""
        of_text = sentences(text)
        self.random.shuffle(of_text)
        return " ".join(of_text)


def verbatim(text: str) -> str:
    """Return a text as it is."""
    return text


def sentences(text: str) -> list[str]:
    """Return the sentences of a paragraph."""
    return _SENTENCE.split(text)
