"""Which of the pages that a blog's listings name are to be visited."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final, NamedTuple

from llm_engineering.application.crawl.addresses import is_same_site, lies_under, page_address, page_key
from llm_engineering.application.crawl.links import WebLink, web_link
from llm_engineering.application.crawl.names import CrawlerName
from llm_engineering.application.crawl.not_posts import is_no_post
from llm_engineering.application.crawl.sitemaps import ListedPage
from llm_engineering.application.crawl.sources import Source
from llm_engineering.application.crawl.visits import FoundLink
from llm_engineering.domain.outcomes import Dropped

_WEB_PORTS: Final = {80, 443}


class _Listed(NamedTuple):
    """A page that was listed."""

    link: WebLink
    is_post: bool
    """Whether a feed lists it, which lists posts only."""
    is_of_section: bool
    """Whether its listing belongs to the section, so that its path need not."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What belongs to a source, and how its pages are told apart."""

    section: WebLink
    """Address of the blog, or of the part of a site, without the name of an index file."""
    is_member: Callable[[WebLink], bool]
    """Whether an address is one of the site's."""
    is_no_post: Callable[[WebLink], bool]
    """Whether an address that only a sitemap lists is clearly none of a post."""
    key: Callable[[WebLink], str] = page_key
    """What is equal for two addresses of one page."""

    @classmethod
    def of_site(cls, section: WebLink) -> "Scope":
        """Return the scope of a blog, or of a section of a site."""
        return cls(
            section=section,
            is_member=lambda link: is_same_site(link, section),
            is_no_post=lambda link: is_no_post(link, section),
        )


class FoundPages:
    """Collects the pages that the listings of one visit name, and says what becomes of each.

    What feeds list comes first, in their order, then what only sitemaps list, the last changed first. A page that both
    list is visited at the address that the sitemap gives: feeds forget old posts, and the address shall stay the same
    when they do.

    Args:
        source: Its patterns and its limit are obeyed.
        scope: What belongs to it.
    """

    def __init__(self, source: Source, scope: Scope) -> None:
        self._source = source
        self._scope = scope
        self._listed: dict[str, _Listed] = {}

    @property
    def has_any(self) -> bool:
        """Whether any listing named any page."""
        return bool(self._listed)

    def add_posts(self, addresses: Iterable[str], *, is_of_section: bool = False) -> None:
        """Add what a feed lists; its posts belong to the section wherever they lie if the feed itself does."""
        for address in addresses:
            link = self._link(address)
            self._listed.setdefault(self._scope.key(link), _Listed(link, is_post=True, is_of_section=is_of_section))

    def add_pages(self, pages: Iterable[ListedPage]) -> None:
        """Add what sitemaps list."""
        for page in sorted(pages, key=lambda page: page.modified, reverse=True):
            link = self._link(page.address)
            key = self._scope.key(link)
            known = self._listed.setdefault(key, _Listed(link, is_post=False, is_of_section=False))
            if known.is_post:
                self._listed[key] = known._replace(link=link)

    def outcomes(self) -> Iterator[FoundLink | Dropped]:
        """Yield what becomes of each page; pages outside the section, which nobody asked for, in one number."""
        found = outside = 0
        for listed in self._listed.values():
            if self._lies_outside(listed):
                outside += 1
            elif dropped := self._refused(listed, found):
                yield dropped
            else:
                found += 1
                yield FoundLink(listed.link.address, CrawlerName.ARTICLE)
        if outside:
            section = self._scope.section.address
            detail = f"{outside} pages of the site do not lie under {section} and were not asked for."
            yield Dropped(item=section, reason="outside_section", detail=detail)

    def _link(self, address: str) -> WebLink:
        """Return a listed address without tracking parameters, with the scheme of the source where hosts are equal."""
        link = page_address(web_link(address))
        section = self._scope.section
        if link.host == section.host and link.scheme != section.scheme and {link.port, section.port} == _WEB_PORTS:
            return replace(link, scheme=section.scheme, port=section.port)
        return link

    def _lies_outside(self, listed: _Listed) -> bool:
        is_member = self._scope.is_member(listed.link)
        return is_member and not listed.is_of_section and not lies_under(listed.link, self._scope.section)

    def _refused(self, listed: _Listed, found: int) -> Dropped | None:
        address = listed.link.address
        if not self._scope.is_member(listed.link):
            return Dropped(
                item=address, reason="other_host", detail="It lies on another site; name it as its own source."
            )
        if not listed.is_post and self._scope.is_no_post(listed.link):
            detail = "Its address is that of a listing, a page about the site or a file; name it as its own source."
            return Dropped(item=address, reason="not_a_post", detail=detail)
        if not self._source.is_wanted(address):
            return Dropped(item=address, reason="excluded", detail="The source's include or exclude leaves it out.")
        if self._source.max_pages is not None and found >= self._source.max_pages:
            detail = f"The source's max_pages is {self._source.max_pages}."
            return Dropped(item=address, reason="over_max_pages", detail=detail)
        return None


def selection_digest(source: Source) -> str:
    """Return what changes when a source is configured to select other pages."""
    selection = [source.link, source.include, source.exclude, source.max_pages]
    return sha256(json.dumps(selection).encode()).hexdigest()[:16]
