"""Finds all posts of a blog, or of a part of a site, by its feed and its sitemap."""

import re
from collections.abc import Generator, Iterable, Mapping
from dataclasses import replace
from typing import Final

from llm_engineering.application.crawl.addresses import lies_under
from llm_engineering.application.crawl.discovery import found_feed, found_sitemaps
from llm_engineering.application.crawl.feeds import Feed, FeedEntry, parsed_feed
from llm_engineering.application.crawl.fetching import FailureReason, ListingError
from llm_engineering.application.crawl.found_pages import FoundPages, Scope, selection_digest
from llm_engineering.application.crawl.links import Link, WebLink, web_link
from llm_engineering.application.crawl.listings import ListingReader
from llm_engineering.application.crawl.port import HTML_PAGES, NOTHING_KNOWN, Fetcher, Freshness, Page
from llm_engineering.application.crawl.sitemaps import ListedPage, parsed_sitemap
from llm_engineering.application.crawl.visits import Visit, Visited, VisitEnd
from llm_engineering.domain.outcomes import Dropped

_LISTING_NAME: Final = re.compile(
    r"(feed|rss|atom|index|rss2)\.xml|feed|rss|atom|feed\.(json|rss|atom)|[\w-]*sitemap[\w-]*\.(xml|txt)(\.gz)?"
)
_INDEX_FILE: Final = re.compile(r"(index|default)\.(html?|php)")
_RULES: Final = "rules"
"""The key of the freshness of a listing that holds what pages were selected by."""


def is_blog(link: Link) -> bool:
    """Whether a link is the root of a site, or ends like a feed or a sitemap."""
    if not isinstance(link, WebLink):
        return False
    name = link.segments[-1].lower() if link.segments else None
    return "?" not in link.target if name is None else _LISTING_NAME.fullmatch(name) is not None


class BlogCrawler:
    """Finds the posts of a blog: it yields links, no documents.

    The address of a feed or a sitemap gives what it lists. Any other address is a site, or a section of one: its feed
    lists posts, its sitemap lists all pages, and both are read. Of a section only the pages below its path are found.

    Args:
        fetcher: Gets listings and start pages.
    """

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    def crawl(self, visit: Visit) -> Visited:
        """Yield each post once, and why other pages of the site are not visited.

        A listing that cannot be read is yielded as dropped with the reason "listing_failed"; the others are read.

        Raises:
            FetchError: The address itself could not be fetched.
            ListingError: There is neither a feed nor a sitemap.
        """
        reader = ListingReader(self._fetcher)
        rules = selection_digest(visit.source)
        known = _known(visit, rules)
        start = reader.page(visit.link.address, known=known, accept=f"{HTML_PAGES},application/xml;q=0.8")
        if start.is_unchanged:
            return VisitEnd({**visit.known, **start.freshness}, is_unchanged=True, received_bytes=reader.received_bytes)
        section = section_of(visit.link, start)
        if feed := parsed_feed(start):
            pages = FoundPages(visit.source, Scope.of_site(replace(section, target="/")))
            yield from gathered_posts(pages, reader, start.url, feed)
            is_whole = not (feed.next_address or feed.is_wordpress)
        elif sitemap := parsed_sitemap(start):
            pages = FoundPages(visit.source, Scope.of_site(replace(section, target="/")))
            yield from gathered_pages(pages, reader, (start.url,), {start.url: start})
            is_whole = not sitemap.sitemaps
        else:
            pages = FoundPages(visit.source, Scope.of_site(section))
            yield from _gathered_site(pages, reader, start, section)
            is_whole = False
        yield from pages.outcomes()
        # Only a listing of a single file is unchanged when that file is.
        freshness = {**start.freshness, _RULES: rules} if is_whole and start.freshness else {}
        return VisitEnd(freshness, received_bytes=reader.received_bytes)


def _known(visit: Visit, rules: str) -> Freshness:
    """Return what the fetcher returned as freshness; nothing if other pages were selected then."""
    known = dict(visit.known)
    return known if known.pop(_RULES, None) == rules else NOTHING_KNOWN


def section_of(link: Link, start: Page) -> WebLink:
    """Return the section that a link means, after redirects; a redirect of a site's root does not narrow it."""
    arrived = web_link(start.url)
    path = arrived.target.partition("?")[0]
    if isinstance(link, WebLink) and not link.segments:
        path = "/"
    folder, _, name = path.rpartition("/")
    return replace(arrived, target=f"{folder}/" if _INDEX_FILE.fullmatch(name.lower()) else path)


def gathered_posts(
    pages: FoundPages, reader: ListingReader, address: str, feed: Feed, *, is_of_section: bool = False
) -> Generator[Dropped, None, None]:
    """Add what a feed lists to the found pages; yield what could not be read."""
    entries: list[str] = []
    for entry in reader.feed_entries(address, feed):
        if isinstance(entry, FeedEntry):
            entries.append(entry.address)
        else:
            yield entry
    pages.add_posts(entries, is_of_section=is_of_section)


def gathered_pages(
    pages: FoundPages, reader: ListingReader, addresses: Iterable[str], read: Mapping[str, Page]
) -> Generator[Dropped, None, None]:
    """Add what sitemaps list to the found pages; yield what could not be read."""
    listed: list[ListedPage] = []
    for page in reader.sitemap_pages(addresses, read):
        if isinstance(page, ListedPage):
            listed.append(page)
        else:
            yield page
    pages.add_pages(listed)


def _gathered_site(
    pages: FoundPages, reader: ListingReader, start: Page, section: WebLink
) -> Generator[Dropped, None, None]:
    found = yield from found_feed(reader, start, section)
    sitemaps = yield from found_sitemaps(reader, section)
    if found is None and not sitemaps.addresses:
        raise ListingError(
            FailureReason.NO_LISTING,
            f"{start.url} has neither a feed nor a sitemap that could be read.",
            remedy="Give the address of its feed or sitemap, or the links of its pages one by one.",
        )
    if found is not None:
        is_of_section = bool(section.segments) and lies_under(web_link(found.address), section)
        yield from gathered_posts(pages, reader, found.address, found.feed, is_of_section=is_of_section)
    yield from gathered_pages(pages, reader, sitemaps.addresses, sitemaps.pages)
