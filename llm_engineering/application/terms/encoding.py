"""Term vectors of BM25, of chunks and of questions, the same for every store.

Terms are the stems of a text's words, and pairs of stems that stand next to each other: "boundary layer" counts
for more in a text that says just that than in one that has both words somewhere (the ordered and unordered pairs of
Metzler and Croft's sequential dependence model, 2005, as one kind of term).
"""

import re
import struct
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from zlib import crc32

import numpy as np

from llm_engineering.domain.chunks import TermScheme, TermVector

Stem = Callable[[str], int | None]
"""Returns the number of a lower-case word's stem, below 2**31, or None for a stop word."""

# Chinese, Japanese and Korean are written without spaces between words: there each sign is a word, and the pairs of
# neighbouring signs do what words do elsewhere.
_SIGNS: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD: Final = re.compile(rf"[{_SIGNS}]|[^\W_{_SIGNS}]+")
_PAIRS: Final = 1 << 31
"""Numbers of pairs begin where those of stems end."""


@dataclass(frozen=True, slots=True)
class TermEncoder:
    """Encodes texts by a scheme."""

    scheme: TermScheme
    stem: Stem

    def document(self, text: str) -> TermVector:
        """Return the terms of a text that is to be found; none if it has only stop words and signs."""
        stems = self.stems(text)
        counts = Counter(stems) + Counter(_pairs(stems))
        scheme = self.scheme
        damping = scheme.k1 * (1 - scheme.b + scheme.b * len(stems) / scheme.average_words)
        return _vector({term: count * (scheme.k1 + 1) / (count + damping) for term, count in counts.items()})

    def question(self, text: str, *, pair_weight: float) -> TermVector:
        """Return the terms of a question, each once.

        Args:
            text: The question.
            pair_weight: What a pair weighs next to a stem's 1; 0 leaves pairs out.
        """
        stems = self.stems(text)
        pairs = dict.fromkeys(_pairs(stems), pair_weight) if pair_weight > 0 else {}
        return _vector({**pairs, **dict.fromkeys(stems, 1.0)})

    def stems(self, text: str) -> list[int]:
        """Return the stems of the words that are no stop words, in the order of the text."""
        stems = map(self.stem, _WORD.findall(text.lower()))
        return [stem for stem in stems if stem is not None]


def _pairs(stems: list[int]) -> list[int]:
    """Return a number from 2**31 to 2**32 - 1 for each two neighbours, the same whichever comes first."""
    return [_PAIRS | crc32(struct.pack("<II", *sorted(pair))) for pair in pairwise(stems)]


def _vector(weights: Mapping[int, float]) -> TermVector:
    terms = sorted(weights)
    return TermVector(np.array(terms, dtype=np.uint32), np.array([weights[term] for term in terms], dtype=np.float32))
