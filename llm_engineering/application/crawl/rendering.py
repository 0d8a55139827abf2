"""Writes the tree of an article in a style."""

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urljoin, urlsplit

from lxml.etree import _Element as Element

from llm_engineering.application.crawl.code_blocks import code_language, code_text
from llm_engineering.application.crawl.html_tree import (
    BLOCK_TAGS,
    HEADING_TAGS,
    cells_of,
    is_data_table,
    is_silent,
    tag_of,
)
from llm_engineering.application.crawl.styles import Style

_LINKED_SCHEMES: Final = frozenset({"http", "https", "mailto"})
_SPACES: Final = re.compile(r"[ \t\n\r\f]+")  # not the no-break space, which the author has put there
_SPACES_AT_BREAK: Final = re.compile(r" *\n *")
_URL_ESCAPES: Final = {ord(character): f"%{ord(character):02X}" for character in " ()<>"}


class Renderer:
    """Writes trees in a style. A line break inside a paragraph stays one; a picture counts only with a description.

    Args:
        style: How the parts are written.
        base_url: Address that relative links start from.
    """

    def __init__(self, style: Style, base_url: str) -> None:
        self._style = style
        self._base_url = base_url
        self._around_blocks: set[Element] = set()

    def render(self, root: Element) -> str:
        """Return the text of a tree; empty if it has none."""
        blocks = set(root.iter(*BLOCK_TAGS))
        self._around_blocks = blocks.union(*(block.iterancestors() for block in blocks))
        return self._style.block_separator.join(self._blocks(root))

    def _blocks(self, container: Element) -> list[str]:
        """Return the blocks in a container; inline content between block elements forms paragraphs."""
        blocks: list[str] = []
        line = _collapsed(container.text)
        for child in container:
            if child not in self._around_blocks:
                line += self._inline(child)
            else:
                blocks += self._paragraphs(line) + self._block(child)
                line = ""
            line += _collapsed(child.tail)
        return blocks + self._paragraphs(line)

    def _block(self, element: Element) -> list[str]:
        if is_silent(element):
            return []
        return _BLOCKS.get(tag_of(element), Renderer._blocks)(self, element)

    def _paragraphs(self, line: str) -> list[str]:
        text = _tidied(line)
        return [self._style.paragraph(text)] if text else []

    def _headings(self, element: Element) -> list[str]:
        text = _on_one_line(_tidied(self._content(element)))
        return [self._style.heading(text, int(tag_of(element)[1]))] if text else []

    def _quotes(self, element: Element) -> list[str]:
        blocks = self._blocks(element)
        return [self._style.quote(blocks)] if blocks else []

    def _codes(self, element: Element) -> list[str]:
        text = code_text(element)
        return [self._style.code(text, code_language(element))] if text else []

    def _lists(self, element: Element) -> list[str]:
        """Return the list as one block. What stands in it outside of an item belongs to the item before."""
        items: list[list[str]] = []
        for child in element:
            if tag_of(child) == "li" or not items:
                items.append([])
            items[-1] += self._block(child)
        first = element.get("start", "1")
        is_ordered = tag_of(element) == "ol"
        lines = [
            self._style.item(blocks, number if is_ordered else None)
            for number, blocks in enumerate(items, start=int(first) if first.isdecimal() else 1)
            if blocks
        ]
        return ["\n".join(lines)] if lines else []

    def _tables(self, element: Element) -> list[str]:
        if not is_data_table(element):
            return self._blocks(element)
        captions = [block for caption in element.iter("caption") for block in self._blocks(caption)]
        rows = [[_on_one_line(" ".join(self._blocks(cell))) for cell in cells_of(row)] for row in element.iter("tr")]
        rows = [row for row in rows if any(row)]
        width = max(map(len, rows), default=0)
        padded = [row + [""] * (width - len(row)) for row in rows]
        return [*captions, self._style.table(padded)] if rows else captions

    def _content(self, element: Element) -> str:
        """Return the inline content of an element."""
        children = (self._inline(child) + _collapsed(child.tail) for child in element)
        return _collapsed(element.text) + "".join(children)

    def _inline(self, element: Element) -> str:
        if is_silent(element):
            return ""
        return _INLINES.get(tag_of(element), Renderer._content)(self, element)

    def _code_span(self, element: Element) -> str:
        return _marked(self._content(element), self._style.code_span)

    def _emphasis(self, element: Element) -> str:
        return _marked(self._content(element), self._style.emphasis)

    def _strong(self, element: Element) -> str:
        return _marked(self._content(element), self._style.strong)

    def _link(self, element: Element) -> str:
        content = self._content(element)
        url = absolute_url(self._base_url, element.get("href", ""))
        if url is None:
            return content
        if "#" in url and not any(map(str.isalnum, content)):
            return ""  # the sign beside a heading that links to the heading itself
        return _marked(content, lambda text: self._style.link(text, url))

    def _picture(self, element: Element) -> str:
        description = " ".join(element.get("alt", "").split())
        # Pages that load pictures late have a placeholder in `src`.
        targets = (element.get("data-src", ""), element.get("src", ""))
        url = next(filter(None, (absolute_url(self._base_url, target) for target in targets)), None)
        return self._style.picture(description, url) if description and url else ""


_BLOCKS: Final[Mapping[str, Callable[[Renderer, Element], list[str]]]] = {
    **dict.fromkeys(HEADING_TAGS, Renderer._headings),
    **dict.fromkeys(("menu", "ol", "ul"), Renderer._lists),
    "blockquote": Renderer._quotes,
    "pre": Renderer._codes,
    "table": Renderer._tables,
}

_INLINES: Final[Mapping[str, Callable[[Renderer, Element], str]]] = {
    **dict.fromkeys(("b", "strong"), Renderer._strong),
    **dict.fromkeys(("em", "i"), Renderer._emphasis),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), Renderer._code_span),
    "a": Renderer._link,
    "img": Renderer._picture,
    "br": lambda _renderer, _element: "\n",
}


def absolute_url(base_url: str, target: str) -> str | None:
    """Return the address that a link leads to; None if it leads to none that can be opened from elsewhere."""
    try:
        url = urljoin(base_url, target.strip())
        scheme = urlsplit(url).scheme
    except ValueError:  # no address at all, such as "http://[x"
        return None
    return url.translate(_URL_ESCAPES) if target.strip() and scheme in _LINKED_SCHEMES else None


def _collapsed(text: str | None) -> str:
    """Return the text of a node with each run of white space as one space, as a browser shows it."""
    return _SPACES.sub(" ", text or "")


def _tidied(line: str) -> str:
    """Return the text of a block without the spaces that meet where inline elements end."""
    return _SPACES_AT_BREAK.sub("\n", re.sub(" {2,}", " ", line)).strip()


def _on_one_line(text: str) -> str:
    return " ".join(text.split("\n"))


def _marked(text: str, mark: Callable[[str], str]) -> str:
    """Return the text with its words marked and the spaces at its ends left outside the marks."""
    words = text.strip()
    if not words:
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return before + mark(words) + after
