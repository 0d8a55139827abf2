"""Which text of a page is the article: finds in the page's own tree what an extractor gave without structure.

An extractor such as trafilatura says well which words are the article, but hands them on flattened: code loses its
blank lines and language, quotes and links their marks. Here its words are found again in the tree of the page, and
all other text is erased from that tree. What remains has the structure that the page gave it.
"""

import re
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from lxml.etree import _Element as Element

from llm_engineering.application.crawl.html_tree import PageText, TextNode, is_data_table, letters_of, tag_of

_LINE_NUMBERS: Final = re.compile(r"[\d\s]*")
_SHORTEST_HALVED: Final = 16
"""Letters below which a piece that is not found as a whole is not looked for in halves: shorter ones are anywhere."""


Refine: TypeAlias = Callable[[PageText, set[TextNode]], set[TextNode]]
"""Called with the text of a page and those of its nodes that are in pieces; returns those to keep."""


def _as_it_is(_page: PageText, kept: set[TextNode]) -> set[TextNode]:
    return kept


class Range(NamedTuple):
    """A range of letters of the page: `letters[start:end]`."""

    start: int
    end: int


class Placed(NamedTuple):
    """Where a piece of the article lies in the page."""

    piece: int
    start: int
    end: int


def keep_only(page: PageText, pieces: Iterable[str], refine: Refine = _as_it_is) -> None:
    """Take everything out of a tree but the text that is in the pieces, with the elements around it.

    Only letters, digits and underscores are compared. A text node stays when most of its letters are in pieces; one
    without letters stays when another of its block does; code blocks and tables of data stay or go whole. A code
    block that the extractor left out stays when it stands among text that stays.

    Args:
        page: The text of the tree, which is changed.
        pieces: Runs of text of the article, in the order of the page as far as the extractor keeps it.
        refine: Has the last word on which text stays.
    """
    kept = _kept_nodes(page.nodes, [letters for piece in pieces if (letters := letters_of(piece))])
    kept = refine(page, _whole_units(page, kept))
    blocks = {node.block for node in kept}
    kept |= {node for node in page.nodes if not node.letters and node.block in blocks}
    parents = {node.parent for node in kept} | _pictures(page, kept)
    holders = parents.union(*(parent.iterancestors() for parent in parents))
    for node in page.nodes:
        if node not in kept and (node.parent in holders or not holders):
            node.erase()
    _remove_all_but(holders)


def _kept_nodes(nodes: Sequence[TextNode], pieces: Sequence[str]) -> set[TextNode]:
    """Return the nodes of which at least half the letters are in pieces."""
    letters = "".join(node.letters for node in nodes)
    covered = bytearray(len(letters))
    for start, end in _ranges(pieces, letters):
        covered[start:end] = b"\1" * (end - start)
    kept, start = set(), 0
    for node in nodes:
        end = start + len(node.letters)
        if start < end and 2 * covered.count(1, start, end) >= end - start:
            kept.add(node)
        start = end
    return kept


def _ranges(pieces: Sequence[str], page: str) -> Iterator[Range]:
    """Yield where the pieces lie in the page.

    The longest pieces are found first, as they are hardly anywhere twice; shorter ones are then looked for between
    those that surround them, and right beside them first, so that a heading is not mistaken for its entry in a table
    of contents.
    """
    placed = [Placed(-1, 0, 0), Placed(len(pieces), len(page), len(page))]
    for number in sorted(range(len(pieces)), key=lambda number: -len(pieces[number])):
        piece = pieces[number]
        at = bisect(placed, Placed(number, 0, 0))
        before, after = placed[at - 1], placed[at]
        gap = Range(before.end, after.start)
        if after.piece == number + 1 and page.endswith(piece, *gap):
            found = [Range(gap.end - len(piece), gap.end)]
        else:
            found = _found(piece, page, gap)
        if found:
            placed.insert(at, Placed(number, found[0].start, found[-1].end))
        elif len(piece) >= _SHORTEST_HALVED:
            # The extractor moved it: it is somewhere, but says nothing about where its neighbours are.
            found = _found(piece, page, Range(0, len(page)))
        yield from found


def _found(piece: str, page: str, gap: Range, halvings: int = 6) -> list[Range]:
    """Return where a piece lies within a gap of the page; in parts if something stands between its words."""
    start = page.find(piece, *gap)
    if start >= 0:
        return [Range(start, start + len(piece))]
    if len(piece) < _SHORTEST_HALVED or not halvings:
        return []
    middle = len(piece) // 2
    left = _found(piece[:middle], page, gap, halvings - 1)
    rest = Range(left[-1].end if left else gap.start, gap.end)
    return left + _found(piece[middle:], page, rest, halvings - 1)


def _whole_units(page: PageText, kept: set[TextNode]) -> set[TextNode]:
    """Return the kept nodes with every code block and table of data either whole among them or not at all."""
    result = set(kept)
    for unit in page.root.iter("pre", "table"):
        if tag_of(unit) == "pre" or is_data_table(unit):
            inside = page.inside(unit)
            if _stays(unit, page, kept):
                result.update(inside)
            else:
                result.difference_update(inside)
    return result


def _stays(unit: Element, page: PageText, kept: set[TextNode]) -> bool:
    is_code, inside = tag_of(unit) == "pre", page.inside(unit)
    if is_code and _numbers_lines(unit, inside):
        return False
    letters = sum(len(node.letters) for node in inside)
    kept_letters = sum(len(node.letters) for node in kept.intersection(inside))
    return 2 * kept_letters >= letters or (is_code and _stands_among(unit, page, kept))


def _numbers_lines(code: Element, inside: Iterable[TextNode]) -> bool:
    """Whether a code block only holds the line numbers of the one beside it."""
    beside_code = next(code.iterancestors("td"), None) is not None
    return beside_code and all(_LINE_NUMBERS.fullmatch(node.text) for node in inside)


def _stands_among(code: Element, page: PageText, kept: set[TextNode]) -> bool:
    """Whether the nearest text around a code block is kept; the labels of buttons are no text."""
    inside = set(page.inside(code))
    for around in code.iterancestors():
        others = {node for node in page.inside(around) if node.letters and tag_of(node.parent) != "button"}
        if others - inside:
            return not others.isdisjoint(kept)
    return False


def _pictures(page: PageText, kept: set[TextNode]) -> set[Element]:
    """Return the pictures with a description that stand among kept text: between pieces of it, and beside one.

    The caption of a figure says nothing: extractors often leave it out where they keep what is around it.
    """
    described = [picture for picture in page.root.iter("img") if picture.get("alt", "").strip()]
    if not described or not kept:
        return set()
    numbers = [number for number, node in enumerate(page.nodes) if node in kept and node.letters]
    first, last = min(numbers, default=0), max(numbers, default=0)
    between = (picture for picture in described if first < page.before(picture) <= last)
    return {picture for picture in between if _is_near(picture, page, kept)}


def _is_near(picture: Element, page: PageText, kept: set[TextNode]) -> bool:
    figure = next(picture.iterancestors("figure"), picture)
    caption = set(page.inside(figure))
    for around in figure.iterancestors():
        others = {node for node in page.inside(around) if node.letters} - caption
        if others:
            return not others.isdisjoint(kept)
    return False


def _remove_all_but(holders: set[Element]) -> None:
    """Remove the elements that hold no kept text, except line breaks among those that do."""
    for holder in holders:
        for child in list(holder):
            if child not in holders and tag_of(child) != "br":
                _remove_but_tail(child)


def _remove_but_tail(element: Element) -> None:
    parent, before = element.getparent(), element.getprevious()
    if before is None:
        parent.text = (parent.text or "") + (element.tail or "")
    else:
        before.tail = (before.tail or "") + (element.tail or "")
    parent.remove(element)
