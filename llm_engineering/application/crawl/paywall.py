"""Whether a page shows only the beginning of an article that others pay for.

Each rule is sure in the sense that an article is not lost to it: what a page sells may be whole in it all the same (a
friend's link, a free quota, a text that only styles hide), and then it is kept.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from lxml.etree import _Element as Element

from llm_engineering.application.crawl.json_ld import JsonLd, article_nodes
from llm_engineering.application.crawl.platforms import MEDIUM, SUBSTACK

_STUB_WORDS: Final = 300
"""A page that is not free and says nothing else counts as cut if fewer words than these are in it: publishers show a
paragraph or two, and hardly any article that is sold is that short."""
_WHOLE_SHARE: Final = 0.6
"""With so much of the number of words that the page declares an article counts as whole: extraction leaves out
captions, and publishers count them."""
_PAID_PART_WORDS: Final = 50
"""With so many words in the part that is declared as paid, that part was sent."""

_MEDIUM_STATE: Final = re.compile(r'"isLockedPreviewOnly"\s*:\s*(true|false)')
_MEDIUM_WALL: Final = "made this story available to medium members only"
"""What Medium says below the part of a story that it shows to those who have not signed in."""
_CLASS_SELECTOR: Final = re.compile(r"\.([\w-]+)")


@dataclass(frozen=True, slots=True)
class Paywall:
    """What a page says of the part that is not in it."""

    note: str | None = None
    """What shows by itself that the article is cut."""
    declared_words: tuple[int, ...] = ()
    """Length of each article that is declared as not free, 0 where it is not stated; what was sent may be all of it."""

    def sign(self, words: Callable[[], int]) -> str | None:
        """Return what shows that a page has only the beginning of its article; None if nothing does.

        Args:
            words: Returns how many words of the article were found in the page; asked only if that decides.
        """
        if self.note or not self.declared_words:
            return self.note
        found = words()
        return next(
            (_words_sign(found, declared) for declared in self.declared_words if _is_cut(found, declared)), None
        )


def paywall_of(tree: Element, platform: str) -> Paywall:
    """Return what a page says of the part that is not in it.

    Args:
        tree: The page, with its scripts.
        platform: What `platform_of` says of it.
    """
    if platform == MEDIUM:
        return Paywall(_medium_sign(tree))
    if platform == SUBSTACK and _has_substack_wall(tree):
        return Paywall("Substack's note that the rest is for subscribers")
    if next(_of_class(tree, "gh-post-upgrade-cta"), None) is not None:
        return Paywall("Ghost's note that the rest is for members")
    articles = (node for node in article_nodes(tree) if _is_sold(tree, node))
    return Paywall(declared_words=tuple(_number(article.get("wordCount")) for article in articles))


def _medium_sign(tree: Element) -> str | None:
    """Return Medium's sign: the state that its page carries says whether the story is cut, and else its note.

    That a story is for members, in words or in JSON-LD, says nothing: with a friend's link it is whole.
    """
    states = {state for script in tree.iter("script") for state in _MEDIUM_STATE.findall(script.text or "")}
    if states == {"true"}:
        return "Medium's state isLockedPreviewOnly"
    if states == {"false"}:  # with both, of this story and of others that it names, only the note is sure
        return None
    notes = (" ".join("".join(note.itertext()).split()).lower() for note in tree.iter("p", "h2", "h3", "div"))
    has_note = any(len(note) < len(_MEDIUM_WALL) * 4 and _MEDIUM_WALL in note for note in notes)
    return "Medium's note that the rest is for members" if has_note else None


def _has_substack_wall(tree: Element) -> bool:
    return any(
        element.get("data-testid") == "paywall" or element.get("data-component-name") == "Paywall"
        for element in tree.iter("div", "section", "aside")
    )


def _is_sold(tree: Element, article: JsonLd) -> bool:
    """Whether an article is declared as not free, and the part that is paid for was not sent.

    See https://developers.google.com/search/docs/appearance/structured-data/paywalled-content.
    """
    parts = article.get("hasPart")
    parts = parts if isinstance(parts, list) else [parts]
    paid_parts = [part for part in parts if isinstance(part, dict) and _is_paid(part)]
    if not (_is_paid(article) or paid_parts):
        return False
    return not any(_words_of(tree, part) >= _PAID_PART_WORDS for part in paid_parts)


def _is_cut(words: int, declared: int) -> bool:
    return words < declared * _WHOLE_SHARE if declared else words < _STUB_WORDS


def _words_sign(words: int, declared: int) -> str:
    return f"isAccessibleForFree is false, and there are {words} words of {declared or 'it'}"


def _is_paid(node: JsonLd) -> bool:
    value = node.get("isAccessibleForFree")
    return value is False or (isinstance(value, str) and value.strip().lower().rpartition("/")[2] == "false")


def _words_of(tree: Element, part: JsonLd) -> int:
    """Return how many words are in the elements that a part names; Google asks for selectors by class."""
    selectors = part.get("cssSelector")
    names = (name for text in (selectors if isinstance(selectors, list) else [selectors]) for name in _classes(text))
    texts = ("".join(element.itertext()) for name in names for element in _of_class(tree, name))
    return sum(len(text.split()) for text in texts)


def _classes(selector: object) -> list[str]:
    return _CLASS_SELECTOR.findall(selector) if isinstance(selector, str) else []


def _of_class(tree: Element, name: str) -> Iterator[Element]:
    """Yield the elements of a class but those that show nothing."""
    return (
        element
        for element in tree.iter("article", "aside", "div", "main", "p", "section", "span")
        if name in (element.get("class") or "").split()
    )


def _number(value: object) -> int:
    try:
        return int(value) if isinstance(value, int | float | str) else 0
    except (OverflowError, ValueError):
        return 0
