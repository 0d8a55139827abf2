"""The texts that samples were made of, ready for comparison."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np

from llm_engineering.application.answer.support import Pair, pairs_of
from llm_engineering.application.datasets.gates.texts import runs, sentences, words
from llm_engineering.application.terms.encoding import TermEncoder
from llm_engineering.domain.documents import CleanedDocument
from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.samples import Sample

PASSAGE_WORDS: Final = 120
"""Length of the passages that answers without provenance are compared with; each overlaps half of the next."""
NUMBER: Final = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*(?!\w)")
_THOUSANDS: Final = re.compile(r",(?=\d{3}(?:\D|$))")


def numbers_in(text: str) -> set[str]:
    """Return the numbers of a text; 1,000 and 1000 are the same."""
    return {_THOUSANDS.sub("", number) for number in NUMBER.findall(text)}


class SourceText:
    """A text that sentences are compared with. What is needed of it is computed once."""

    def __init__(self, text: str, encoder: TermEncoder) -> None:
        self.text = text
        self._encoder = encoder

    @cached_property
    def words(self) -> list[str]:
        """Its words in order."""
        return words(self.text)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Its different words."""
        return frozenset(self.words)

    @cached_property
    def runs(self) -> set[int]:
        """Its runs of words."""
        return runs(self.words)

    @cached_property
    def stems(self) -> set[int]:
        """The stems of its content words."""
        return {stem for each in self.sentences for stem in each.stems}

    @cached_property
    def pairs(self) -> set[Pair]:
        """Its neighbouring stems."""
        return set(pairs_of(self._encoder.stems(self.text)))

    @cached_property
    def numbers(self) -> set[str]:
        """Its numbers."""
        return numbers_in(self.text)

    @cached_property
    def sentences(self) -> tuple["SourceSentence", ...]:
        """Its sentences."""
        return tuple(SourceSentence(each, frozenset(self._encoder.stems(each))) for each in sentences(self.text))

    def piece(self, text: str) -> "SourceText":
        """Return a part of it as a source of its own."""
        return SourceText(text, self._encoder)


@dataclass(frozen=True, slots=True)
class SourceSentence:
    """One sentence of a source."""

    text: str
    stems: frozenset[int]


@dataclass(frozen=True, slots=True)
class Source:
    """What a sample was made of."""

    text: SourceText
    """Its extract."""
    document: SourceText
    """The whole document."""
    title: str


@dataclass(frozen=True, slots=True)
class MissingSource:
    """Why there is no extract to compare a sample with."""

    problem: str


class Sources:
    """Finds what samples were made of in the documents of a warehouse."""

    def __init__(self, documents: Sequence[CleanedDocument], encoder: TermEncoder) -> None:
        self._encoder = encoder
        self._documents = {document.provenance.document_id: document for document in documents}
        self._extracts: dict[tuple[str, int, int], SourceText] = {}
        self._whole: dict[str, SourceText] = {}

    @cached_property
    def whole_documents(self) -> tuple[SourceText, ...]:
        """All documents."""
        return tuple(self._document(document_id) for document_id in self._documents)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The different words of all documents."""
        return frozenset().union(*(document.vocabulary for document in self.whole_documents))

    @cached_property
    def runs(self) -> set[int]:
        """The runs of words of all documents."""
        found: set[int] = set()
        for document in self.whole_documents:
            found |= document.runs
        return found

    @cached_property
    def passages(self) -> "PassageIndex":
        """All documents in pieces, for samples that do not say what they were made of."""
        return PassageIndex([document.provenance.title for document in self._documents.values()], self.whole_documents)

    def of(self, sample: Sample) -> Source | MissingSource | None:
        """Return what a sample was made of, or why that is not to be had; None if the sample does not say."""
        provenance = sample.provenance
        if provenance is None:
            return None
        source = provenance.source
        document = self._documents.get(source.document_id)
        if document is None:
            return MissingSource(f"its document {source.link!r} is not in the warehouse")
        text = document.text[provenance.start : provenance.end]
        if content_hash(text) != provenance.extract_hash:
            return MissingSource(
                f"characters {provenance.start} to {provenance.end} of {source.link!r} are not the extract that it was "
                "made of: the document has changed"
            )
        key = (source.document_id, provenance.start, provenance.end)
        if key not in self._extracts:
            self._extracts[key] = SourceText(text, self._encoder)
        return Source(self._extracts[key], self._document(source.document_id), source.title)

    def document_text(self, sample: Sample) -> str | None:
        """Return the text of a sample's document; None if it does not say, or the document is not there."""
        provenance = sample.provenance
        document = self._documents.get(provenance.source.document_id) if provenance else None
        return document.text if document else None

    def _document(self, document_id: str) -> SourceText:
        if document_id not in self._whole:
            self._whole[document_id] = SourceText(self._documents[document_id].text, self._encoder)
        return self._whole[document_id]


class PassageIndex:
    """Finds the passages of all documents that share the most content words with a sentence."""

    def __init__(self, titles: Sequence[str], documents: Sequence[SourceText]) -> None:
        self.passages = [passage for document in documents for passage in _passages(document)]
        self.titles = tuple(titles)
        holders: dict[int, list[int]] = {}
        for place, passage in enumerate(self.passages):
            for stem in passage.stems:
                holders.setdefault(stem, []).append(place)
        self._holders = {stem: np.array(places, dtype=np.int32) for stem, places in holders.items()}

    def closest(self, stems: Sequence[int], most: int) -> list[SourceText]:
        """Return the passages that have the most of some stems, at most `most`, those without any left out."""
        counts = np.zeros(len(self.passages), dtype=np.int16)
        for stem in set(stems):
            if stem in self._holders:
                counts[self._holders[stem]] += 1
        if not counts.any():
            return []
        best = np.argsort(-counts, kind="stable")[:most] if most > 1 else [int(counts.argmax())]
        return [self.passages[place] for place in best if counts[place] > 0]


def _passages(document: SourceText) -> list[SourceText]:
    """Return the sentences of a document in overlapping pieces of some `PASSAGE_WORDS` words."""
    pieces: list[list[str]] = [[]]
    length = 0
    for sentence in document.sentences:
        if length >= PASSAGE_WORDS // 2:
            pieces.append([])
            length = 0
        pieces[-1].append(sentence.text)
        length += len(sentence.text.split())
    halves = ["\n".join(piece) for piece in pieces]
    joined = [f"{one}\n{other}" for one, other in pairwise(halves)] or halves
    return [document.piece(text) for text in joined]
