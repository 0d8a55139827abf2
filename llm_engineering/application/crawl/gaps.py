"""What an extractor left out in the midst of an article: headings, short paragraphs, embedded quotes, lists of links.

An extractor that favours precision drops paragraphs that are short, repeated or mostly link, and quotes whose class
is that of a widget. Where such a block is the sibling of paragraphs that were kept, and between two of them, it is
the author's: Readability joins siblings of the best candidate to the article in the same way.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice, takewhile
from typing import Final

from lxml.etree import _Element as Element

from llm_engineering.application.crawl.blocks import Block, paragraph_parents
from llm_engineering.application.crawl.furniture import has_name_of_insert, leads_to_other_page_of_site, names_of
from llm_engineering.application.crawl.html_tree import HEADING_TAGS, TextNode, ancestors_and_self, tag_of

_RECOVERED_TAGS: Final = HEADING_TAGS | {"p"}
_OUTSIDE_TAGS: Final = frozenset({
    "aside",
    "button",
    "figcaption",
    "figure",
    "footer",
    "form",
    "label",
    "nav",
    "td",
    "th",
})
_OUTSIDE_NAMES: Final = re.compile(
    r"advert|author|bio|caption|comment|credit|disclaimer|disclosure|footer|hidden|menu|read-?more|recommend"
    r"|shar(?:e|ing)|sign-?up|social(?!\S{0,40}embed)|subscri|tags|(?<![a-z])(?:ads?|nav)(?![a-z])",
    re.I,
)
"""Classes and ids of what is no text of the article unless the extractor says so."""
_WHOLE_TAGS: Final = HEADING_TAGS | {"dd", "dt", "li", "p"}
_INVISIBLE: Final = re.compile(r"display:\s*none|visibility:\s*hidden", re.I)
_LARGEST_LINK_SHARE: Final = 0.3
_LEVELS_TO_QUOTE: Final = 3
"""How far above a block a quote around it is looked for, and its container above that quote."""


def with_gaps_filled(blocks: Sequence[Block], article: Sequence[Block], url: str) -> list[Block]:
    """Return the article with the blocks that belong to it by where they stand, in the order of the page.

    Args:
        blocks: All blocks of the page.
        article: Those that an extractor kept, in the same order.
        url: Address of the page.
    """
    if not article:
        return []
    kept, containers = set(article), paragraph_parents(article)
    first, last = blocks.index(article[0]), blocks.index(article[-1])
    between = (block for block in blocks[first:last] if block not in kept)
    recovered = {block for block in between if _belongs(block, containers, url)}
    lists = _announced_lists(article)
    recovered.update(block for block in blocks if lists and _is_item_of(block, lists, url))
    return [block for block in blocks if block in kept or block in recovered]


def _announced_lists(article: Sequence[Block]) -> set[Element]:
    """Return the lists that stand right behind a paragraph which ends with a colon.

    Of a list that only consists of links an extractor takes nothing.
    """
    behind = (block.element.getnext() for block in article if block.tag == "p" and block.text.endswith(":"))
    return {element for element in behind if element is not None and tag_of(element) in {"ol", "ul"}}


def _is_item_of(block: Block, lists: set[Element], url: str) -> bool:
    """Whether a block is an item of one of the lists, or in one, and no link to another page of the site."""
    around = next((around for around in ancestors_and_self(block.element) if around in lists), None)
    if around is None or _own_link_share(block, url) > _LARGEST_LINK_SHARE:
        return False
    return _is_inside(block, around.getparent())


def nodes_of(block: Block, kept: set[TextNode]) -> set[TextNode]:
    """Return the nodes of a block of the article: those kept, and in a paragraph, heading or item all that are seen.

    Extractors drop links from the midst of a sentence by the classes of the elements around them.
    """
    own = kept.intersection(block.nodes)
    if own and block.tag not in _WHOLE_TAGS:
        return own
    return own.union(node for node in block.nodes if not _is_hidden_in(block, node))


def _is_hidden_in(block: Block, node: TextNode) -> bool:
    around = takewhile(lambda element: element is not block.element, ancestors_and_self(node.parent))
    return any(map(_is_invisible, around))


def _belongs(block: Block, containers: set[Element], url: str) -> bool:
    quote = next((near for near in _near(block.element) if tag_of(near) == "blockquote"), None)
    if quote is not None:
        return _is_inside(block, _container(quote, containers))
    if block.tag not in _RECOVERED_TAGS or block.parent not in containers:
        return False
    return _is_inside(block, block.parent) and _own_link_share(block, url) <= _LARGEST_LINK_SHARE


def _near(element: Element) -> Iterator[Element]:
    return islice(ancestors_and_self(element), _LEVELS_TO_QUOTE)


def _container(quote: Element, containers: set[Element]) -> Element | None:
    return next((near for near in _near(quote) if near in containers), None)


def _is_inside(block: Block, container: Element | None) -> bool:
    """Whether a block is readable text of a container, with nothing between them that is no text of an article."""
    for around in ancestors_and_self(block.element):
        if around is container:
            return True
        if tag_of(around) in _OUTSIDE_TAGS or _is_outside_by_name(around) or _is_invisible(around):
            return False
    return False


def _is_outside_by_name(element: Element) -> bool:
    return has_name_of_insert(element) or _OUTSIDE_NAMES.search(names_of(element)) is not None


def _is_invisible(element: Element) -> bool:
    is_marked = element.get("hidden") is not None or element.get("aria-hidden") == "true"
    return is_marked or _INVISIBLE.search(element.get("style", "")) is not None


def _own_link_share(block: Block, url: str) -> float:
    """Return the share of letters that lead to other pages of the site."""
    own = (letters for link, letters in block.links() if leads_to_other_page_of_site(link, url))
    return sum(own) / block.letters
