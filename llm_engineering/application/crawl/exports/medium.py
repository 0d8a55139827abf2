"""Reads the archive of Medium ("Download your information"): stories and responses, one page each under posts/.

Medium says in https://help.medium.com/hc/en-us/articles/115004745787 what the archive holds, not how. The pages are
marked up as microformats h-entry (https://microformats.org/wiki/h-entry): `p-name`, `p-summary`, `e-content`,
`p-author`, `dt-published`, and Medium's own `p-canonical`; paragraphs of the body have classes that start with `graf`.
The other folders (claps, bookmarks, highlights, sessions, ...) are private and not opened.
"""

import re
from collections.abc import Iterator
from typing import Final

from bs4 import BeautifulSoup, Tag

from llm_engineering.application.crawl.exports.archive import Archive
from llm_engineering.application.crawl.exports.faults import ExportFault, dropped
from llm_engineering.application.crawl.exports.markup import attribute, markdown_of, parsed, text_of
from llm_engineering.application.crawl.exports.pieces import (
    Found,
    Piece,
    member_pattern,
    pieces_of,
    published_address,
)
from llm_engineering.domain.documents import Category

_POSTS: Final = member_pattern(r"posts/(?:draft|\d{4}-\d{2}-\d{2})_[^/]*[0-9a-f]{8,12}\.html")
PUBLISHED: Final = (_POSTS,)
"""What is read."""
MARKS: Final = PUBLISHED
"""Names that only the archives of Medium have: a date or "draft", the title and the number of the story."""

_DRAFT: Final = re.compile(r"(?:.*/)?draft_[^/]*")
_SITE: Final = "https://medium.com/"


def read(archive: Archive) -> Iterator[Found]:
    """Yield the member's stories as articles and responses to other people's as posts."""
    return pieces_of(archive, _POSTS, _story)


def owner_of(_archive: Archive) -> None:
    """Return None: the archive has a display name only, which need not be a person's."""


def _story(name: str, html: str) -> Iterator[Found]:
    if _DRAFT.fullmatch(name):
        yield dropped(name, ExportFault.DRAFT, "The story was not published when the archive was made.")
        return
    page = parsed(html)
    body = page.select_one("section[data-field=body], .e-content")
    if body is None:
        yield dropped(name, ExportFault.UNKNOWN_LAYOUT, "The page has no body that is marked as e-content.")
        return
    yield _piece(name, page, body)


def _piece(name: str, page: BeautifulSoup, body: Tag) -> Found:
    """Return a story. One whose body has no heading with its title is a response, which has no title of its own."""
    address = published_address(attribute(page.select_one("a.p-canonical"), "href"))
    title = text_of(page.select_one("h1.p-name"))
    heading = _title_heading(body, title)
    subtitle = _subtitle(page, body)
    if heading:
        heading.decompose()
    text = markdown_of(name, body, address or _SITE)
    if not text:
        return dropped(name, ExportFault.NO_CONTENT, "The page has no text below its title.")
    return Piece(
        place=name,
        category=Category.ARTICLES if heading else Category.POSTS,
        text=text,
        address=address,
        title=title if heading else None,
        subtitle=subtitle if heading else None,
        facts={
            "published_at": attribute(page.select_one("time.dt-published"), "datetime"),
            "author": text_of(page.select_one(".p-author")),
        },
    )


def _title_heading(body: Tag, title: str | None) -> Tag | None:
    marked = body.select_one(".graf--title")
    if marked:
        return marked
    return next((heading for heading in body.select("h1, h2, h3, h4") if title and text_of(heading) == title), None)


def _subtitle(page: BeautifulSoup, body: Tag) -> str | None:
    """Take the subtitle out of the body and return it; else the summary, unless it is the beginning of the text."""
    marked = body.select_one(".graf--subtitle")
    if marked:
        subtitle = text_of(marked)
        marked.decompose()
        return subtitle
    summary = text_of(page.select_one("section[data-field=subtitle], .p-summary"))
    is_excerpt = not summary or summary.endswith(("…", "...")) or summary in (text_of(body) or "")
    return None if is_excerpt else summary
