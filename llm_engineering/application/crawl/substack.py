"""Finds the posts of a newsletter on Substack."""

import json
from collections.abc import Generator
from dataclasses import replace
from typing import Any, Final, NamedTuple

from llm_engineering.application.crawl.addresses import absolute_address, is_same_site
from llm_engineering.application.crawl.blog import gathered_pages, gathered_posts
from llm_engineering.application.crawl.decoding import decoded
from llm_engineering.application.crawl.feeds import Feed, parsed_feed
from llm_engineering.application.crawl.fetching import FailureReason, FetchError, LinkFailedError, ListingError
from llm_engineering.application.crawl.found_pages import FoundPages, Scope
from llm_engineering.application.crawl.links import Link, WebLink, web_link
from llm_engineering.application.crawl.listings import ListingReader, listing_failed
from llm_engineering.application.crawl.port import Fetcher
from llm_engineering.application.crawl.visits import Visit, Visited, VisitEnd
from llm_engineering.domain.outcomes import Dropped

_DOMAIN: Final = "substack.com"
_NO_NEWSLETTERS: Final = frozenset({"", "api", "blog", "cdn", "open", "support", "www"})
"""Subdomains that are no newsletter's."""
_LISTINGS: Final = frozenset({"about", "archive", "feed", "posts", "sitemap", "sitemap.xml"})
"""First segments of a newsletter's own listings."""
_ARCHIVE_PAGE: Final = 12
"""Posts per request, as Substack's own archive page asks for; more are not always given."""
_MAX_ARCHIVE_PAGES: Final = 500


class _Feed(NamedTuple):
    """The feed of a newsletter."""

    home: WebLink
    """Where the newsletter lives: substack.com redirects to the custom domain of one that has one."""
    feed: Feed


def is_substack(link: Link) -> bool:
    """Whether a link leads to a newsletter on substack.com, not to one of its posts."""
    if not isinstance(link, WebLink):
        return False
    name, dot, domain = link.host.partition(".")
    is_newsletter = bool(dot) and domain == _DOMAIN and name not in _NO_NEWSLETTERS
    return is_newsletter and (not link.segments or (len(link.segments) == 1 and link.segments[0] in _LISTINGS))


class SubstackCrawler:
    """Finds the posts of a newsletter: it yields links, no documents.

    The feed has the last twenty posts, the sitemap all of them. Where one of the two cannot be read, the archive is
    asked as Substack's own archive page does, unless robots.txt forbids it.

    Args:
        fetcher: Gets the listings.
    """

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    def crawl(self, visit: Visit) -> Visited:
        """Yield each post once.

        Raises:
            ListingError: Neither feed nor sitemap nor archive could be read.
        """
        home = _home(visit.link)
        reader = ListingReader(self._fetcher)
        feed = yield from _feed(reader, home)
        if feed is not None:
            home = feed.home
        pages = FoundPages(visit.source, _scope(home))
        if feed is not None:
            yield from gathered_posts(pages, reader, feed.home.joined("/feed").address, feed.feed)
        has_sitemap = yield from _gathered_sitemap(pages, reader, home)
        if feed is None or not has_sitemap:
            pages.add_posts((yield from _archived_posts(reader, home)))
        if not pages.has_any:
            raise ListingError(
                FailureReason.NO_LISTING,
                f"{home.address} has neither a feed nor a sitemap nor an archive with posts.",
                remedy="Correct the link, or give the link of your Substack export archive.",
            )
        yield from pages.outcomes()
        return VisitEnd(received_bytes=reader.received_bytes)


def _home(link: Link) -> WebLink:
    return replace(link if isinstance(link, WebLink) else web_link(link.address), target="/")


def _scope(home: WebLink) -> Scope:
    return Scope(
        section=home,
        is_member=lambda link: is_same_site(link, home),
        is_no_post=lambda link: link.segments[:-1] != ("p",),
    )


def _feed(reader: ListingReader, home: WebLink) -> Generator[Dropped, None, _Feed | None]:
    address = home.joined("/feed").address
    try:
        page = reader.page(address)
        feed = parsed_feed(page)
    except LinkFailedError as error:
        yield listing_failed(address, error)
        return None
    return _Feed(_home(web_link(page.url)), feed) if feed else None


def _gathered_sitemap(pages: FoundPages, reader: ListingReader, home: WebLink) -> Generator[Dropped, None, bool]:
    """Add what the sitemap lists, and return whether all of it could be read."""
    is_whole = True
    for dropped in gathered_pages(pages, reader, (home.joined("/sitemap.xml").address,), {}):
        is_whole = False
        yield dropped
    return is_whole


def _archived_posts(reader: ListingReader, home: WebLink) -> Generator[Dropped, None, list[str]]:
    """Return the addresses in the archive; it gives fewer posts than asked for at times, so only none is the end."""
    posts: dict[str, None] = {}
    for _ in range(_MAX_ARCHIVE_PAGES):
        address = home.joined(f"/api/v1/archive?sort=new&offset={len(posts)}&limit={_ARCHIVE_PAGE}").address
        try:
            page = reader.page(address, accept="application/json")
        except FetchError as error:
            yield listing_failed(address, error)
            break
        new = [post for post in _post_addresses(decoded(page), home) if post not in posts]
        posts.update(dict.fromkeys(new))
        if not new:
            break
    return list(posts)


def _post_addresses(text: str, home: WebLink) -> list[str]:
    """Return the addresses of the posts of a page of the archive; none if it is no such page."""
    try:
        posts = json.loads(text)
    except (ValueError, RecursionError):
        return []
    targets = [_target(post) for post in posts if isinstance(post, dict)] if isinstance(posts, list) else []
    return [address for target in targets if (address := absolute_address(home.address, target))]


def _target(post: dict[str, Any]) -> str | None:
    slug = post.get("slug")
    address = post.get("canonical_url") or (f"/p/{slug}" if isinstance(slug, str) and slug else None)
    return address if isinstance(address, str) else None
