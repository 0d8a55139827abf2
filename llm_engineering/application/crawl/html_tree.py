"""What the modules that read HTML know about its elements."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from lxml.etree import _Element as Element
from lxml.etree import iterwalk

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


class TextNode(NamedTuple):
    """A run of text between two tags. lxml keeps it as an element's `text`, or as its `tail` behind the end tag."""

    element: Element
    is_tail: bool

    @property
    def text(self) -> str:
        """The characters."""
        return str(self.element.tail if self.is_tail else self.element.text)

    @property
    def parent(self) -> Element:
        """The element that the text stands in."""
        return self.element.getparent() if self.is_tail else self.element

    def erase(self) -> None:
        """Take the text out of the tree."""
        if self.is_tail:
            self.element.tail = None
        else:
            self.element.text = None


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


def text_nodes(root: Element) -> Iterator[TextNode]:
    """Yield the readable text nodes inside an element, in the order of the page."""
    walk = iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            if element.tail and element is not root:
                yield TextNode(element, is_tail=True)
        elif is_silent(element):
            walk.skip_subtree()
        elif element.text:
            yield TextNode(element, is_tail=False)


def block_around(element: Element) -> Element:
    """Return the nearest block element that is or encloses the element; the root if there is none."""
    while tag_of(element) not in BLOCK_TAGS and element.getparent() is not None:
        element = element.getparent()
    return element


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
