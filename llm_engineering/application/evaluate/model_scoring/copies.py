"""What of an answer stands word for word in the texts that a model was trained on.

Texts are compared by their words without case and signs. Every run of eight words of the training texts is kept as one
number (a polynomial hash: R. Karp and M. Rabin, 1987) in sorted order; a run of an answer that is found is compared
word by word, so that no two different runs count as the same, and followed to the end of what both texts share.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from llm_engineering.domain.models import FrozenModel

RUN_WORDS: Final = 8
"""Words in a row from which on they count as copied."""
_WORD: Final = re.compile(r"[^\W_]+")
_BASE: Final = np.uint64(1_000_003)
_UNKNOWN: Final = -1
"""Number of a word that no training text has; texts are told apart by numbers below it."""

Numbers = NDArray[np.int64]


class CopiedSpan(FrozenModel):
    """A stretch of an answer that stands in a training text, and cannot be made longer on either side."""

    start: int
    """Where it begins in the answer, in characters."""
    end: int
    """Where it ends, exclusive."""
    words: int
    source: str
    """Name of the first training text that has it."""


class CopiedText(FrozenModel):
    """What of an answer is copied."""

    runs: int
    """Runs of `RUN_WORDS` words that the answer has; 0 if it is shorter."""
    copied_runs: int
    """How many of them stand in some training text."""
    spans: tuple[CopiedSpan, ...]
    """Those of `RUN_WORDS` words or more, in the order of the answer; two may overlap."""

    @property
    def copied_share(self) -> float | None:
        """Share of the runs that are copied; None without a run."""
        return self.copied_runs / self.runs if self.runs else None

    @property
    def longest(self) -> int:
        """Words of the longest span; 0 if there is none."""
        return max((span.words for span in self.spans), default=0)


@dataclass(frozen=True, slots=True)
class CopyIndex:
    """The training texts, to be searched for what answers share with them."""

    _vocabulary: Mapping[str, int]
    _words: Numbers
    """All texts one after the other, a number for each word, with a number of its own after each text."""
    _hashes: NDArray[np.uint64]
    """Of the run that begins at each place, in ascending order."""
    _places: NDArray[np.intp]
    """The place that each hash belongs to; ascending among equal ones."""
    _starts: Numbers
    """Where each text begins."""
    _names: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[tuple[str, str]]) -> "CopyIndex":
        """Return the index of some texts, each with its name."""
        vocabulary: dict[str, int] = {}
        numbers: list[int] = []
        starts: list[int] = []
        names: list[str] = []
        for name, text in texts:
            starts.append(len(numbers))
            names.append(name)
            numbers.extend(vocabulary.setdefault(word, len(vocabulary)) for word, _, _ in _words(text))
            numbers.append(_UNKNOWN - len(names))
        words = np.array(numbers, dtype=np.int64)
        hashes = _run_hashes(words)
        order = np.argsort(hashes, kind="stable")
        return cls(vocabulary, words, hashes[order], order, np.array(starts, dtype=np.int64), tuple(names))

    @property
    def texts(self) -> int:
        """How many texts there are."""
        return len(self._names)

    def copied(self, text: str) -> CopiedText:
        """Return what of a text is copied."""
        found = _words(text)
        words = np.array([self._vocabulary.get(word, _UNKNOWN) for word, _, _ in found], dtype=np.int64)
        hashes = _run_hashes(words)
        low = np.searchsorted(self._hashes, hashes, side="left")
        high = np.searchsorted(self._hashes, hashes, side="right")
        spans: list[CopiedSpan] = []
        copied_runs = furthest = 0
        for start in np.flatnonzero(high > low).tolist():
            is_inside = start + RUN_WORDS <= furthest
            # A span that begins inside of another one is of interest only if it ends behind it.
            wanted = furthest - start + 1 if is_inside else RUN_WORDS
            place, length = self._longest(words, start, self._places[low[start] : high[start]], wanted)
            copied_runs += is_inside or length > 0  # else only the hash was the same
            if start + length > furthest:
                furthest = start + length
                end = found[furthest - 1][2]
                spans.append(CopiedSpan(start=found[start][1], end=end, words=length, source=self._name(place)))
        return CopiedText(runs=len(hashes), copied_runs=copied_runs, spans=tuple(spans))

    def _longest(self, words: Numbers, start: int, places: NDArray[np.intp], wanted: int) -> tuple[int, int]:
        """Return where in the texts the longest run is that begins at a word of an answer, and its length.

        Both are 0 if no run has at least the wanted length.
        """
        own, asked = self._words, words[start:]
        kept = places[places + wanted <= len(own)]
        if len(asked) < wanted or not len(kept):
            return 0, 0
        kept = kept[own[kept + wanted - 1] == asked[wanted - 1]]
        kept = kept[(own[kept[:, None] + np.arange(wanted)] == asked[:wanted]).all(axis=1)]
        if not len(kept):
            return 0, 0
        length = wanted
        while length < len(asked):
            # The number after a text is in no answer, so that nobody reads beyond the last one.
            going_on = kept[own[kept + length] == asked[length]]
            if not len(going_on):
                break
            kept, length = going_on, length + 1
        return int(kept[0]), length

    def _name(self, place: int) -> str:
        return self._names[int(np.searchsorted(self._starts, place, side="right")) - 1]


def _words(text: str) -> Sequence[tuple[str, int, int]]:
    """Return the words of a text without case, each with where it stands."""
    return [(normalize("NFKC", each[0]).casefold(), each.start(), each.end()) for each in _WORD.finditer(text)]


def _run_hashes(words: Numbers) -> NDArray[np.uint64]:
    """Return the hash of the run of `RUN_WORDS` words that begins at each word that has as many after it."""
    number = max(0, len(words) - RUN_WORDS + 1)
    hashes = np.zeros(number, dtype=np.uint64)
    unsigned = words.astype(np.uint64)
    for place in range(RUN_WORDS):
        hashes = hashes * _BASE + unsigned[place : place + number]
    return hashes
