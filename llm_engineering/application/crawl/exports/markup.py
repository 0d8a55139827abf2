"""The HTML inside export archives: BeautifulSoup finds its parts, the renderer of crawled pages writes them."""

from typing import Final

import lxml.html
from bs4 import BeautifulSoup, Tag

from llm_engineering.application.crawl.exports.archive import MemberError
from llm_engineering.application.crawl.exports.faults import ExportFault
from llm_engineering.application.crawl.rendering import Renderer
from llm_engineering.application.crawl.styles import MARKDOWN

_PARSER: Final = "lxml"


def parsed(html: str) -> BeautifulSoup:
    """Return the tree of a page or a part of one."""
    return BeautifulSoup(html, _PARSER)


def text_of(element: Tag | None) -> str | None:
    """Return the text of an element on one line; None if there is no element or no text."""
    return (" ".join(element.get_text().split()) or None) if element else None


def attribute(element: Tag | None, name: str) -> str | None:
    """Return the value of an attribute; None if there is no element or no such attribute."""
    value = element.get(name) if element else None
    return value if isinstance(value, str) else None


def markdown_of(name: str, element: Tag, base_url: str) -> str:
    """Return an element as Markdown, as the article of a crawled page is written; pictures become their descriptions.

    Args:
        name: Name of the member that it stands in.
        element: The body; its pictures are replaced.
        base_url: Address that relative links start from.

    Raises:
        MemberError: Its elements are nested too deeply, which no service writes.
    """
    for picture in element.find_all("img"):
        description, source = attribute(picture, "alt"), attribute(picture, "src")
        if description and description.strip() and source:
            picture.replace_with(f"![{' '.join(description.split())}]({source})")
    try:
        content = lxml.html.fragment_fromstring(element.decode_contents(), create_parent="div")
        return Renderer(MARKDOWN, base_url).render(content)
    except RecursionError as error:
        raise MemberError(name, ExportFault.UNKNOWN_LAYOUT, "has elements that are nested too deeply") from error
