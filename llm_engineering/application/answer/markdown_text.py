"""Reads the Markdown of an answer: which parts are code, and which are sentences."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

MARK: Final = re.compile(r"\[(?P<numbers>\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\](?![(:])")
"""A mark of citations, such as [1] or [1, 3]; no link and no definition of one."""
_FENCE: Final = re.compile(r" {0,3}(?:> ?)*\s*(?P<mark>`{3,}|~{3,})")
_INLINE_CODE: Final = re.compile(r"(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)", re.DOTALL)
_HEADING: Final = re.compile(r" {0,3}#{1,6}\s|(?:-{3,}|\*{3,}|_{3,}|={3,})\s*$")
_ITEM: Final = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+\S")
_ROW: Final = re.compile(r"\s*\|")
_MARKS_AFTER: Final = r"(?:\s*\[\d{1,3}(?:\s*[,;]\s*\d{1,3})*\](?![(:]))*"
_SENTENCE_END: Final = re.compile(
    # In scripts without spaces no white space follows.
    rf"(?:[.!?…؟۔।]+[\"'”’»)\]*_`]*{_MARKS_AFTER}(?=\s)|[。！？｡]+[」』”’）)]*{_MARKS_AFTER})\s*"  # noqa: RUF001 - signs of many scripts
)
_ABBREVIATION: Final = re.compile(
    r"(?:^|[\s(\[\"'])(?:[A-Za-z]|e\.g|i\.e|cf|vs|etc|Mr|Mrs|Ms|Dr|Prof|St|No|Fig|Eq|approx|resp)\.\s*$"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, a heading or a block of code: `text[start:end]`, without white space around it."""

    start: int
    end: int
    is_claim: bool
    """Whether it can say something about the world; headings and code do not."""


def fenced_ranges(text: str) -> list[tuple[int, int]]:
    """Return the ranges of fenced blocks of code; one that nothing closes reaches to the end."""
    ranges: list[tuple[int, int]] = []
    opened: tuple[int, str] | None = None
    for start, line in _lines(text):
        fence = _FENCE.match(line)
        if fence is None:
            continue
        if opened is None:
            opened = (start, fence["mark"])
        elif fence["mark"].startswith(opened[1]) and not line[fence.end() :].strip():
            ranges.append((opened[0], start + len(line)))
            opened = None
    return [*ranges, (opened[0], len(text))] if opened else ranges


@lru_cache(maxsize=256)  # each check of an answer asks for that of the same sentences again
def code_ranges(text: str) -> tuple[tuple[int, int], ...]:
    """Return the ranges of code, in blocks and in lines, in order."""
    fenced = fenced_ranges(text)
    inline: list[tuple[int, int]] = []
    for start, end in _outside(text, fenced):
        inline += [(start + found.start(), start + found.end()) for found in _INLINE_CODE.finditer(text[start:end])]
    return tuple(sorted([*fenced, *inline]))


def marks_in(text: str) -> list[re.Match[str]]:
    """Return the marks of citations of a text, those in code left out."""
    code = code_ranges(text)
    return [mark for mark in MARK.finditer(text) if not any(start <= mark.start() < end for start, end in code)]


def numbers_of(mark: re.Match[str]) -> list[int]:
    """Return the numbers of a mark."""
    return [int(number) for number in re.findall(r"\d+", mark["numbers"])]


def without_marks(text: str) -> str:
    """Return a text without its marks of citations, those in code left alone."""
    for mark in reversed(marks_in(text)):
        text = text[: mark.start()].rstrip(" ") + text[mark.end() :]
    return text


def pieces(text: str) -> list[Piece]:
    """Return the sentences, headings and code blocks of a text in order; between them is white space only.

    Each item of a list and each row of a table begins a sentence of its own. Marks that follow a full stop belong to
    the sentence before them.
    """
    found = [piece for start, end, kind in _blocks(text) for piece in _pieces_of(text, start, end, kind)]
    joined: list[Piece] = []
    for piece in found:
        words = without_marks(text[piece.start : piece.end])
        if joined and piece.is_claim and not any(map(str.isalnum, words)):
            joined[-1] = Piece(joined[-1].start, piece.end, joined[-1].is_claim)
        else:
            joined.append(piece)
    return joined


def _pieces_of(text: str, start: int, end: int, kind: str) -> Iterator[Piece]:
    if kind != "prose":
        yield Piece(start, end, is_claim=False)
        return
    for first, last in sentence_ranges(text[start:end]):
        yield Piece(start + first, start + last, is_claim=True)


def sentence_ranges(text: str) -> list[tuple[int, int]]:
    """Return the ranges of the sentences of a text, without the white space around them; none of a blank text."""
    cuts = [0]
    for match in _SENTENCE_END.finditer(text):
        after = text[match.end() : match.end() + 1]
        is_plain_stop = match[0].startswith(".")
        if is_plain_stop and (after.islower() or _ABBREVIATION.search(text[cuts[-1] : match.start() + 1])):
            continue
        cuts.append(match.end())
    cuts.append(len(text))
    trimmed = (_trimmed(text, start, end) for start, end in pairwise(cuts))
    return [(start, end) for start, end in trimmed if end > start]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    inside = text[start:end]
    return start + len(inside) - len(inside.lstrip()), start + len(inside.rstrip())


def _blocks(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the ranges of blocks without blank lines, each with its kind: "prose", "heading" or "code"."""
    fenced = dict(fenced_ranges(text))
    began: int | None = None
    reached = skipped = 0
    for start, line in _lines(text):
        if start < skipped:
            continue
        is_own = start in fenced or _HEADING.match(line) is not None
        if began is not None and (is_own or not line.strip() or _ITEM.match(line) or _ROW.match(line)):
            yield (*_trimmed(text, began, reached), "prose")
            began = None
        if start in fenced:
            skipped = fenced[start]
            yield (*_trimmed(text, start, skipped), "code")
        elif is_own:
            yield (*_trimmed(text, start, start + len(line)), "heading")
        elif line.strip():
            began = start if began is None else began
        reached = start + len(line)
    if began is not None:
        yield (*_trimmed(text, began, reached), "prose")


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


def _outside(text: str, ranges: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    reached = 0
    for start, end in ranges:
        yield reached, start
        reached = end
    yield reached, len(text)
