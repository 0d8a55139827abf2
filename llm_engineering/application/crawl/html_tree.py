"""What the modules that read HTML know about its elements."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from lxml.etree import _Element as Element

SILENT_TAGS: Final = frozenset({"head", "iframe", "noscript", "script", "style", "svg", "template"})
"""Elements whose text no reader of the page sees."""

HEADING_TAGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})

BLOCK_TAGS: Final = HEADING_TAGS | {
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "legend", "li", "main", "menu",
    "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
"""Elements that start a new line, after the section on rendering of the HTML standard."""

_NOT_WORD: Final = re.compile(r"\W+")
_NOT_IN_A_CELL: Final = HEADING_TAGS | {"article", "blockquote", "form", "ol", "pre", "section", "table", "ul"}


@dataclass(slots=True, eq=False)
class TextNode:
    """A run of text between two tags. lxml keeps it as an element's `text`, or as its `tail` behind the end tag.

    Two nodes are equal only if they are the same object: a page has its own, made once by `PageText`.
    """

    element: Element
    is_tail: bool
    parent: Element
    """The element that the text stands in."""
    block: Element
    """The nearest block element around it; the root if there is none."""
    link: Element | None
    """The nearest link around it."""
    text: str
    """The characters."""
    letters: str
    """The letters, digits and underscores among them."""

    def erase(self) -> None:
        """Take the text out of the tree."""
        if self.is_tail:
            self.element.tail = None
        else:
            self.element.text = None


class PageText:
    """The text of a tree that readers see, read in one walk: the rules ask about it many times.

    Args:
        root: The tree. What is erased from it later stays here.
    """

    def __init__(self, root: Element) -> None:
        self.root = root
        self.nodes: list[TextNode] = []
        """In the order of the page."""
        self._ranges: dict[Element, tuple[int, int]] = {}
        """Where in `nodes` the text inside of each element begins and ends."""
        self._read(root, root, None)
        self._letters_before = list(accumulate((len(node.letters) for node in self.nodes), initial=0))

    def inside(self, element: Element) -> list[TextNode]:
        """Return the nodes inside an element of the tree."""
        start, end = self._ranges.get(element, (0, 0))
        return self.nodes[start:end]

    def before(self, element: Element) -> int:
        """Return how many nodes come before an element of the tree."""
        return self._ranges.get(element, (0, 0))[0]

    def letters_in(self, element: Element) -> int:
        """Return how many letters, digits and underscores an element of the tree holds."""
        start, end = self._ranges.get(element, (0, 0))
        return self._letters_before[end] - self._letters_before[start]

    def _read(self, element: Element, block: Element, link: Element | None) -> None:
        """Read what an element holds. The parser bounds how deep elements nest: to 256, which is safe to recurse."""
        tag, start = tag_of(element), len(self.nodes)
        if not tag or tag in SILENT_TAGS:
            return
        block = element if tag in BLOCK_TAGS else block
        link = element if tag == "a" else link
        if text := element.text:
            self.nodes.append(TextNode(element, False, element, block, link, text, letters_of(text)))
        for child in element:
            self._read(child, block, link)
            if text := child.tail:
                self.nodes.append(TextNode(child, True, element, block, link, text, letters_of(text)))
        self._ranges[element] = (start, len(self.nodes))


def tag_of(element: Element) -> str:
    """Return the name of an element; empty for comments and processing instructions."""
    return element.tag if isinstance(element.tag, str) else ""


def is_silent(element: Element) -> bool:
    """Whether the element holds no text for readers."""
    tag = tag_of(element)
    return not tag or tag in SILENT_TAGS


def letters_of(text: str) -> str:
    """Return the letters, digits and underscores of a text."""
    return "" if text.isspace() else _NOT_WORD.sub("", text)


def ancestors_and_self(element: Element) -> Iterator[Element]:
    """Yield an element and those around it, from the inside out."""
    yield element
    yield from element.iterancestors()


def cells_of(row: Element) -> list[Element]:
    """Return the cells of a row of a table."""
    return [cell for cell in row if tag_of(cell) in {"td", "th"}]


def is_data_table(table: Element) -> bool:
    """Whether a table shows data: rows of several short cells. Others only arrange a page."""
    if any(tag_of(inner) in _NOT_IN_A_CELL for inner in table.iterdescendants()):
        return False
    rows = [cells_of(row) for row in table.iter("tr")]
    has_long_cells = any(len(cell.findall(".//p")) > 1 for row in rows for cell in row)
    return not has_long_cells and any(len(row) > 1 for row in rows)
