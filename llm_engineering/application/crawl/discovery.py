"""Finds the feeds and the sitemaps of a site."""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from llm_engineering.application.crawl.addresses import absolute_address, lies_under
from llm_engineering.application.crawl.decoding import decoded
from llm_engineering.application.crawl.feeds import Feed, parsed_feed
from llm_engineering.application.crawl.fetching import FailureReason, FetchError, LinkFailedError
from llm_engineering.application.crawl.links import WebLink, web_link
from llm_engineering.application.crawl.listings import ListingReader, listing_failed
from llm_engineering.application.crawl.parsing import parsed_page
from llm_engineering.application.crawl.port import Page
from llm_engineering.application.crawl.sitemaps import parsed_sitemap, robots_sitemaps
from llm_engineering.domain.outcomes import Dropped

_FEED_TYPES: Final = frozenset({
    "application/atom+xml", "application/feed+json", "application/rdf+xml", "application/rss+xml",
})  # fmt: skip
_FEED_PATHS: Final = ("index.xml", "feed.xml", "rss/", "feed/", "atom.xml", "rss.xml", "feed.json")
"""Where Hugo and Quarto, Jekyll, Ghost, WordPress, Pelican and Eleventy put their feeds unless told otherwise."""
_SITEMAP_PATHS: Final = ("sitemap.xml", "sitemap_index.xml", "wp-sitemap.xml", "sitemap.txt")
"""Where most generators, Yoast SEO and WordPress put sitemaps unless told otherwise."""
_NOT_THERE: Final = frozenset({
    FailureReason.NOT_FOUND, FailureReason.GONE, FailureReason.FORBIDDEN, FailureReason.ROBOTS_DISALLOWED,
    FailureReason.HTTP_ERROR,
})  # fmt: skip
"""How a server says that there is nothing at a place that was only guessed."""


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed, and where it lies."""

    address: str
    feed: Feed


@dataclass(frozen=True, slots=True)
class FoundSitemaps:
    """Where the sitemaps of a site lie."""

    addresses: tuple[str, ...] = ()
    pages: dict[str, Page] = field(default_factory=dict)
    """Those that were read already."""


def feed_links(page: Page) -> tuple[str, ...]:
    """Return the addresses of the feeds that a page declares, without feeds of comments.

    See https://html.spec.whatwg.org/multipage/links.html#rel-alternate.
    """
    tree = parsed_page(decoded(page))
    if tree is None:
        return ()
    base = absolute_address(page.url, next(iter(tree.xpath("//head/base/@href")), None)) or page.url
    targets = (
        link.get("href")
        for link in tree.iter("link")
        if "alternate" in (link.get("rel") or "").lower().split()
        and (link.get("type") or "").partition(";")[0].strip().lower() in _FEED_TYPES
        and "comment" not in f"{link.get('title') or ''} {link.get('href') or ''}".lower()
    )
    addresses = (absolute_address(base, target) for target in targets)
    return tuple(dict.fromkeys(address for address in addresses if address))


def found_feed(reader: ListingReader, start: Page, section: WebLink) -> Generator[Dropped, None, FoundFeed | None]:
    """Return the first feed with entries, of those that the start page declares, else of the usual places.

    Those that lie under the section are tried first. A declared feed that cannot be read is yielded as dropped.
    """
    declared = sorted(feed_links(start), key=lambda address: not lies_under(web_link(address), section))
    for address in declared:
        try:
            feed = parsed_feed(reader.page(address))
        except LinkFailedError as error:
            yield listing_failed(address, error)
            continue
        if feed and feed.entries:
            return FoundFeed(address, feed)
        fault = "has no entries." if feed else "is no feed."
        yield Dropped(item=address, reason="listing_failed", detail=f"What {start.url} declares as a feed {fault}")
    return (yield from _guessed_feed(reader, section))


def found_sitemaps(reader: ListingReader, section: WebLink) -> Generator[Dropped, None, FoundSitemaps]:
    """Return the sitemap of a section, else those that robots.txt names, else what lies at the usual places."""
    root = replace(section, target="/")
    if section.segments:
        found = yield from _guessed_sitemap(reader, _places(section, _SITEMAP_PATHS[:1]))
        if found.addresses:
            return found
    robots = root.joined("robots.txt").address
    try:
        named = robots_sitemaps(reader.page(robots))
    except FetchError as error:
        named = ()
        if error.reason not in _NOT_THERE:
            yield listing_failed(robots, error)
    if named:
        return FoundSitemaps(named)
    return (yield from _guessed_sitemap(reader, _places(root, _SITEMAP_PATHS)))


def _guessed_feed(reader: ListingReader, section: WebLink) -> Generator[Dropped, None, FoundFeed | None]:
    sections = [section, replace(section, target="/")] if section.segments else [section]
    for address in (place for start in sections for place in _places(start, _FEED_PATHS)):
        try:
            feed = parsed_feed(reader.page(address))
        except LinkFailedError as error:
            if error.reason in _NOT_THERE:
                continue
            yield listing_failed(address, error)
            return None  # a host that does not answer is not asked for the other places
        if feed and feed.entries:
            return FoundFeed(address, feed)
    return None


def _guessed_sitemap(reader: ListingReader, places: Iterable[str]) -> Generator[Dropped, None, FoundSitemaps]:
    for address in places:
        try:
            page = reader.page(address)
            if parsed_sitemap(page) is not None:
                return FoundSitemaps((address,), {address: page})
        except LinkFailedError as error:
            if error.reason in _NOT_THERE:
                continue
            yield listing_failed(address, error)
            break
    return FoundSitemaps()


def _places(start: WebLink, names: Iterable[str]) -> Iterator[str]:
    folder = "/".join(("", *start.segments, ""))
    return (replace(start, target=f"{folder}{name}").address for name in names)
