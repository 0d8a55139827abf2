"""The parts of a Markdown text that can be quoted by themselves: whole lists, tables and code blocks, and sentences."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Final

_FENCE: Final = re.compile(r" {0,3}(?P<mark>`{3,}|~{3,})(?P<info>.*)")
_HEADING: Final = re.compile(r" {0,3}#{1,6}(?: |$)|(?:=+|-{2,}) *$")
_ITEM: Final = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)]) +\S")
_INDENTED: Final = re.compile(r" {2,}|\t")
_SENTENCE: Final = re.compile(r"[.!?…][\"'”’)\]*_]*\s+|[。！？]")  # noqa: RUF001 - as people type them
# An initial or an abbreviation does not end a sentence.
_NO_END: Final = re.compile(r"(?:^|[\s(\[])(?:[A-Za-z]|e\.g|i\.e|cf|vs|Mr|Mrs|Ms|Dr|Prof|St|No|Fig|Eq|approx)\.\s+$")


_LONGEST_ABBREVIATION: Final = 16


class Kind(StrEnum):
    """What a part of a text is."""

    PROSE = "prose"
    """Can be quoted sentence by sentence."""
    LIST = "list"
    TABLE = "table"
    CODE = "code"
    HEADING = "heading"
    """Says where something stands, and nothing by itself."""


Lines = list[tuple[int, str]]
"""Lines of a text, each with where it begins."""


@dataclass(frozen=True, slots=True)
class Block:
    """A range of a text: `text[start:end]`, without blank lines around it."""

    kind: Kind
    start: int
    end: int
    before: str = ""
    """What has to stand before it, so that it is Markdown by itself: the opening fence of code that is cut."""
    behind: str = ""
    """What has to stand behind it: the closing fence."""


def blocks(text: str) -> list[Block]:
    """Return the blocks of a Markdown text in order; between them are blank lines only.

    The text may be cut anywhere: what follows a fence that nothing closes is code up to the end, and what precedes one
    that nothing opens is code from the beginning. It is a reading line by line, many times faster than a parser of
    Markdown, and only used to decide what is quoted together.
    """
    lines = list(_lines(text))
    found: list[Block] = []
    place = _cut_code_end(lines)
    if place:
        found.append(_block(Kind.CODE, lines[:place], before="```\n"))
    while place < len(lines):
        line = lines[place][1]
        if not line.strip():
            place += 1
            continue
        kind = _kind(line)
        after, behind = _code_end(lines, place) if kind is Kind.CODE else (_ENDS[kind](lines, place), "")
        found.append(_block(kind, lines[place:after], behind=behind))
        place = after
    return _joined(found, text)


def _block(kind: Kind, lines: Lines, *, before: str = "", behind: str = "") -> Block:
    last_start, last = lines[-1]
    return Block(kind, lines[0][0], last_start + len(last.rstrip()), before, behind)


def sentences(text: str, block: Block) -> list[tuple[int, int]]:
    """Return the ranges of the sentences of a block of prose; each ends before the white space behind it.

    There is no boundary inside of code, links, brackets or emphasis: half of one would not be Markdown.
    """
    inside = text[block.start : block.end]
    cuts = [
        match.end()
        for match in _SENTENCE.finditer(inside)
        if match.end() < len(inside)
        and not _NO_END.search(inside, max(match.end() - _LONGEST_ABBREVIATION, 0), match.end())
        and _is_whole(inside[: match.end()])
    ]
    places = [0, *cuts, len(inside)]
    ranges = [(start, start + len(inside[start:end].rstrip())) for start, end in pairwise(places)]
    return [(block.start + start, block.start + end) for start, end in ranges if end > start]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


def _kind(line: str) -> Kind:
    if _FENCE.match(line) or line.startswith(("    ", "\t")):
        return Kind.CODE
    if _HEADING.match(line):
        return Kind.HEADING
    if _ITEM.match(line):
        return Kind.LIST
    return Kind.TABLE if line.lstrip().startswith("|") else Kind.PROSE


def _cut_code_end(lines: Lines) -> int:
    """Return the number of lines at the beginning that are the rest of a code block; 0 for none.

    Its closing fence is the first one, names no language, follows a line of code, and makes the number of fences odd.
    """
    fences = [place for place, (_, line) in enumerate(lines) if _FENCE.match(line)]
    if len(fences) % 2 == 0 or not (first := fences[0]):
        return 0
    fence = _FENCE.match(lines[first][1])
    has_info = fence is not None and fence["info"].strip()
    return 0 if has_info or not lines[first - 1][1].strip() else first + 1


def _code_end(lines: Lines, place: int) -> tuple[int, str]:
    """Return the number of the line after a code block, and the fence that it lacks."""
    fence = _FENCE.match(lines[place][1])
    if fence is None:
        return _last_of(lines, place, lambda line: line.startswith(("    ", "\t"))), ""
    for after in range(place + 1, len(lines)):
        closing = _FENCE.match(lines[after][1])
        if closing and closing["mark"].startswith(fence["mark"]) and not closing["info"].strip():
            return after + 1, ""
    return _without_blank_end(lines, len(lines)), f"\n{fence['mark']}"


def _list_end(lines: Lines, place: int) -> int:
    """Items, what is indented under them, and lines that go on without a blank line between."""
    after = place + 1
    while after < len(lines):
        line = lines[after][1]
        if line.strip():
            is_apart = not lines[after - 1][1].strip()
            if (is_apart or _HEADING.match(line)) and not (_ITEM.match(line) or _INDENTED.match(line)):
                break
        after += 1
    return _without_blank_end(lines, after)


def _prose_end(lines: Lines, place: int) -> int:
    after = place + 1
    while after < len(lines):
        line = lines[after][1]
        if not line.strip() or _FENCE.match(line) or _ITEM.match(line) or _HEADING.match(line):
            break
        after += 1
    return after


def _table_end(lines: Lines, place: int) -> int:
    return _last_of(lines, place, lambda line: line.lstrip().startswith("|"))


def _last_of(lines: Lines, place: int, belongs: Callable[[str], bool]) -> int:
    after = place + 1
    while after < len(lines) and (belongs(lines[after][1]) or not lines[after][1].strip()):
        after += 1
    return _without_blank_end(lines, after)


def _without_blank_end(lines: Lines, after: int) -> int:
    while not lines[after - 1][1].strip():
        after -= 1
    return after


_ENDS: Final[dict[Kind, Callable[[Lines, int], int]]] = {
    Kind.PROSE: _prose_end,
    Kind.LIST: _list_end,
    Kind.TABLE: _table_end,
    Kind.HEADING: lambda _lines, place: place + 1,
}


def _joined(found: list[Block], text: str) -> list[Block]:
    """Return the blocks with a paragraph that ends with a colon joined to the list, table or code that it announces."""
    joined: list[Block] = []
    for block in found:
        last = joined[-1] if joined else None
        is_announced = last is not None and last.kind is Kind.PROSE and text[last.end - 1] == ":"
        if last is not None and is_announced and block.kind not in {Kind.PROSE, Kind.HEADING}:
            joined[-1] = replace(block, start=last.start)
        else:
            joined.append(block)
    return joined


def _is_whole(text: str) -> bool:
    return (
        text.count("`") % 2 == 0 and text.count("**") % 2 == 0 and _closes(text, "[", "]") and _closes(text, "(", ")")
    )


def _closes(text: str, opening: str, closing: str) -> bool:
    return text.count(opening) <= text.count(closing)
