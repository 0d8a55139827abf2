"""Samples in another language than they should be."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from llm_engineering.application.datasets.configuration import Languages
from llm_engineering.application.datasets.detectors import LanguageDetector
from llm_engineering.application.datasets.gates.sources import Sources
from llm_engineering.application.datasets.gates.texts import without_addresses, without_code
from llm_engineering.application.datasets.gates.verdicts import Refused, good_answer
from llm_engineering.domain.samples import RejectionReason, Sample

_SET_PARTS: Final = 500
"""Samples by which the language of a set is told; more say no more."""
_FEWEST_LETTERS: Final = 24
"""Shorter pieces are names as often as sentences."""
_FEWEST_LETTERS_OF_PART: Final = 60
"""Paragraphs of an answer that has several are looked at one by one from this length on."""
_LETTERS_PER_SIGN: Final = 3
"""What a sign counts of scripts that write a syllable or a word with it."""
_MOST_SIGNS: Final = 0.15
"""Signs per letter; prose has some 0.04, code more than 0.2."""
_READ_CHARACTERS: Final = 160
"""What is read of a piece; its language shows by then."""
_READ_DOCUMENT_CHARACTERS: Final = 3000
_SURE: Final = 0.9
_INDENTED: Final = re.compile(r"^(?: {4}|\t).*$", re.MULTILINE)
_LETTER: Final = re.compile(r"[^\W\d_]")
_SYLLABLE: Final = re.compile(r"[\u3040-\u9fff\uac00-\ud7af]")
_SIGN: Final = re.compile(r"[^\w\s]|_")
_PARAGRAPHS: Final = re.compile(r"\n\s*\n")


class LanguageGate:
    """Rejects samples of which a piece is surely in another language than their document, or than the set."""

    def __init__(
        self, samples: Sequence[Sample], languages: Languages, detector: LanguageDetector, sources: Sources
    ) -> None:
        self._languages = languages
        self._detector = detector
        self._sources = sources
        self._of_documents: dict[str, str | None] = {}
        self._of_set = self._majority(samples)

    def __call__(self, sample: Sample) -> Refused | None:
        """Return in which other language a sample is; None if it is in the expected one, or too short to tell."""
        expected = self._languages.expected or self._of_source(sample) or self._of_set
        if not expected:
            return None
        for name, piece in _pieces(sample):
            likeliest = self._detector.language(piece)
            if likeliest is None or likeliest in expected:
                continue
            found = self._detector.probabilities(piece)
            probability = sum(found.get(language, 0.0) for language in expected)
            if probability < self._languages.min_probability:
                return Refused(
                    RejectionReason.WRONG_LANGUAGE,
                    f"The probability that its {name} is in {' or '.join(map(repr, expected))} is {probability:.3f}, "
                    f"needed is {self._languages.min_probability:g}; it looks like {likeliest!r}.",
                )
        return None

    def _of_source(self, sample: Sample) -> tuple[str, ...]:
        """Return the language of a sample's document, as its text shows; empty if unknown."""
        text = self._sources.document_text(sample)
        if sample.provenance is None or text is None:
            return ()
        document_id = sample.provenance.source.document_id
        if document_id not in self._of_documents:
            found = self._detector.probabilities(_prose(text)[:_READ_DOCUMENT_CHARACTERS])
            likeliest = max(found, key=lambda language: found[language], default=None)
            is_sure = likeliest is not None and found[likeliest] >= _SURE
            self._of_documents[document_id] = likeliest if is_sure else None
        language = self._of_documents[document_id]
        return (language,) if language else ()

    def _majority(self, samples: Sequence[Sample]) -> tuple[str, ...]:
        if self._languages.expected or all(sample.provenance for sample in samples):
            return self._languages.expected
        step = max(1, len(samples) // _SET_PARTS)
        found = (self._detector.language(_prose(good_answer(each))[:_READ_CHARACTERS]) for each in samples[::step])
        common = Counter(language for language in found if language).most_common(1)
        return (common[0][0],) if common else ()


def _pieces(sample: Sample) -> Iterator[tuple[str, str]]:
    """Yield the pieces of a sample that are long enough to tell: instruction and answer, or their paragraphs."""
    for name, text in (("instruction", sample.instruction), ("answer", good_answer(sample))):
        prose = _prose(text)
        parts = [part for part in _parts(prose) if _is_prose(part, _FEWEST_LETTERS_OF_PART)]
        if len(parts) > 1:
            yield from ((f"{name}, in a part of it,", part) for part in parts)
        elif _is_prose(prose, _FEWEST_LETTERS):
            yield name, prose[:_READ_CHARACTERS]


def _parts(text: str) -> list[str]:
    """Return the paragraphs of a text, long ones cut at spaces."""
    parts = []
    for paragraph in _PARAGRAPHS.split(text):
        rest = paragraph
        while len(rest) > _READ_CHARACTERS and (space := rest.find(" ", _READ_CHARACTERS)) > 0:
            parts.append(rest[:space])
            rest = rest[space:]
        parts.append(rest)
    return parts


def _prose(text: str) -> str:
    """Return a text without addresses and code, that of indented lines included."""
    return _INDENTED.sub("", without_addresses(without_code(text))).strip()


def _is_prose(text: str, fewest_letters: int) -> bool:
    """Whether a text has enough letters, and not too many other signs: code and tables are in no language.

    Signs of scripts that write a syllable or a word with each count as some letters.
    """
    letters = len(_LETTER.findall(text)) + (_LETTERS_PER_SIGN - 1) * len(_SYLLABLE.findall(text))
    return letters >= fewest_letters and len(_SIGN.findall(text)) <= _MOST_SIGNS * letters
