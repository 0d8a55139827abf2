"""Reads HTML into a tree, as trafilatura does, but with elements that are quicker to make."""

import re
from typing import Final

from lxml.etree import ElementDefaultClassLookup, HTMLParser, ParserError
from lxml.html import HtmlElement, document_fromstring

_CODE_TAGS: Final = ("script", "style", "svg")
_MOST_FACTS: Final = 100_000
"""Characters of JSON-LD that are read of a page; the script that exceeds them and those after it are not."""
_LONGEST_FACT: Final = 5_000
"""Characters of the content of one `meta` element that is read."""
_BEGINNING: Final = 4_096
"""Characters that hold the document type and the start tag of the root."""
_ADDRESS_IN_DOCTYPE: Final = re.compile(r"\A\s*<\s?!\s?doctype[^>/]*/[^<>]*>", re.I)
"""A document type with an address, which lxml may stumble over (its bug 1955915)."""
_CLOSED_ROOT: Final = re.compile(r"(<html[^>]*?)\s*/>", re.I)
"""A root that its own start tag closes, which leaves the page outside of it."""
_CONTROLS: Final = bytes({*range(0x20)} - {*b"\t\n\r"})
_NO_CHARACTERS: Final = ("\ufffe".encode(), "\uffff".encode())
"""What XML excludes besides."""


def parsed_page(html: str) -> HtmlElement | None:
    """Return the tree of a page without comments; None if there is no element in it.

    lxml.html asks a Python function for the class of each element that is looked at, to give form fields methods of
    their own. Here all are of one class, which lxml sets without asking.
    """
    parser = HTMLParser(
        encoding="utf-8", collect_ids=False, default_doctype=False, remove_comments=True, remove_pis=True
    )
    parser.set_element_class_lookup(ElementDefaultClassLookup(element=HtmlElement))
    if "<" not in html:
        return None
    try:
        return document_fromstring(_repaired(html), parser=parser)
    except ParserError:  # there is nothing in it
        return None


def _repaired(html: str) -> bytes:
    """Return a page without what libxml2 stumbles over; the same that trafilatura repairs.

    Control characters are taken out of the bytes, ten times as fast as a pattern takes them out of characters.
    """
    beginning = _CLOSED_ROOT.sub(r"\1>", _ADDRESS_IN_DOCTYPE.sub("", html[:_BEGINNING], count=1), count=1)
    page = f"{beginning}{html[_BEGINNING:]}".encode("utf-8", "replace").translate(None, _CONTROLS)
    for excluded in _NO_CHARACTERS:
        page = page.replace(excluded, b"")
    return page


def without_code(page: HtmlElement) -> HtmlElement:
    """Return the page after taking its scripts, style sheets and drawings out; facts for search engines stay.

    Facts of more characters than any page needs are taken out too: trafilatura searches them with patterns that take
    time quadratic in the length, a minute for 400,000 characters of JSON-LD that is not valid.
    """
    for meta in [meta for meta in page.iter("meta") if len(meta.get("content", "")) > _LONGEST_FACT]:
        meta.drop_tree()
    left = _MOST_FACTS
    for element in list(page.iter(*_CODE_TAGS)):
        states_facts = "json" in element.get("type", "")
        left -= len(element.text or "") if states_facts else 0
        if not states_facts or left < 0:
            element.drop_tree()
    return page
