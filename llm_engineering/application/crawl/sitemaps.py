"""Sitemaps: lists of all pages of a site, and where they lie (https://www.sitemaps.org/protocol.html)."""

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Final

from lxml import etree

from llm_engineering.application.crawl.addresses import absolute_address
from llm_engineering.application.crawl.decoding import decoded, root_name
from llm_engineering.application.crawl.fetching import FailureReason, ListingError
from llm_engineering.application.crawl.port import Page

MAX_PAGES: Final = 50_000
"""Most addresses of one sitemap, as the protocol says; further ones are left out."""
MAX_SITEMAP_BYTES: Final = 52_428_800
"""Most bytes of one sitemap after decompression, as the protocol says."""
_GZIP: Final = b"\x1f\x8b"
_ROBOTS_LINE: Final = re.compile(r"(?im)^[ \t]*sitemap[ \t]*:[ \t]*(\S+)")
_SCHEMES: Final = ("http://", "https://")
_TEXT_TYPES: Final = frozenset({"text/plain", ""})


@dataclass(frozen=True, slots=True)
class ListedPage:
    """One page that a sitemap lists."""

    address: str
    modified: str = ""
    """When it was last changed, a date or time of ISO 8601 as written; empty if the sitemap does not say."""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one file lists: pages, or further sitemaps."""

    pages: tuple[ListedPage, ...] = ()
    sitemaps: tuple[str, ...] = ()
    """Addresses of the sitemaps that an index lists."""
    unreadable: int = 0
    """Entries that lead nowhere."""
    left_out: int = 0
    """Entries beyond `MAX_PAGES`."""


def parsed_sitemap(page: Page) -> Sitemap | None:
    """Return the sitemap that a page is, or None if it is none.

    XML, an index of sitemaps and plain text are read, also compressed with gzip. Of a damaged file the entries before
    the fault are returned. No entity is expanded and nothing is fetched. What news, image and video extensions add is
    ignored.

    Raises:
        ListingError: Nothing of it can be read or decompressed, or it is larger than the protocol allows.
    """
    if page.body.startswith(_GZIP):
        page = replace(page, body=_decompressed(page), content_type="")
    match root_name(page):
        case "urlset":
            return _page_list(page)
        case "sitemapindex":
            return _sitemap_index(page)
        case "":
            return _text_list(page)
        case _:
            return None


def robots_sitemaps(robots: Page) -> tuple[str, ...]:
    """Return the addresses of the sitemaps that a robots.txt names (RFC 9309, 2.2.4), each once."""
    targets = _ROBOTS_LINE.findall(decoded(robots))
    addresses = (absolute_address(robots.url, target) for target in targets)
    return tuple(dict.fromkeys(address for address in addresses if address))


def _decompressed(page: Page) -> bytes:
    try:
        with gzip.open(BytesIO(page.body)) as file:
            body = file.read(MAX_SITEMAP_BYTES + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise _unreadable(page, f"cannot be decompressed: {error}") from error
    if len(body) > MAX_SITEMAP_BYTES:
        raise ListingError(
            FailureReason.TOO_LARGE,
            f"The sitemap {page.url} has more than {MAX_SITEMAP_BYTES:,} bytes after decompression.",
            remedy="Sitemaps of that size are not allowed; give the address of the feed.",
        )
    return body


def _unreadable(page: Page, fault: str) -> ListingError:
    return ListingError(
        FailureReason.BAD_RESPONSE,
        f"The sitemap {page.url} {fault}.",
        remedy="Tell the owner of the site, or give the address of the feed.",
    )


def _page_list(page: Page) -> Sitemap:
    entries = list(_entries(page, "url"))
    kept = [ListedPage(address, modified) for address, modified in entries[:MAX_PAGES] if address]
    return Sitemap(
        pages=tuple(kept),
        unreadable=len(entries[:MAX_PAGES]) - len(kept),
        left_out=max(0, len(entries) - MAX_PAGES),
    )


def _sitemap_index(page: Page) -> Sitemap:
    entries = list(_entries(page, "sitemap"))
    kept = tuple(address for address, _ in entries[:MAX_PAGES] if address)
    return Sitemap(
        sitemaps=kept,
        unreadable=len(entries[:MAX_PAGES]) - len(kept),
        left_out=max(0, len(entries) - MAX_PAGES),
    )


def _entries(page: Page, name: str) -> Iterator[tuple[str | None, str]]:
    """Yield address and date of each entry; the names of elements count without their namespace."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(page.body, parser)
    except etree.XMLSyntaxError as error:
        raise _unreadable(page, f"cannot be read: {error}") from error
    if root is None:  # nothing that could be recovered
        return
    for element in root.iterchildren(f"{{*}}{name}"):
        namespace = element.tag.rpartition("}")[0]
        address, modified = None, ""
        for child in element.iterchildren("{*}loc", "{*}lastmod"):
            child_namespace, _, child_name = child.tag.rpartition("}")
            if child_namespace != namespace:
                continue
            text = (child.text or "").strip()
            if child_name == "loc":
                address = absolute_address(page.url, text)
            else:
                modified = text
        yield address, modified


def _text_list(page: Page) -> Sitemap | None:
    """Return a sitemap of one address per line; None if the first line is none, for anything may be text."""
    if page.content_type not in _TEXT_TYPES:
        return None
    lines = [line.strip() for line in decoded(page).removeprefix("\ufeff").splitlines() if line.strip()]
    if not lines or not lines[0].startswith(_SCHEMES):
        return None
    named = (absolute_address(page.url, line) for line in lines[:MAX_PAGES] if line.startswith(_SCHEMES))
    pages = [ListedPage(address) for address in named if address]
    return Sitemap(
        pages=tuple(pages),
        unreadable=len(lines[:MAX_PAGES]) - len(pages),
        left_out=max(0, len(lines) - MAX_PAGES),
    )
