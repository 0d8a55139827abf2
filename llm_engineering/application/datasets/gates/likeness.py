"""Which texts of many say nearly the same, without comparing all with all.

The likeness of two texts is that of their sets of words, rare words counting for more (the weighted Jaccard index): a
word weighs the rounded logarithm of how rare it is among the texts, at least 1. So questions that share a template
("What does the author say about ...") are as alike as what they ask about. A word of weight w is a set of w members, so
that plain MinHash (Broder, "On the resemblance and containment of documents", 1997) estimates the weighted index;
what its bands bring together is compared exactly.
"""

import math
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from llm_engineering.application.datasets.gates.texts import words

if TYPE_CHECKING:
    from datasketch import MinHash

_HASHES: Final = 128
_SEED: Final = 1
_MARGIN: Final = 0.15
"""The estimate errs by some hundredths: what may be alike is looked for from this much below the threshold on."""


class LikeTexts:
    """Finds, for each of some texts, those of the others that are at least as alike as a threshold."""

    def __init__(self, texts: Sequence[str], threshold: float) -> None:
        from datasketch import MinHash, MinHashLSH

        # The members are hashes already: they are handed on as they are.
        self._empty = MinHash(num_perm=_HASHES, seed=_SEED, scheme="affine32", hashfunc=int)
        self._threshold = threshold
        self._words = [frozenset(words(text)) for text in texts]
        self._weights = _weights(self._words)
        self._totals = [sum(self._weights[word] for word in each) for each in self._words]
        self._numbers = {
            word: [_number(f"{word} {copy}") for copy in range(weight)] for word, weight in self._weights.items()
        }
        self._index = MinHashLSH(threshold=max(0.1, threshold - _MARGIN), num_perm=_HASHES)
        self._hashes: dict[int, MinHash] = {}

    def like(self, place: int) -> list[int]:
        """Return the places of the added texts that are alike to one, in ascending order, itself left out."""
        own = self._words[place]
        if not own:
            return []
        found = self._index.query(self._signature(place))
        return sorted(other for other in found if other != place and self.likeness(place, other) >= self._threshold)

    def add(self, place: int) -> None:
        """Let a text be found. A text without words is like no other."""
        if self._words[place]:
            self._index.insert(place, self._signature(place), check_duplication=False)

    def likeness(self, one: int, other: int) -> float:
        """Return how alike two texts are, from 0 to 1."""
        common = sum(self._weights[word] for word in self._words[one] & self._words[other])
        total = self._totals[one] + self._totals[other] - common
        return common / total if total else 0.0

    def _signature(self, place: int) -> "MinHash":
        if place not in self._hashes:
            signature = self._empty.copy()
            signature.update_batch([number for word in self._words[place] for number in self._numbers[word]])
            self._hashes[place] = signature
        return self._hashes[place]


def _weights(texts: Sequence[frozenset[str]]) -> dict[str, int]:
    counts = Counter(word for text in texts for word in text)
    return {word: max(1, round(math.log(len(texts) / count))) for word, count in counts.items()}


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big")
