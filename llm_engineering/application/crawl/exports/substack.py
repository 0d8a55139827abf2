"""Reads the archive of a Substack publication (Settings, Export): posts.csv and one page per post under posts/.

Columns of posts.csv: post_id, post_date, is_published, email_sent_at, inbox_sent_at, type, audience, title, subtitle,
podcast_url; post_id is the number of the post, a dot and the last part of its address. Substack describes how to get
the archive in https://support.substack.com/hc/en-us/articles/360037466012, not what it holds; the importer of Ghost
(https://github.com/TryGhost/migrate, packages/mg-substack) reads the same layout. The lists of subscribers and of who
opened which mail are other people's data and not opened.
"""

import re
from collections.abc import Iterator
from typing import Final

from llm_engineering.application.crawl.exports.archive import Archive, MemberError
from llm_engineering.application.crawl.exports.faults import ExportFault, dropped
from llm_engineering.application.crawl.exports.markup import markdown_of, parsed
from llm_engineering.application.crawl.exports.pieces import Found, Piece, member_pattern, pieces_of, published_address
from llm_engineering.application.crawl.exports.tables import Row, rows_of
from llm_engineering.domain.documents import Category
from llm_engineering.domain.outcomes import Dropped

_TABLE: Final = member_pattern(r"posts\.csv")
_PAGES: Final = member_pattern(r"posts/[^/]+\.html")
PUBLISHED: Final = (_TABLE, _PAGES)
"""What is read."""
MARKS: Final = (_TABLE,)
"""Names that only the archives of Substack have."""

_SUBSCRIBERS: Final = member_pattern(r"email_list\.(?P<publication>[a-z0-9-]+)\.csv")
_SITE: Final = "https://substack.com/"
_NOT_OF_THE_TEXT: Final = (
    ".subscription-widget-wrap, .subscription-widget-wrap-editor, .subscription-widget, .button-wrapper,"
    " .captioned-button-wrap, .image-link-expand, .paywall-jump"
)
"""Forms, buttons and the line from which on a post is for subscribers who pay."""


def read(archive: Archive) -> Iterator[Found]:
    """Yield the posts of the publication as articles. Those for subscribers who pay are the author's words too."""
    home = _home(archive)
    pages = {name.rpartition("/")[2].removesuffix(".html"): name for name in archive.matching(_PAGES)}

    def read_table(name: str, text: str) -> Iterator[Found]:
        for row in rows_of(name, text, ("post_id", "post_date", "is_published", "title")):
            yield row if isinstance(row, Dropped) else _post(archive, row, home, _take_page(pages, row["post_id"]))

    yield from pieces_of(archive, _TABLE, read_table)
    for name in pages.values():
        yield dropped(name, ExportFault.NOT_LISTED, "posts.csv does not say whether the post is published.")


def owner_of(_archive: Archive) -> None:
    """Return None: the archive does not say who wrote the posts."""


def _home(archive: Archive) -> str | None:
    """Return the address of the publication, which only the name of the list of its subscribers tells."""
    names = (_SUBSCRIBERS.fullmatch(name) for name in archive.names)
    publications = {match["publication"] for match in names if match}
    return f"https://{publications.pop()}.substack.com/" if len(publications) == 1 else None


def _take_page(pages: dict[str, str], post_id: str) -> str | None:
    """Take the page of a post out of those that are left; in some archives post_id is the number alone."""
    found = next((key for key in pages if key == post_id or key.partition(".")[0] == post_id), None)
    return pages.pop(found) if found else None


def _post(archive: Archive, row: Row, home: str | None, name: str | None) -> Found:
    place = name or f"posts.csv:{row['post_id']}"
    if row["is_published"].strip().lower() != "true":
        return dropped(place, ExportFault.DRAFT, "The post was not published when the archive was made.")
    if name is None:
        return dropped(place, ExportFault.NO_CONTENT, "The archive has no page of the post.")
    slug = name.rpartition("/")[2].removesuffix(".html").partition(".")[2]
    address = published_address(f"{home}p/{slug}") if home and slug else None
    try:
        text = _text(name, archive.text(name), address or home or _SITE)
    except MemberError as error:
        return error.drop
    if not text:
        return dropped(place, ExportFault.NO_CONTENT, "The page of the post has no text.")
    return Piece(
        place=place,
        category=Category.ARTICLES,
        text=text,
        address=address,
        title=row["title"].strip() or re.sub("[-_]+", " ", slug) or None,
        subtitle=row.get("subtitle", "").strip() or None,
        facts={
            "published_at": row["post_date"].strip() or None,
            "type": row.get("type", "").strip() or None,
            "audience": row.get("audience", "").strip() or None,
            "podcast_url": published_address(row.get("podcast_url")),
        },
    )


def _text(name: str, html: str, base_url: str) -> str:
    body = parsed(html).body
    if body is None:
        return ""
    for element in body.select(_NOT_OF_THE_TEXT):
        if not element.decomposed:
            element.decompose()
    return markdown_of(name, body, base_url)
