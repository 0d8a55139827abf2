"""Takes out of a page the text that its readers do not see, where instructions for machines are put.

A page may also hide its own article until a script shows it, so nothing is taken for hidden that holds much of the
page, or that a reader can open. `aria-hidden` hides nothing from the eye, and comments and values of form fields are
no text. Styles in files of their own are not known: what only they hide stays.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from lxml.etree import XPath
from lxml.etree import _Element as Element

from llm_engineering.application.crawl.furniture import names_of
from llm_engineering.application.crawl.hidden import visible_text
from llm_engineering.application.crawl.html_tree import tag_of
from llm_engineering.application.crawl.page_styles import (
    declarations_of,
    has_no_font,
    hiding_selectors,
    is_fading,
    is_hiding,
)

_LARGEST_HIDDEN: Final = 0.4
"""Share of the letters of a page above which a way to hide is a way to show later: it fades in, loads, or is AMP."""
_ROOTS: Final = frozenset({"html", "body", "main"})
_FALLBACKS: Final = frozenset({"noscript", "template"})
_TEXTS: Final = XPath(
    "descendant::text()[not(parent::head or parent::script or parent::style or parent::title)]", smart_strings=False
)
_MAY_BE_HIDDEN: Final = XPath("//*[@style or @hidden or self::noscript or self::template]")
_NAMED: Final = XPath("//*[@class or @id]")
_SIZED: Final = XPath("descendant::*[contains(@style, 'font')]")
_SCREENS: Final = frozenset({"", "all", "screen"})
_REFERENCES: Final = XPath(
    "//@aria-controls | //@data-bs-target | //@data-target | //@href[starts-with(., '#')]", smart_strings=False
)
_OPENED: Final = re.compile(
    r"accordion|answer|collapse|collapsible|expand|faq|panel|read-?more|spoiler|(?<![a-z])tab(?![a-z])", re.I
)
"""Names of parts of a page that open when their title is clicked on."""
_CLICKED_TAGS: Final = frozenset({"a", "button", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "summary"})
_LONGEST_TITLE: Final = 300


def without_hidden(page: Element) -> int:
    """Take the hidden elements out of a page and return how many characters of text they held.

    White space at the ends is not counted, and between words as one character. Text of scripts and style sheets is
    code, and not counted. A `noscript` that holds the article, and what a `template` shows as a shadow root (HTML
    standard), become parts of the page.
    """
    _show(template for template in list(page.iter("template")) if "shadowrootmode" in template.attrib)
    candidates = _candidates(page)
    if not candidates:
        return 0
    most = _LARGEST_HIDDEN * _length(page)
    _show(element for element in candidates if tag_of(element) == "noscript" and _length(element) > most)
    ids = _opened_ids(page)
    opened = {element for element in candidates if _may_be_opened(element, ids)}
    _open(opened)
    hidden = {element for element in candidates - opened if _length(element) <= most}
    fading = {element for element in hidden if is_fading(declarations_of(element.get("style", "")))}
    if sum(map(_length, _outermost(fading))) > most:
        hidden -= fading
    outermost = _outermost(hidden)
    characters = sum(map(_length, outermost))
    for element in outermost:
        element.drop_tree()
    return characters


def without_invisible(tree: Element) -> int:
    """Take the invisible characters out of the text of a tree and return how many there were."""
    stripped = 0
    for element in tree.iter():
        for place in ("text", "tail"):
            text = getattr(element, place)
            if text and not text.isascii():
                visible = visible_text(text)
                stripped += visible.stripped
                if visible.stripped:
                    setattr(element, place, visible.text)
    return stripped


def _sheets(page: Element) -> Iterator[str]:
    """Yield the style sheets that hold on a screen whether or not scripts run."""
    for sheet in page.iter("style"):
        if sheet.get("media", "").strip().lower() in _SCREENS and next(sheet.iterancestors(*_FALLBACKS), None) is None:
            yield sheet.text or ""


def _candidates(page: Element) -> set[Element]:
    """Return the elements that are hidden at first, but for those around all of the page."""
    selectors = hiding_selectors(_sheets(page))
    candidates = {element for element in _MAY_BE_HIDDEN(page) if _is_hidden(element)}
    if selectors:
        candidates.update(element for element in _NAMED(page) if not selectors.isdisjoint(_selectors(element)))
    return {element for element in candidates if tag_of(element) not in _ROOTS}


def _is_hidden(element: Element) -> bool:
    is_marked = element.get("hidden", "until-found").lower() != "until-found"
    return is_marked or tag_of(element) in _FALLBACKS or _is_hidden_by_style(element)


def _is_hidden_by_style(element: Element) -> bool:
    text = element.get("style")
    if not text:
        return False
    style = declarations_of(text)
    return is_hiding(style) or (has_no_font(style) and not _SIZED(element))


def _selectors(element: Element) -> list[str]:
    names, name = element.get("class", ""), element.get("id")
    selectors = [f".{name}" for name in names.split()] if names else []
    return [*selectors, f"#{name}"] if name else selectors


def _show(elements: Iterable[Element]) -> None:
    for element in elements:
        element.tag = "div"


def _open(elements: Iterable[Element]) -> None:
    """Take off what hides elements, for which an extractor would leave them out."""
    for element in elements:
        for name in ("hidden", "style"):
            element.attrib.pop(name, None)


def _outermost(elements: set[Element]) -> list[Element]:
    return [element for element in elements if elements.isdisjoint(element.iterancestors())]


def _opened_ids(page: Element) -> set[str]:
    """Return the ids that controls of the page refer to."""
    return {name.removeprefix("#") for reference in _REFERENCES(page) for name in reference.split()}


def _may_be_opened(element: Element, ids: set[str]) -> bool:
    """Whether a reader can open a hidden element: a control refers to it, or it is named so and has a title above."""
    if element.get("id") in ids or element.get("role") == "tabpanel":
        return True
    named = any(map(_OPENED.search, (names_of(element), names_of(element.getparent()))))
    return named and _has_title(element)


def _has_title(element: Element) -> bool:
    """Whether what stands directly before an element is a short text to click on."""
    before = element.getprevious()
    if before is None:
        return False
    is_short = 0 < _length(before) <= _LONGEST_TITLE
    return is_short and (tag_of(before) in _CLICKED_TAGS or next(before.iter(*_CLICKED_TAGS), None) is not None)


def _length(element: Element) -> int:
    return len(" ".join("".join(_TEXTS(element)).split()))
