"""What a page says about itself: title, description, author, day of publication."""

from contextlib import suppress
from typing import Any, Final

from lxml.html import HtmlElement
from trafilatura.metadata import (  # type: ignore[attr-defined]  # find_date is htmldate's, which trafilatura requires
    Document,
    examine_meta,
    extract_author,
    extract_meta_json,
    extract_title,
    extract_url,
    find_date,
)

_DATES: Final[dict[str, Any]] = {"original_date": True, "extensive_search": False}
"""The date of publication, and only where the page states one: a date found in running text is a guess."""
_MALFORMED: Final = (AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What trafilatura raises at JSON-LD of a shape that it does not expect; what it had read until then stays."""


def stated_facts(page: HtmlElement, url: str) -> Document:
    """Return what a page says about itself, as `extract_metadata` of trafilatura finds it, in half the time.

    Left out are tags, categories, licence and the name of the site, which nobody here asks for. trafilatura looks for
    them in every element of the page.

    Args:
        page: The page. It stays as it is.
        url: Its address.
    """
    facts = examine_meta(page)
    if facts.author and " " not in facts.author:
        facts.author = None  # one word is the name of an account rather than of a person
    with suppress(*_MALFORMED):
        facts = extract_meta_json(page, facts)
    facts.title = facts.title or extract_title(page)
    facts.author = facts.author or extract_author(page)
    facts.date = find_date(page, url=facts.url or extract_url(page, url), **_DATES)
    facts.clean_and_trim()
    return facts
