"""Finds the stories of an author or a publication on Medium."""

import re
from dataclasses import dataclass, replace
from typing import Final

from llm_engineering.application.crawl.addresses import page_key
from llm_engineering.application.crawl.blog import gathered_pages, gathered_posts
from llm_engineering.application.crawl.feeds import parsed_feed
from llm_engineering.application.crawl.fetching import FailureReason, LinkFailedError, ListingError
from llm_engineering.application.crawl.found_pages import FoundPages, Scope
from llm_engineering.application.crawl.links import Link, WebLink, web_link
from llm_engineering.application.crawl.listings import ListingReader, listing_failed
from llm_engineering.application.crawl.port import Fetcher
from llm_engineering.application.crawl.visits import Visit, Visited, VisitEnd

_HOST: Final = "medium.com"
_MEDIUM: Final = frozenset({_HOST, "www.medium.com"})
_NO_PROFILES: Final = frozenset({
    "about", "business", "creators", "earn", "explore-topics", "feed", "gift", "jobs-at-medium", "m", "me",
    "membership", "new-story", "p", "partner-program", "plans", "policy", "search", "sitemap", "tag", "topic",
    "topics", "verified-authors",
})  # fmt: skip
"""First segments of medium.com that name neither an author nor a publication."""
_NO_AUTHORS: Final = frozenset({
    "blog", "cdn-client", "cdn-images-1", "cdn-videos-1", "help", "miro", "policy", "rsci", "www",
})  # fmt: skip
"""Subdomains that are no author's."""
_TABS: Final = frozenset({"about", "all", "archive", "followers", "home", "latest", "lists", "stories"})
_STORY_ID: Final = re.compile(r"(?:^|-)([0-9a-f]{8,13})$")
"""What ends the address of each story and is the same wherever the story is shown."""
_SUBDOMAIN: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,61}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class _Profile:
    """Where an author's or a publication's stories are listed."""

    feed: WebLink
    """The last ten stories (https://help.medium.com/hc/en-us/articles/214874118)."""
    sitemap: WebLink | None
    """All stories on an own host; publications on medium.com have none."""


def is_medium_profile(link: Link) -> bool:
    """Whether a link leads to an author or a publication on medium.com, not to a story."""
    return _profile(link) is not None


class MediumCrawler:
    """Finds the stories of an author or a publication: it yields links, no documents.

    The feed has the last ten stories; an author's own subdomain or domain has a sitemap of all. What a feed lists may
    lie on the domains of publications and belongs to the source all the same. A story is found once, wherever it is
    shown: its address ends with its id.

    Args:
        fetcher: Gets the listings.
    """

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    def crawl(self, visit: Visit) -> Visited:
        """Yield each story once.

        Raises:
            ListingError: Neither feed nor sitemap could be read.
        """
        profile = _profile(visit.link) or _on_own_domain(visit.link)
        reader = ListingReader(self._fetcher)
        pages = FoundPages(visit.source, _scope(profile))
        feed, failure = None, None
        try:
            feed = parsed_feed(reader.page(profile.feed.address))
        except LinkFailedError as error:
            failure = error
            yield listing_failed(profile.feed.address, error)
        if feed is not None:
            yield from gathered_posts(pages, reader, profile.feed.address, feed, is_of_section=True)
        if profile.sitemap is not None:
            yield from gathered_pages(pages, reader, (profile.sitemap.address,), {})
        if feed is None and not pages.has_any:
            raise ListingError(
                FailureReason.NO_LISTING,
                f"{visit.link.address} has no feed that could be read.",
                remedy="Correct the name, or give the link of your Medium export archive.",
            ) from failure
        yield from pages.outcomes()
        return VisitEnd(received_bytes=reader.received_bytes)


def _profile(link: Link) -> _Profile | None:
    if not isinstance(link, WebLink) or "?" in link.target.rstrip("?"):
        return None
    segments = link.segments[1:] if link.segments[:1] == ("feed",) else link.segments
    if link.host in _MEDIUM:
        return _on_medium(link, segments)
    author = link.host.removesuffix(f".{_HOST}")
    is_authors = link.host.endswith(f".{_HOST}") and _SUBDOMAIN.fullmatch(author) and author not in _NO_AUTHORS
    return _on_own_domain(link) if is_authors and (not segments or segments[0] in _TABS) else None


def _on_medium(link: WebLink, segments: tuple[str, ...]) -> _Profile | None:
    """Return the profile at a path of medium.com: `/@author`, `/publication`, or one of their tabs."""
    name = segments[0] if segments else ""
    is_story = bool(segments[2:]) or (bool(segments[1:]) and segments[1] not in _TABS)
    if not name or name in _NO_PROFILES or is_story:
        return None
    feed = replace(link, scheme="https", host=_HOST, port=443, target=f"/feed/{name}")
    author = name.removeprefix("@").lower()
    has_subdomain = name.startswith("@") and _SUBDOMAIN.fullmatch(author)
    home = replace(feed, host=f"{author}.{_HOST}")
    return _Profile(feed, home.joined("/sitemap/sitemap.xml") if has_subdomain else None)


def _on_own_domain(link: Link) -> _Profile:
    home = link if isinstance(link, WebLink) else web_link(link.address)
    return _Profile(home.joined("/feed"), home.joined("/sitemap/sitemap.xml"))


def _scope(profile: _Profile) -> Scope:
    return Scope(
        section=replace(profile.feed, target="/"),
        is_member=lambda _link: True,
        is_no_post=lambda link: _story_id(link) is None,
        key=lambda link: _story_id(link) or page_key(link),
    )


def _story_id(link: WebLink) -> str | None:
    found = _STORY_ID.search(link.segments[-1]) if link.segments else None
    return found[1] if found else None
