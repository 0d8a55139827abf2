"""The outline of a text: its sections under headings, and the blocks that they are made of."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise, takewhile
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

_BLANK_LINES: Final = re.compile(r"\n{2,}")


@dataclass(frozen=True, slots=True)
class Section:
    """A range of a text under one heading."""

    start: int
    end: int
    heading_path: tuple[str, ...]
    """Headings above the text, outermost first; empty before the first heading."""
    blocks: tuple[int, ...]
    """Where paragraphs, lists, tables and code blocks begin strictly inside the range, ascending."""


def markdown_sections(text: str) -> list[Section]:
    """Return the sections of a Markdown text (CommonMark with tables); together they are the whole text.

    A heading begins a section and belongs to it. Headings inside code, lists and quotes are not headings of
    the text. An empty text has no section.
    """
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    line_starts = list(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))
    blocks = [line_starts[token.map[0]] for token in tokens if token.map and token.level == 0]
    starts = [(0, ()), *_heading_starts(tokens, line_starts), (len(text), ())]
    return [
        Section(start, end, path, tuple(block for block in blocks if start < block < end))
        for (start, path), (end, _) in pairwise(starts)
        if end > start
    ]


def plain_sections(text: str) -> list[Section]:
    """Return a text without headings (code, plain text) as one section, whose blocks follow blank lines."""
    blocks = tuple(match.end() for match in _BLANK_LINES.finditer(text) if match.end() < len(text))
    return [Section(0, len(text), (), blocks)] if text else []


def joined_sections(
    sections: Sequence[Section], token_count: Callable[[int, int], int], min_tokens: int
) -> list[Section]:
    """Return the sections with those of fewer than `min_tokens` tokens joined to the next one where that is true to it.

    A short section goes to a following subsection of its own, whatever its length, and keeps that one's
    headings (a title page and its first chapter); two short neighbours become one under the headings that they
    share. A short section before a long one of another branch stays alone.
    """
    joined: list[Section] = []
    for section in sections:
        if joined and token_count(joined[-1].start, joined[-1].end) < min_tokens:
            last = joined[-1]
            shared = _shared_path(last.heading_path, section.heading_path)
            is_short = token_count(section.start, section.end) < min_tokens
            if shared == last.heading_path or is_short:
                path = section.heading_path if shared == last.heading_path else shared
                blocks = (*last.blocks, section.start, *section.blocks)
                joined[-1] = Section(last.start, section.end, path, blocks)
                continue
        joined.append(section)
    return joined


def _shared_path(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))


def _heading_starts(tokens: Sequence[Token], line_starts: Sequence[int]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield where each heading begins and the path of headings down to it."""
    above: list[tuple[int, str]] = []
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open" or opening.level != 0 or opening.map is None:
            continue
        rank = int(opening.tag[1:])
        above = [(other_rank, title) for other_rank, title in above if other_rank < rank]
        above.append((rank, _plain(inline)))
        yield line_starts[opening.map[0]], tuple(title for _, title in above if title)


def _plain(inline: Token) -> str:
    """Return a heading's words without Markdown marks."""
    words = (child.content for child in inline.children or () if child.type in {"text", "code_inline"})
    return " ".join("".join(words).split())
