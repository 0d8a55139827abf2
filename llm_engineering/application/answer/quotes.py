"""Finds the words of a passage that an answer rests on."""

from collections.abc import Sequence
from typing import Final

from llm_engineering.application.answer.markdown_text import sentence_ranges
from llm_engineering.application.answer.support import claim_text
from llm_engineering.application.terms.encoding import TermEncoder

_MOST_SENTENCES: Final = 3
_MOST_CHARACTERS: Final = 600
_MOST_QUOTED: Final = 2000
"""Longer runs of literally repeated words are cited by their best sentences."""


def quoted_range(passage: str, claims: Sequence[str], encoder: TermEncoder) -> tuple[int, int]:
    """Return the range of a passage that supports sentences of an answer best.

    Where the sentences repeat the passage word by word, it is the range of all that they repeat. Else it is that run of
    at most three sentences whose content stems agree best with theirs (by F1, the harmonic mean of both shares); of
    equal ones the first and shortest. Without any agreement it is the first sentence.

    Args:
        passage: Not blank.
        claims: The sentences that cite it, marks included.
        encoder: Makes the stems.
    """
    verbatim = _verbatim(passage, claims)
    if verbatim is not None:
        return verbatim
    wanted = {stem for claim in claims for stem in encoder.stems(claim_text(claim))}
    sentences = sentence_ranges(passage)
    stems = [set(encoder.stems(passage[start:end])) for start, end in sentences]
    best, best_agreement = sentences[0], 0.0
    for first in range(len(sentences)):
        for last in range(first, min(first + _MOST_SENTENCES, len(sentences))):
            start, end = sentences[first][0], sentences[last][1]
            if last > first and end - start > _MOST_CHARACTERS:
                break
            said = set[int]().union(*stems[first : last + 1])
            agreement = 2 * len(said & wanted) / (len(said) + len(wanted)) if said or wanted else 0.0
            if agreement > best_agreement:
                best, best_agreement = (start, end), agreement
    return best


def _verbatim(passage: str, claims: Sequence[str]) -> tuple[int, int] | None:
    """Return the range of all that the claims repeat; None if one of them is no repetition."""
    ranges = []
    for claim in claims:
        words = claim_text(claim).strip().strip("\"“”'>").strip()
        start = passage.find(words)
        if not words or start < 0:
            return None
        ranges.append((start, start + len(words)))
    if not ranges:
        return None
    start, end = min(start for start, _ in ranges), max(end for _, end in ranges)
    return (start, end) if end - start <= _MOST_QUOTED else None
