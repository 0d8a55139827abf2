"""Stems of words, by the stemmer that Qdrant Edge brings (Snowball's)."""

from functools import lru_cache
from typing import Final

from qdrant_edge import Bm25, Bm25Config

from llm_engineering.application.terms.encoding import Stem

_REMEMBERED: Final = 1 << 17
"""Words whose stems are kept: an author uses some ten thousand, and stemming takes longer than looking up."""


def stemmer(language: str) -> Stem:
    """Return the function that numbers the stems of a language and has None for its stop words.

    Marks on letters are left out, so that "Erdos" finds "Erdős". The number is Qdrant's hash of the stem, the same
    on every machine.
    """
    model = Bm25(Bm25Config(language=language, ascii_folding=True))

    @lru_cache(maxsize=_REMEMBERED)
    def stem(word: str) -> int | None:
        numbers = model.embed_query(word).indices
        return numbers[0] if numbers else None

    return stem
