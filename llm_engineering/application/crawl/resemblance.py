"""How much two texts have in common: the shingles that they share, whatever the script.

Broder, "On the resemblance and containment of documents" (1997).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from datasketch import MinHash

SHINGLE_WORDS: Final = 5
SIGNATURE_VALUES: Final = 128
_SEED: Final = 1

# Thai, Lao, Burmese, Khmer, kana and Chinese characters: these scripts put no space between words.
_UNSPACED: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD: Final = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")

# Odd numbers without a pattern (the fractions of square roots of primes, as in SHA-512; FIPS 180-4, 5.3.5).
_PLACES: Final = np.array(
    [0x6A09E667F3BCC909, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1, 0x510E527FADE682D1],
    dtype=np.uint64,
)

Shingles = NDArray[np.uint64]
"""Hashes of runs of `SHINGLE_WORDS` words."""


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """What of a text is needed to compare it with others."""

    words: int
    """How many there are; in a script without spaces each character is one."""
    digest: str
    """Equal for texts of the same words in the same order, whatever their case, punctuation and layout."""
    in_order: Shingles
    """One hash per run of words, in the order of the text; empty for fewer words than a shingle has."""
    shingles: Shingles
    """The different ones, sorted."""

    def resemblance(self, other: "Fingerprint") -> float:
        """Return the share of the shingles of both that both have, from 0 to 1 (the Jaccard index)."""
        common = len(np.intersect1d(self.shingles, other.shingles, assume_unique=True))
        total = len(self.shingles) + len(other.shingles) - common
        return common / total if total else 0.0

    def containment(self, part: slice, other: "Fingerprint") -> float:
        """Return the share of the shingles in a part of this text that the other text has, from 0 to 1."""
        wanted = self.in_order[part]
        return float(np.isin(wanted, other.shingles).mean()) if len(wanted) else 0.0


def fingerprint(text: str) -> Fingerprint:
    """Return the fingerprint of a text; Markdown needs no cleaning before, its signs are no words."""
    words = _WORD.findall(normalize("NFKC", text).casefold())
    in_order = _shingles(words)
    digest = blake2b(" ".join(words).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return Fingerprint(len(words), digest, in_order, np.unique(in_order))


def signature(text: Fingerprint) -> "MinHash":
    """Return the MinHash of a text's shingles, by which texts that resemble it are found without comparing all."""
    from datasketch import MinHash

    # The shingles are hashes already: their upper half is handed on as it is.
    found = MinHash(num_perm=SIGNATURE_VALUES, seed=_SEED, scheme="affine32", hashfunc=int)
    found.update_batch((text.shingles >> np.uint64(32)).tolist())
    return found


def _shingles(words: Sequence[str]) -> Shingles:
    if len(words) < SHINGLE_WORDS:
        return np.empty(0, dtype=np.uint64)
    hashes = np.array([_word_hash(word) for word in words], dtype=np.uint64)
    runs = np.lib.stride_tricks.sliding_window_view(hashes, SHINGLE_WORDS)
    sums: Shingles = (runs * _PLACES).sum(axis=1, dtype=np.uint64)
    # Only the upper bits of a product depend on all bits of its factors; this carries them down.
    return sums ^ (sums >> np.uint64(31))


@lru_cache(maxsize=100_000)
def _word_hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
