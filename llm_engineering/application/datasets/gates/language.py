"""Samples in another language than they should be."""

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
"""Pieces of an answer that has several are looked at one by one from this length on."""
_READ_CHARACTERS: Final = 400
"""What is read of a piece; its language shows by then."""
_READ_DOCUMENT_CHARACTERS: Final = 3000


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
            found = self._detector.language(piece)
            if found and found[0] not in expected and found[1] >= self._languages.min_probability:
                return Refused(
                    RejectionReason.WRONG_LANGUAGE,
                    f"Its {name} is {found[0]!r} with probability {found[1]:.2f} (from {self._languages.min_probability:g} "
                    f"on that counts), expected is {' or '.join(map(repr, expected))}.",
                )
        return None

    def _of_source(self, sample: Sample) -> tuple[str, ...]:
        """Return the language of a sample's document, as its text shows; empty if unknown."""
        text = self._sources.document_text(sample)
        if sample.provenance is None or text is None:
            return ()
        document_id = sample.provenance.source.document_id
        if document_id not in self._of_documents:
            prose = _prose(text)[:_READ_DOCUMENT_CHARACTERS]
            found = self._detector.language(prose)
            sure = found is not None and found[1] >= self._languages.min_probability
            self._of_documents[document_id] = found[0] if found and sure else None
        language = self._of_documents[document_id]
        return (language,) if language else ()

    def _majority(self, samples: Sequence[Sample]) -> tuple[str, ...]:
        if self._languages.expected or all(sample.provenance for sample in samples):
            return self._languages.expected
        step = max(1, len(samples) // _SET_PARTS)
        found = [self._detector.language(_prose(good_answer(each))[:_READ_CHARACTERS]) for each in samples[::step]]
        common = Counter(each[0] for each in found if each).most_common(1)
        return (common[0][0],) if common else ()


def _pieces(sample: Sample) -> Iterator[tuple[str, str]]:
    """Yield the pieces of a sample that are long enough to tell: the instruction, the answer, its paragraphs."""
    for name, text in (("instruction", sample.instruction), ("answer", good_answer(sample))):
        prose = _prose(text)
        if _letters(prose) >= _FEWEST_LETTERS:
            yield name, prose[:_READ_CHARACTERS]
        parts = [part for line in prose.split("\n") for part in _chunks(line)]
        if len(parts) > 1:
            for part in parts:
                if _letters(part) >= _FEWEST_LETTERS_OF_PART:
                    yield f"{name}, in a part of it,", part[:_READ_CHARACTERS]


def _chunks(line: str) -> list[str]:
    """Return the pieces of a long line, cut at spaces."""
    if len(line) <= _READ_CHARACTERS:
        return [line] if line.strip() else []
    middle = line.find(" ", _READ_CHARACTERS)
    return [line] if middle < 0 else [line[:middle], *_chunks(line[middle:])]


def _prose(text: str) -> str:
    return without_addresses(without_code(text)).strip()


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))
