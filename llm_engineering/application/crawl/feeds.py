"""Feeds: what RSS, Atom and JSON Feed say about which posts there are."""

import calendar
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

import feedparser  # type: ignore[import-untyped]  # it publishes no types
from feedparser import mixin

from llm_engineering.application.crawl.addresses import absolute_address
from llm_engineering.application.crawl.decoding import decoded, root_name
from llm_engineering.application.crawl.fetching import FailureReason, ListingError
from llm_engineering.application.crawl.port import Page

_ROOTS: Final = frozenset({"rss", "feed", "rdf"})
_JSON_FEED_VERSION: Final = "https://jsonfeed.org/version/"


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One post that a feed lists."""

    address: str
    """Absolute."""
    title: str | None = None
    published_at: datetime | None = None
    """When it was published, else when it was last changed (UTC)."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One page of a feed."""

    entries: tuple[FeedEntry, ...]
    """In the order of the feed; feeds list the newest first."""
    unreadable: int = 0
    """Entries that lead to no web page."""
    next_address: str | None = None
    """Where the feed says that it continues (RFC 5005; `next_url` of JSON Feed)."""
    is_wordpress: bool = False
    """Whether it comes from WordPress, whose feeds continue at `?paged=2` without saying so
    (https://developer.wordpress.org/reference/classes/wp_query/#pagination-parameters)."""


def parsed_feed(page: Page) -> Feed | None:
    """Return the feed that a page is, or None if it is none.

    RSS 0.9 to 2.0, RDF, Atom and JSON Feed 1 are read. Relative links start from `xml:base`, else from the address of
    the page. Of a feed that is damaged or cut off the entries before the fault are returned. Nothing is fetched and
    no entity is expanded that the feed declares itself.

    Raises:
        ListingError: It is damaged so badly that nothing can be read.
    """
    if root_name(page) in _ROOTS:
        return _xml_feed(page)
    return _json_feed(page) if page.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" else None


def _xml_feed(page: Page) -> Feed:
    headers = {"content-location": page.url, "content-type": "application/xml"}
    if page.charset:
        headers["content-type"] += f"; charset={page.charset}"
    _look_for_no_authors()
    try:
        # A stream: feedparser takes a text for an address or the name of a file, which it would open.
        parsed = feedparser.parse(
            BytesIO(page.body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except (LookupError, ValueError) as error:  # how it fails on characters, encodings and nestings that make no sense
        raise ListingError(
            FailureReason.BAD_RESPONSE,
            f"The feed {page.url} cannot be read: {error}.",
            remedy="Tell the owner of the site, or give the address of the sitemap.",
        ) from error
    entries = [_xml_entry(entry, page.url) for entry in parsed.entries]
    readable = tuple(entry for entry in entries if entry)
    return Feed(
        entries=readable,
        unreadable=len(entries) - len(readable),
        next_address=_next_address(parsed.feed, page.url),
        is_wordpress="wordpress" in str(parsed.feed.get("generator", "")).lower(),
    )


def _look_for_no_authors() -> None:
    """Keep feedparser from searching the names of authors for e-mail addresses, which nobody asks it for.

    Its pattern takes time quadratic in the length of a name: one of 200,000 letters stops all threads for minutes.
    There is no option for it; the method only fills in details of authors.
    """
    mixin._FeedParserMixin._sync_author_detail = _nothing_to_do


def _nothing_to_do(*_arguments: object) -> None:
    """Stand in for a method that is not wanted."""


def _xml_entry(entry: Mapping[str, Any], base: str) -> FeedEntry | None:
    # FeedBurner links to itself and keeps the post's own address aside.
    address = absolute_address(base, entry.get("feedburner_origlink") or entry.get("link"))
    if address is None:
        return None
    facts = dict(entry)  # feedparser's own mapping warns when a date is not there
    moment = facts.get("published_parsed") or facts.get("updated_parsed")
    return FeedEntry(address, title=facts.get("title") or None, published_at=_utc(moment))


def _utc(moment: time.struct_time | None) -> datetime | None:
    """Return a time that feedparser has read, which is in UTC; None for one that is out of range."""
    try:
        return datetime.fromtimestamp(calendar.timegm(moment), UTC) if moment else None
    except (OverflowError, ValueError, OSError):
        return None


def _next_address(feed: Mapping[str, Any], base: str) -> str | None:
    targets = (link.get("href") for link in feed.get("links", ()) if link.get("rel") == "next")
    return next((address for target in targets if (address := absolute_address(base, target))), None)


def _json_feed(page: Page) -> Feed | None:
    """Return a JSON Feed (https://www.jsonfeed.org/version/1.1/)."""
    try:
        feed = json.loads(decoded(page).removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(feed, dict) or not str(feed.get("version", "")).startswith(_JSON_FEED_VERSION):
        return None
    items = feed.get("items")
    entries = [_json_entry(item, page.url) for item in items] if isinstance(items, list) else []
    readable = tuple(entry for entry in entries if entry)
    return Feed(readable, len(entries) - len(readable), absolute_address(page.url, feed.get("next_url")))


def _json_entry(item: object, base: str) -> FeedEntry | None:
    if not isinstance(item, dict):
        return None
    # The specification asks for an id that is the address wherever there is one.
    identifier = item.get("id")
    is_address = isinstance(identifier, str) and "://" in identifier
    address = absolute_address(base, item.get("url") or (identifier if is_address else None))
    if address is None:
        return None
    title = item.get("title")
    moment = item.get("date_published") or item.get("date_modified")
    return FeedEntry(address, title=title if isinstance(title, str) else None, published_at=_iso_moment(moment))


def _iso_moment(text: object) -> datetime | None:
    """Return an RFC 3339 time in UTC; None if it is none, or does not say which zone it is in."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        return moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (OverflowError, ValueError):
        return None
