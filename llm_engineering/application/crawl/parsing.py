"""Reads HTML into a tree, as trafilatura does, but with elements that are quicker to make."""

from typing import Final

from lxml.etree import ElementDefaultClassLookup, HTMLParser, ParserError
from lxml.html import HtmlElement, document_fromstring
from trafilatura.utils import repair_faulty_html

_CODE_TAGS: Final = ("script", "style", "svg")
_MOST_FACTS: Final = 100_000
"""Characters of JSON-LD that are read of a page; the script that exceeds them and those after it are not."""
_LONGEST_FACT: Final = 5_000
"""Characters of the content of one `meta` element that is read."""
_BEGINNING: Final = 50
"""Characters in which trafilatura looks for a document type."""


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
    repaired = repair_faulty_html(html, html[:_BEGINNING].lower())
    try:
        return document_fromstring(repaired.encode("utf-8", "replace"), parser=parser)
    except ParserError:  # there is nothing in it
        return None


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
