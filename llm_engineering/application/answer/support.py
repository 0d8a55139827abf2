"""Measures, by words alone, whether passages say what a sentence says.

The measure is lexical: the share of the sentence's content stems that the passages have, and of its pairs of
neighbouring stems (bigrams), the first counted twice:

    support = (2 · |S ∩ P| / |S| + |S₂ ∩ P₂| / |S₂|) / 3

with S, P the stems that are no stop words and S₂, P₂ the pairs of neighbours, whichever comes first. A sentence of one
stem is measured by that stem alone. A number that no passage has makes the support 0: an invented figure is the worst
of errors and easily found. Words cannot tell that a sentence denies what the passage says, so support is a warning
sign and no proof (docs/answers.md).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from llm_engineering.application.answer.markdown_text import without_marks
from llm_engineering.application.terms.encoding import TermEncoder

_NUMBER: Final = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*(?!\w)")
_THOUSANDS: Final = re.compile(r",(?=\d{3}(?:\D|$))")
_ITEM_NUMBER: Final = re.compile(r"^\s*\d{1,9}[.)]\s+", re.MULTILINE)
_FEWEST_STEMS: Final = 2
"""A sentence with fewer stems, such as "Yes." or "In short:", claims nothing."""

Pair = tuple[int, int]


def claim_stems(sentence: str, encoder: TermEncoder) -> list[int]:
    """Return the content stems of a sentence, without those of its marks."""
    return encoder.stems(claim_text(sentence))


def claim_text(sentence: str) -> str:
    """Return a sentence without marks of citations and without the number of a list's item."""
    return _ITEM_NUMBER.sub("", without_marks(sentence))


def claims_something(sentence: str, encoder: TermEncoder) -> bool:
    """Return whether a sentence says anything that a passage could support: questions and bare openings do not."""
    return len(claim_stems(sentence, encoder)) >= _FEWEST_STEMS and not claim_text(sentence).rstrip().endswith("?")


@dataclass(frozen=True, slots=True)
class PassageWords:
    """What of a passage sentences are compared with."""

    stems: frozenset[int]
    pairs: frozenset[Pair]
    numbers: frozenset[str]

    @classmethod
    def of(cls, passage: str, encoder: TermEncoder) -> "PassageWords":
        """Return the words of a passage."""
        stems = encoder.stems(passage)
        return cls(frozenset(stems), frozenset(pairs_of(stems)), _numbers_in(passage))


def support(sentence: str, passages: Sequence[PassageWords], encoder: TermEncoder) -> float:
    """Return from 0 to 1 how far passages say what a sentence says; 0 without passages or stems."""
    claim = claim_text(sentence)
    stems = encoder.stems(claim)
    if not passages or not stems or numbers_missing(claim, passages):
        return 0.0
    by_words = share(stems, {stem for each in passages for stem in each.stems})
    pairs = pairs_of(stems)
    if not pairs:
        return by_words
    return (2 * by_words + share(pairs, {pair for each in passages for pair in each.pairs})) / 3


def share(wanted: Iterable[object], given: set[int] | set[Pair]) -> float:
    """Return which part of the distinct wanted values is given; 0 of none."""
    distinct = set(wanted)
    return len(distinct & given) / len(distinct) if distinct else 0.0


def pairs_of(stems: Sequence[int]) -> list[Pair]:
    """Return the neighbours of a text, each pair in ascending order."""
    return [(min(pair), max(pair)) for pair in pairwise(stems)]


def numbers_missing(claim: str, passages: Iterable[PassageWords]) -> bool:
    """Return whether a sentence has a number that no passage has; 1,000 and 1000 are the same."""
    wanted = _numbers_in(claim)
    return bool(wanted) and not wanted <= {number for each in passages for number in each.numbers}


def _numbers_in(text: str) -> frozenset[str]:
    return frozenset(_THOUSANDS.sub("", number) for number in _NUMBER.findall(text))
