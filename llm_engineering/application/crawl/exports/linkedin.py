r"""Reads the archive of LinkedIn ("Get a copy of your data"): posts, comments and articles of its member.

LinkedIn publishes no description of the files. This follows archives of 2019 to 2026: tables have English names of
columns in every language of the account, and newer archives put the number of the member into the names of tables
("Shares_155814142.csv"). What readers have to know of their quoting:

- Shares.csv doubles quotes; in some archives each line of a commentary is quoted once more, so that a line break reads
  as `"`, line feed, `"`, and quotes are doubled twice.
- Comments.csv escapes quotes with a backslash (`\"`), in other archives it doubles them.

Times have no zone in these files and are handed on without one.
"""

import re
from collections.abc import Iterator
from typing import Final

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
from llm_engineering.application.crawl.exports.tables import Row, rows_of
from llm_engineering.domain.documents import Category
from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.outcomes import Dropped

_SHARES: Final = member_pattern(r"Shares(?:_\d+)?\.csv")
_COMMENTS: Final = member_pattern(r"Comments(?:_\d+)?\.csv")
_ARTICLES: Final = member_pattern(r"Articles/(?:Articles/)?[^/]+\.html")
_PROFILE: Final = member_pattern(r"Profile(?:_\d+)?\.csv")
PUBLISHED: Final = (_SHARES, _COMMENTS, _ARTICLES)
"""What is read. Messages, contacts, reactions, searches and all other tables are private or not the member's words."""
MARKS: Final = (*PUBLISHED, _PROFILE, member_pattern(r"(?:Connections|Rich_Media|Email Addresses|Registration)\.csv"))
"""Names that only the archives of LinkedIn have; the part that is ready first has none of the published ones."""

_SITE: Final = "https://www.linkedin.com/"
_TIME: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2})?))?")
_DIGITS_OF_A_SECOND: Final = len("20260508093000")
_QUOTES: Final = re.compile('"+')


def read(archive: Archive) -> Iterator[Found]:
    """Yield the member's posts, comments and articles."""
    yield from pieces_of(archive, _SHARES, _shares)
    yield from pieces_of(archive, _COMMENTS, _comments)
    yield from pieces_of(archive, _ARTICLES, _article)


def owner_of(archive: Archive) -> str | None:
    """Return the full name of the member whose archive it is; None if there is no profile in it, or no name in that.

    Raises:
        MemberError: The profile cannot be read, so that anybody's archive it could be.
    """
    profiles = (rows_of(name, archive.text(name), ("First Name", "Last Name")) for name in archive.matching(_PROFILE))
    row = next((row for rows in profiles for row in rows if not isinstance(row, Dropped)), None)
    return f"{row['First Name'].strip()} {row['Last Name'].strip()}".strip() or None if row else None


def _shares(name: str, text: str) -> Iterator[Found]:
    for row in rows_of(name, text, ("Date", "ShareLink", "ShareCommentary")):
        yield row if isinstance(row, Dropped) else _share(name, row)


def _share(name: str, row: Row) -> Found:
    words = _unquoted(row["ShareCommentary"])
    place = f"{name}:{_mark(row['Date'], words)}"
    if not words:
        detail = f"{row['ShareLink'][:200]!r} passes on a post of somebody else, or shows media only."
        return dropped(place, ExportFault.NO_WORDS, detail)
    return Piece(
        place=place,
        category=Category.POSTS,
        text=words,
        address=published_address(row["ShareLink"]),
        image=published_address(row.get("MediaUrl")),
        facts={
            "published_at": _time(row["Date"]),
            "shared_url": published_address(row.get("SharedUrl")),
            "visibility": row.get("Visibility", "").strip() or None,
        },
    )


def _comments(name: str, text: str) -> Iterator[Found]:
    for row in rows_of(name, text.replace(r"\"", '""'), ("Date", "Link", "Message")):
        yield row if isinstance(row, Dropped) else _comment(name, row)


def _comment(name: str, row: Row) -> Found:
    """Return a comment; its address is that of the post above it, with a fragment that names the comment."""
    words = _unquoted(row["Message"])
    mark = _mark(row["Date"], words)
    place = f"{name}:{mark}"
    if not words:
        return dropped(place, ExportFault.NO_WORDS, "The comment is a picture only.")
    post = published_address(row["Link"])
    return Piece(
        place=place,
        category=Category.POSTS,
        text=words,
        address=post and f"{post}#comment-{mark}",
        facts={"published_at": _time(row["Date"]), "in_reply_to": post},
    )


def _article(name: str, html: str) -> Iterator[Found]:
    """Yield the article of a page: h1 with a link, paragraphs "created" and "published", and the body in a div."""
    page = parsed(html)
    published = _time(text_of(page.select_one("p.published")) or "")
    if published is None:
        detail = "The page has no date of publication. If the article is public, name its link as a source."
        yield dropped(name, ExportFault.DRAFT, detail)
        return
    address = published_address(attribute(page.select_one("h1 a[href]"), "href"))
    body = page.select_one("body > div")
    text = markdown_of(name, body, address or _SITE) if body else ""
    if not text:
        yield dropped(name, ExportFault.NO_CONTENT, "The page has no text below its title.")
        return
    yield Piece(
        place=name,
        category=Category.ARTICLES,
        text=text,
        address=address,
        title=text_of(page.select_one("h1")) or text_of(page.select_one("title")),
        facts={"published_at": published},
    )


def _unquoted(words: str) -> str:
    """Return what a member wrote, without the quotes that some archives put around each line of it.

    They are there if every line break stands between quotes and all other quotes are doubled.
    """
    first, *others = words.split("\n")
    if others:
        *middle, last = others
        is_quoted = first.endswith('"') and last.startswith('"') and all(map(_is_in_quotes, middle))
        bare = "\n".join([first[:-1], *(line[1:-1] for line in middle), last[1:]])
        if is_quoted and all(len(quotes) % 2 == 0 for quotes in _QUOTES.findall(bare)):
            return bare.replace('""', '"').strip()
    return words.strip()


def _is_in_quotes(line: str) -> bool:
    return line.startswith('"') and line.endswith('"')


def _mark(date: str, words: str) -> str:
    """Return what tells a row from others: its second; where that is not stated, a digest of its words too."""
    digits = re.sub(r"\D", "", date)
    return digits if len(digits) == _DIGITS_OF_A_SECOND else f"{digits}-{content_hash(words)[:12]}"


def _time(text: str) -> str | None:
    """Return the first time of a text in ISO 8601, to the precision that it has; None if there is none."""
    match = _TIME.search(text)
    if match is None:
        return None
    date, clock = match.groups()
    return f"{date}T{clock}" if clock else date
