"""Reads the feeds and sitemaps that say which pages a site has, page after page and file after file."""

from collections import deque
from collections.abc import Generator, Iterable, Mapping
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from llm_engineering.application.crawl.feeds import Feed, FeedEntry, parsed_feed
from llm_engineering.application.crawl.fetching import FetchError, LinkFailedError
from llm_engineering.application.crawl.not_posts import is_no_post_sitemap
from llm_engineering.application.crawl.port import NOTHING_KNOWN, Fetcher, Freshness, Page
from llm_engineering.application.crawl.sitemaps import ListedPage, Sitemap, parsed_sitemap
from llm_engineering.domain.outcomes import Dropped

MAX_FEED_PAGES: Final = 200
"""Most pages of one feed that continues on further pages."""
MAX_SITEMAPS: Final = 500
"""Most files of one site's sitemaps."""
MAX_LISTED_PAGES: Final = 200_000
"""Most pages of all sitemaps of a site together."""
MAX_INDEX_DEPTH: Final = 3
"""How deep indexes may list indexes; the protocol allows one level, some generators make two."""
LISTING_TYPES: Final = (
    "application/rss+xml,application/atom+xml,application/feed+json,application/xml,text/xml,text/plain;q=0.9,*/*;q=0.5"
)
"""The header Accept of somebody who wants feeds and sitemaps."""


class ListingReader:
    """Reads the listings of one visit and counts what was received; not to be shared between threads.

    Args:
        fetcher: Gets the files.
    """

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self.received_bytes = 0

    def page(self, address: str, *, known: Freshness = NOTHING_KNOWN, accept: str = LISTING_TYPES) -> Page:
        """Return what lies at an address.

        Raises:
            FetchError: There is nothing to be had.
        """
        page = self._fetcher.fetch(address, known=known, accept=accept)
        self.received_bytes += page.received_bytes
        return page

    def feed_entries(self, address: str, feed: Feed) -> Generator[FeedEntry | Dropped, None, None]:
        """Yield the entries of a feed, page after page, each address once; what cannot be read as dropped."""
        read, listed = {address}, set[str]()
        for number in range(2, MAX_FEED_PAGES + 2):
            if feed.unreadable:
                yield _unreadable(address, feed.unreadable, "entries of the feed")
            new = {entry.address: entry for entry in feed.entries if entry.address not in listed}
            yield from new.values()
            listed |= new.keys()
            following = feed.next_address or (_wordpress_page(address, number) if feed.is_wordpress else None)
            if not new or following is None or following in read:
                return
            if number > MAX_FEED_PAGES:
                yield _too_long(address, f"has more than {MAX_FEED_PAGES} pages")
                return
            read.add(following)
            try:
                next_feed = parsed_feed(self.page(following))
            except LinkFailedError as error:
                # Behind the last page WordPress answers 404: that its feed ended there is no fault.
                if feed.next_address or not isinstance(error, FetchError):
                    yield listing_failed(following, error)
                return
            if next_feed is None:
                return
            feed = next_feed

    def sitemap_pages(
        self, addresses: Iterable[str], read_before: Mapping[str, Page]
    ) -> Generator[ListedPage | Dropped, None, None]:
        """Yield the pages of some sitemaps and of those that they list; what cannot be read as dropped.

        Args:
            addresses: Where the sitemaps lie.
            read_before: Those of them that were fetched already.
        """
        addresses = tuple(addresses)
        waiting = deque((address, 0) for address in addresses)
        read, pages = set(addresses), 0
        for _ in range(MAX_SITEMAPS):
            if not waiting:
                return
            address, depth = waiting.popleft()
            if is_no_post_sitemap(address):
                yield Dropped(
                    item=address, reason="not_a_post", detail="This sitemap lists tags, categories or authors."
                )
                continue
            sitemap = yield from self._sitemap(address, read_before.get(address))
            yield from sitemap.pages
            pages += len(sitemap.pages)
            if pages >= MAX_LISTED_PAGES:
                yield _too_long(address, f"brings the pages of the site to more than {MAX_LISTED_PAGES}")
                return
            new = [found for found in dict.fromkeys(sitemap.sitemaps) if found not in read]
            if depth < MAX_INDEX_DEPTH:
                # No more than can be read, and one that tells of the rest: indexes of indexes name millions.
                kept = new[: max(0, MAX_SITEMAPS + 1 - len(read))]
                read.update(kept)
                waiting.extend((found, depth + 1) for found in kept)
            elif new:
                yield _too_long(address, f"lies more than {MAX_INDEX_DEPTH} levels deep and lists further ones")
        if waiting:
            yield _too_long(waiting[0][0], f"is one of more than {MAX_SITEMAPS}")

    def _sitemap(self, address: str, page: Page | None) -> Generator[Dropped, None, Sitemap]:
        try:
            page = page or self.page(address)
            sitemap = parsed_sitemap(page)
        except LinkFailedError as error:
            yield listing_failed(address, error)
            return Sitemap()
        if sitemap is None:
            yield Dropped(item=address, reason="listing_failed", detail=f"What lies at {page.url} is no sitemap.")
            return Sitemap()
        if sitemap.unreadable:
            yield _unreadable(address, sitemap.unreadable, "entries of the sitemap")
        if sitemap.left_out:
            yield _too_long(address, f"has {sitemap.left_out} entries more than the protocol allows")
        return sitemap


def listing_failed(address: str, error: LinkFailedError) -> Dropped:
    """Return the note that a feed or sitemap could not be read; the others are not affected."""
    return Dropped(item=address, reason="listing_failed", detail=str(error))


def _unreadable(address: str, count: int, what: str) -> Dropped:
    return Dropped(item=address, reason="unreadable_entries", detail=f"{count} {what} {address} lead to no web page.")


def _too_long(address: str, fault: str) -> Dropped:
    return Dropped(item=address, reason="listing_too_long", detail=f"{address} {fault}; the rest was left out.")


def _wordpress_page(address: str, number: int) -> str:
    """Return the address of a page of a feed of WordPress."""
    parts = urlsplit(address)
    kept = [part for part in parts.query.split("&") if part and not part.startswith("paged=")]
    return urlunsplit(parts._replace(query="&".join([*kept, urlencode({"paged": number})])))
