"""How the parts of an article are written: as Markdown, or as plain text."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import indent
from typing import Final

_LIST: Final = re.compile(r"- |\d+\. ")
_STRUCTURE: Final = re.compile(r"^(?=#{1,6}\s|```|~~~)", re.MULTILINE)
_BACKTICKS: Final = re.compile(r"`+")


@dataclass(frozen=True, slots=True)
class Style:
    """One function for each part of an article; each returns the part as it is written."""

    block_separator: str
    """What stands between two blocks."""
    paragraph: Callable[[str], str]
    heading: Callable[[str, int], str]
    """Called with the text and the level, 1 to 6."""
    quote: Callable[[Sequence[str]], str]
    """Called with the blocks that are quoted, at least one."""
    item: Callable[[Sequence[str], int | None], str]
    """Called with the blocks of a list item, at least one, and its number; None in a list without an order."""
    table: Callable[[Sequence[Sequence[str]]], str]
    """Called with the rows, equally long and at least one; the first is the head."""
    code: Callable[[str, str | None], str]
    """Called with the text of a code block and its language, if known."""
    code_span: Callable[[str], str]
    emphasis: Callable[[str], str]
    strong: Callable[[str], str]
    link: Callable[[str, str], str]
    """Called with the text and the address."""
    picture: Callable[[str, str], str]
    """Called with the description and the address."""


PLAIN_TEXT: Final = Style(
    block_separator="\n",
    paragraph=str,
    heading=lambda text, _level: text,
    quote="\n".join,
    item=lambda blocks, _number: "\n".join(blocks),
    table=lambda rows: "\n".join(" | ".join(row) for row in rows),
    code=lambda text, _language: text,
    code_span=str,
    emphasis=str,
    strong=str,
    link=lambda text, _url: text,
    picture=lambda _description, _url: "",
)
"""One line for each paragraph, heading, list item and row of a table; no marks and no pictures."""


def _markdown_paragraph(text: str) -> str:
    return _STRUCTURE.sub(r"\\", text)


def _markdown_quote(blocks: Sequence[str]) -> str:
    return "\n".join(f"> {line}".rstrip() for line in "\n\n".join(blocks).split("\n"))


def _markdown_item(blocks: Sequence[str], number: int | None) -> str:
    """Return a list item; its later lines are as far in as the text of its first, as CommonMark asks for."""
    marker = "- " if number is None else f"{number}. "
    first, *rest = blocks
    text = first + "".join(f"\n{block}" if _LIST.match(block) else f"\n\n{block}" for block in rest)
    return marker + indent(text, " " * len(marker)).removeprefix(" " * len(marker))


def _markdown_table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = ([cell.replace("|", r"\|") for cell in row] for row in rows)
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _markdown_code(text: str, language: str | None) -> str:
    """Return a fenced code block; the fence is longer than any in the code."""
    fence = "`" * max(3, 1 + _longest_backticks(text))
    return f"{fence}{language or ''}\n{text}\n{fence}"


def _markdown_code_span(text: str) -> str:
    fence = "`" * (1 + _longest_backticks(text))
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def _longest_backticks(text: str) -> int:
    return max(map(len, _BACKTICKS.findall(text)), default=0)


MARKDOWN: Final = Style(
    block_separator="\n\n",
    paragraph=_markdown_paragraph,
    heading=lambda text, level: f"{'#' * level} {text}",
    quote=_markdown_quote,
    item=_markdown_item,
    table=_markdown_table,
    code=_markdown_code,
    code_span=_markdown_code_span,
    emphasis=lambda text: f"*{text}*",
    strong=lambda text: f"**{text}**",
    link=lambda text, url: f"[{text}]({url})",
    picture=lambda description, url: f"![{description}]({url})",
)
"""CommonMark with the tables of GitHub. Text is escaped only where it would become a heading or a code fence."""
