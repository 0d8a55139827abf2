"""Where a text may be cut, and how it is cut into pieces that a model reads whole."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

Points = Callable[[int, int], Sequence[int]]
"""Returns the places strictly inside a range (start, end) of a text at which it may be cut, ascending."""

MAX_CHARACTERS_PER_TOKEN: Final = 16
"""Prose has 4 to 5. A tokenizer may read a word of any length as one unknown token: without this bound a
megabyte of base64 would be one piece."""

_LINE: Final = re.compile(r"\n+")
_SENTENCE: Final = re.compile(r"[.!?…][\"'”’)\]]*\s+")  # noqa: RUF001 - closing quotes as people type them
_WORD: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class TokenBudget:
    """Counts the tokens of ranges of one text and says whether a range fits."""

    starts: Sequence[int]
    """Where each token of the text begins, ascending."""
    tokens: int
    """Most tokens of a piece."""

    def count(self, start: int, end: int) -> int:
        """Return the number of tokens that begin in the range."""
        return bisect_left(self.starts, end) - bisect_left(self.starts, start)

    def fits(self, start: int, end: int) -> bool:
        """Return whether the range may be one piece."""
        return self.count(start, end) <= self.tokens and end - start <= self.tokens * MAX_CHARACTERS_PER_TOKEN

    def boundaries(self, start: int, end: int) -> Sequence[int]:
        """Return the beginnings of tokens strictly inside the range."""
        return points_at(self.starts)(start, end)

    def stride(self, start: int, end: int) -> Sequence[int]:
        """Return evenly spaced places inside the range, for what has no other boundary."""
        return range(start + self.tokens, end, self.tokens)


def points_at(places: Sequence[int]) -> Points:
    """Return the cutting places that lie at some places of a text, given ascending."""

    def points(start: int, end: int) -> Sequence[int]:
        return places[bisect_left(places, start + 1) : bisect_left(places, end)]

    return points


def finer_points(text: str) -> tuple[Points, ...]:
    """Return where to cut what is too long for one piece: after lines, then sentences, then words."""
    return tuple(points_at([match.end() for match in pattern.finditer(text)]) for pattern in (_LINE, _SENTENCE, _WORD))


def pieces(
    start: int, end: int, budget: TokenBudget, levels: Sequence[Points], min_tokens: int = 0
) -> Iterator[tuple[int, int]]:
    """Yield consecutive ranges that together are exactly (start, end) and each fit the budget.

    Neighbours are packed together while they fit. A part that does not fit by itself is cut at the next finer
    level, together with what stands before it if that has fewer than `min_tokens` tokens (a heading above a long
    paragraph); after the last level it stays as it is.
    """
    if budget.fits(start, end) or not levels:
        yield start, end
        return
    open_start = open_end = start
    for part_start, part_end in pairwise((start, *levels[0](start, end), end)):
        if budget.fits(open_start, part_end):
            open_end = part_end
            continue
        part_fits = budget.fits(part_start, part_end)
        if open_end > open_start and (part_fits or budget.count(open_start, open_end) >= min_tokens):
            yield open_start, open_end
            open_start = part_start
        if not part_fits:
            yield from pieces(open_start, part_end, budget, levels[1:], min_tokens)
            open_start = part_end
        open_end = part_end
    if open_end > open_start:
        yield open_start, open_end


def evened(
    ranges: Iterable[tuple[int, int]], budget: TokenBudget, levels: Sequence[Points], min_tokens: int
) -> list[tuple[int, int]]:
    """Return consecutive ranges with those of fewer than `min_tokens` tokens made longer by their neighbour.

    What is left over of a long text, or a heading above a long table, makes a poor piece. Such a range and its
    neighbour are cut anew, near the middle of both, at the first level that has a place where both halves fit
    and are long enough; where there is none they stay as they are.
    """
    result: list[tuple[int, int]] = []
    for start, end in ranges:
        if result and min(budget.count(*result[-1]), budget.count(start, end)) < min_tokens:
            before = result.pop()[0]
            cut = _middle_cut(before, end, budget, levels, min_tokens) or start
            result += [(before, cut), (cut, end)]
        else:
            result.append((start, end))
    return result


def _middle_cut(start: int, end: int, budget: TokenBudget, levels: Sequence[Points], min_tokens: int) -> int | None:
    for points in levels:
        cuts = [cut for cut in points(start, end) if _both_good(start, cut, end, budget, min_tokens)]
        if cuts:
            return min(cuts, key=lambda cut: abs(2 * cut - start - end))
    return None


def _both_good(start: int, cut: int, end: int, budget: TokenBudget, min_tokens: int) -> bool:
    halves = ((start, cut), (cut, end))
    return all(budget.fits(*half) and budget.count(*half) >= min_tokens for half in halves)
