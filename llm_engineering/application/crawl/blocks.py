"""The blocks of text of a page, which the rules about what belongs to an article look at."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Final

from lxml.etree import _Element as Element

from llm_engineering.application.crawl.html_tree import (
    HEADING_TAGS,
    TextNode,
    ancestors_and_self,
    tag_of,
)

_UNITS: Final = frozenset({"pre", "table"})
_LEAST_PROSE: Final = 80
"""Letters from which a block that is not mostly links is prose."""
_LEAST_PARAGRAPHS: Final = 200
"""Letters that the paragraphs in an element have together if it is the container of an article."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A run of text with the same block element around it: a paragraph, a heading, a list item."""

    element: Element
    nodes: tuple[TextNode, ...]
    letters: int
    """How many letters, digits and underscores it has; at least one."""

    @property
    def text(self) -> str:
        """The characters, with the white space of the source."""
        return "".join(node.text for node in self.nodes).strip()

    @property
    def tag(self) -> str:
        """The name of the element."""
        return tag_of(self.element)

    @property
    def parent(self) -> Element | None:
        """The element around it; None for the root of the page."""
        return self.element.getparent()

    @property
    def is_heading(self) -> bool:
        """Whether it is one of `h1` to `h6`."""
        return self.tag in HEADING_TAGS

    @property
    def is_in_unit(self) -> bool:
        """Whether it is a part of a code block or a table, which stay or go whole."""
        return any(tag_of(around) in _UNITS for around in ancestors_and_self(self.element))

    def links(self) -> Iterator[tuple[Element, int]]:
        """Yield the links that its text is in, with how many letters of it are: one for each text node in a link."""
        for node in self.nodes:
            if node.link is not None and node.letters:
                yield node.link, len(node.letters)


def blocks_of(nodes: Iterable[TextNode]) -> list[Block]:
    """Return the blocks that text nodes form, in their order; runs without any letter form none."""
    blocks = []
    for element, group in groupby(nodes, key=attrgetter("block")):
        run = tuple(group)
        letters = sum(len(node.letters) for node in run)
        if letters:
            blocks.append(Block(element, run, letters))
    return blocks


def prose_letters(blocks: Iterable[Block]) -> int:
    """Return how many letters the blocks have that may be paragraphs of an article, wherever they stand."""
    long = (block for block in blocks if block.letters >= _LEAST_PROSE)
    return sum(block.letters for block in long if 2 * sum(letters for _, letters in block.links()) < block.letters)


def paragraph_parents(article: Sequence[Block], least_letters: int = _LEAST_PARAGRAPHS) -> set[Element]:
    """Return the elements whose own paragraphs in the article have at least so many letters together.

    After Readability, which takes the parent that collects the most text of paragraphs for the article.
    """
    letters: dict[Element, int] = {}
    for block in article:
        if block.tag == "p" and block.parent is not None:
            letters[block.parent] = letters.get(block.parent, 0) + block.letters
    return {parent for parent, sum_of_letters in letters.items() if sum_of_letters >= least_letters}
