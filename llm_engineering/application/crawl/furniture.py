"""What stands among the words of an article without being of it: its title, teasers, hover cards, calls to subscribe.

Extractors judge elements of a page by density of text and names of classes; what stands inside the container of the
article, or is written as a paragraph, gets past them. The rules here look at the blocks that an extractor kept.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml.etree import _Element as Element

from llm_engineering.application.crawl.blocks import Block, paragraph_parents
from llm_engineering.application.crawl.html_tree import (
    BLOCK_TAGS,
    PageText,
    TextNode,
    ancestors_and_self,
    tag_of,
)

_INSERT_NAMES: Final = re.compile(
    r"author-?(?:bio|box|info)|byline|call-?to-?action|(?<![a-z])cta(?![a-z])|comments?-?(?:form|list|section)|dateline"
    r"|hover-?card|most-?(?:popular|read|viewed)|newsletter|pop-?(?:over|up)|promo|pull-?quote|read(?:ing)?-?time|recirc"
    r"|recommended|related|roll-?over|sidebar|social-?(?:links|share)|tool-?tip|trending",
    re.I,
)
"""Classes and ids of boxes inserted into a text: advertisements for the site, text shown on hovering, repeated text,
facts about the page."""
_LARGEST_INSERT: Final = 0.25
"""Share of the article above which an element is taken for its container, whatever its name is."""

_LEAST_AGREEMENT: Final = 0.8
_LEAST_LABELLED: Final = 2
"""How often the letters of a label what it stands over has, at least."""

_SENTENCE_ENDS: Final = frozenset(".!…:;,")
_NO_LETTERS: Final = re.compile(r"\W*")
_TEASER_LINK_SHARE: Final = 0.8
_FEWEST_TEASER_WORDS: Final = 4
_MOST_LABEL_WORDS: Final = 6
_MOST_TEASERS: Final = 1 / 3
"""Share of the article above which its links are what it is about."""

_FIRST_PARAGRAPH: Final = 100
"""Letters from which a block is a paragraph of the article, wherever it stands."""
_STAMP: Final = re.compile(r"\b\d{1,2}:\d\d\b|\b(?:19|20)\d\d\b")
_MOST_STAMP_WORDS: Final = 12

_SITES: Final = r"(?:bluesky|facebook|instagram|linkedin|mastodon|telegram|threads|tiktok|twitter|whatsapp|youtube)"
_SIGN_OFF: Final = re.compile(
    rf"""^\W*(?:filed\ under|posted\ in|tagged|tags?|categor(?:y|ies)|topics?|sources?|via)\s*:
    |^\W*(?:copyright\b|©|\(c\)|all\ rights\ reserved)
    |^\W*(?:updated|first\ published|last\ (?:updated|modified))\s*(?:at|on|:)
    |\bfollow\b.{{1,80}}\b(?:on|at|via)\s+(?:https?:|@|{_SITES})
    |^\W*(?:subscribe|sign\ up|get|receive|join)\b.{{0,120}}\b(?:newsletters?|inbox|mailing\ list|e-?mail|updates)\b
    |\b(?:may|can)\ be\ (?:reached|contacted)\ (?:at|by|on|via)\b
    |^\W*(?:have|got)\ a\ (?:news\ )?(?:tip|story)\b
    |^\W*(?:e-?mail|contact|reach|write\ to)\b.{{0,60}}@
    |^\W*(?:read|see)\ (?:more|also|next)\b
    |^\W*(?:you\ (?:may|might)\ also\ (?:enjoy|like)|leave\ a\ (?:comment|reply)|share\ this)\b
    |^\W*related\ (?:articles|posts|reading|stories)\b""",
    re.I | re.X,
)
_LAST_BLOCKS: Final = 3
_LARGEST_SIGN_OFF: Final = 0.15
_LONGEST_SIGN_OFF: Final = 400


def inserts_among(kept: set[TextNode]) -> set[TextNode]:
    """Return those of the kept nodes that are in boxes inserted into the text, by the names of their elements.

    Of boxes inside a sentence only inner ones are meant: the outer one holds, besides what hovering shows, the words to
    hover over.
    """
    by_parent: Counter[Element] = Counter()
    for node in kept:
        by_parent[node.parent] += len(node.letters)
    letters: Counter[Element] = Counter()
    for parent, own in by_parent.items():
        for around in ancestors_and_self(parent):
            letters[around] += own
    most = _LARGEST_INSERT * by_parent.total()
    named = {box for box, inside in letters.items() if inside <= most and has_name_of_insert(box)}
    inserts = {box for box in named if tag_of(box) in BLOCK_TAGS or not named.isdisjoint(box.iterancestors())}
    return {node for node in kept if not inserts.isdisjoint(ancestors_and_self(node.parent))} if inserts else set()


def has_name_of_insert(element: Element) -> bool:
    """Whether the classes or the id of an element say that it is inserted into a text."""
    return _INSERT_NAMES.search(names_of(element)) is not None


def names_of(element: Element) -> str:
    """Return the classes and the id of an element."""
    return f"{element.get('class', '')} {element.get('id', '')}"


def without_furniture(article: Sequence[Block], page: PageText, url: str) -> list[Block]:
    """Return the blocks of an article without its head, teasers of other pages, labels of nothing, and sign-off.

    Args:
        article: What an extractor kept, in the order of the page.
        page: The text of the page.
        url: Address of the page.
    """
    rules: tuple[Callable[[Sequence[Block]], set[Block]], ...] = (
        _outside_marked_body,
        lambda blocks: _orphans(blocks, page),
        lambda blocks: _teasers(blocks, url),
        lambda blocks: _head(blocks, page),
        _sign_off,
    )
    for rule in rules:
        left_out = rule(article)
        article = [block for block in article if block not in left_out]
    return list(article)


def _outside_marked_body(article: Sequence[Block]) -> set[Block]:
    """Return the blocks outside of what the publisher marks as the body; none if the extractor largely disagrees.

    The mark is the property `articleBody` of schema.org, as microdata.
    """
    inside = {block for block in article if any(map(_is_marked_body, ancestors_and_self(block.element)))}
    agrees = sum(block.letters for block in inside) >= _LEAST_AGREEMENT * sum(block.letters for block in article)
    return set(article) - inside if agrees else set()


def _is_marked_body(element: Element) -> bool:
    return "articleBody" in element.get("itemprop", "").split()


def _orphans(article: Sequence[Block], page: PageText) -> set[Block]:
    """Return the labels of which the extractor took nothing else: "Most read" over a list that it left out."""
    kept = Counter(around for block in article for around in ancestors_and_self(block.element))
    return {block for block in article if _is_label(block) and not block.is_in_unit and _is_alone(block, kept, page)}


def _is_alone(label: Block, kept: Counter[Element], page: PageText) -> bool:
    """Whether what the nearest element around a label holds besides was left out, and is more than a link or button."""
    for around in label.element.iterancestors():
        if kept[around] > 1:
            return False
        besides = page.letters_in(around) - label.letters
        if besides:
            return besides > _LEAST_LABELLED * label.letters
    return False


def _teasers(article: Sequence[Block], url: str) -> set[Block]:
    """Return the blocks that are the title of another page of the site as a link, and the labels above them.

    A teaser is a title: all of it but a label is link, and it does not end as a sentence does. Pages that mostly
    consist of such links are lists of links, and stay as they are; so do lists that a sentence of the author announces.
    """
    announced = _announced_lists(article)
    teasers = {block for block in article if block.parent not in announced and _is_teaser(block, url)}
    if sum(block.letters for block in teasers) > _MOST_TEASERS * sum(block.letters for block in article):
        return set()
    pairs = pairwise(article)
    return teasers | {above for above, block in pairs if block in teasers and _is_label(above)}


def _announced_lists(article: Sequence[Block]) -> set[Element | None]:
    """Return the lists that stand right behind a paragraph which is more than a label and ends with a colon."""
    return {
        item.parent
        for above, item in pairwise(article)
        if item.tag == "li" and above.tag == "p" and above.text.endswith(":") and not _is_label(above)
    }


def _is_teaser(block: Block, url: str) -> bool:
    if len(block.text.split()) < _FEWEST_TEASER_WORDS or _ends_sentence(block.text) or block.is_in_unit:
        return False
    is_card = any(tag_of(around) == "a" for around in block.element.iterancestors())
    if block.is_heading and not is_card:
        return False
    links = list(block.links())
    share = sum(letters for _, letters in links) / block.letters
    return share >= _TEASER_LINK_SHARE and all(leads_to_other_page_of_site(link, url) for link, _ in links)


def leads_to_other_page_of_site(link: Element, url: str) -> bool:
    """Whether a link on the page with this address leads to another page of the same site or of a subdomain."""
    try:
        target = urldefrag(urljoin(url, link.get("href", "").strip())).url
        host, own_host = (f".{urlsplit(address).hostname or ''}".replace(".www.", ".", 1) for address in (target, url))
    except ValueError:  # no address at all, such as "http://[x"
        return False
    is_same_site = host != "." and (host.endswith(own_host) or own_host.endswith(host))
    return is_same_site and target != urldefrag(url).url


def _ends_sentence(text: str) -> bool:
    """Whether a mark that ends a sentence or a part of it stands behind the last letter, whatever else does."""
    behind = _NO_LETTERS.match(text[::-1])  # forwards, each of thousands of dots would be tried as the first
    return behind is not None and not _SENTENCE_ENDS.isdisjoint(behind[0])


def _is_label(block: Block) -> bool:
    words = block.text.split()
    return len(words) <= _MOST_LABEL_WORDS and block.tag != "li" and not _ends_sentence(block.text.rstrip(":"))


def _head(article: Sequence[Block], page: PageText) -> set[Block]:
    """Return what stands above the first paragraph in the head of the page: title, deck, date and time.

    A heading that stands beside the paragraphs, in the same element, is the author's, and no part of the head.
    """
    parents = paragraph_parents(article)
    beside = {block.parent if block.tag == "p" else block.element for block in article if not block.is_heading}
    return {
        block
        for block in _above_first_paragraph(article, parents)
        if (_around(block, page) not in beside if block.is_heading else _is_stamp(block))
    }


def _around(heading: Block, page: PageText) -> Element | None:
    """Return the element that a heading stands in; for those below `h1` past wrappers that hold nothing else.

    Generators of sites wrap each heading, to put a sign for linking to it; the title is wrapped to be set apart.
    """
    around = heading.parent
    while heading.tag != "h1" and around is not None and page.letters_in(around) == heading.letters:
        around = around.getparent()
    return around


def _above_first_paragraph(article: Iterable[Block], parents: set[Element]) -> Iterator[Block]:
    for block in article:
        if not block.is_heading and (
            block.letters >= _FIRST_PARAGRAPH or (block.tag == "p" and block.parent in parents)
        ):
            return
        yield block


def _is_stamp(block: Block) -> bool:
    """Whether a block is a line with a time or a year, and no sentence."""
    is_line = len(block.text.split()) <= _MOST_STAMP_WORDS and not _ends_sentence(block.text)
    return is_line and not block.is_in_unit and _STAMP.search(block.text) is not None


def _sign_off(article: Sequence[Block]) -> set[Block]:
    """Return the end of an article from where it calls to follow or subscribe, or names its sources or tags."""
    total = sum(block.letters for block in article)
    for start in range(max(0, len(article) - _LAST_BLOCKS), len(article)):
        end = article[start:]
        if article[start].tag != "li" and _SIGN_OFF.search(article[start].text) and _may_be_sign_off(end, total):
            return set(end)
    return set()


def _may_be_sign_off(end: Sequence[Block], total: int) -> bool:
    is_small = sum(block.letters for block in end) <= _LARGEST_SIGN_OFF * total
    return is_small and not any(block.is_in_unit or block.letters > _LONGEST_SIGN_OFF for block in end)
