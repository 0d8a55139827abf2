from collections.abc import Iterable

import pytest

from llm_engineering.application.crawl import listings
from llm_engineering.application.crawl.feeds import Feed, FeedEntry
from llm_engineering.application.crawl.listings import ListingReader
from llm_engineering.application.crawl.sitemaps import ListedPage
from llm_engineering.domain.outcomes import Dropped
from tests.support.crawl_fakes import PagesInMemory
from tests.unit.application.crawl.test_blog import index, rss, urlset


def read(items: Iterable[FeedEntry | ListedPage | Dropped]) -> list[str]:
    """Addresses of what was listed, and reasons with items of what was dropped."""
    return [f"{item.reason} {item.item}" if isinstance(item, Dropped) else item.address for item in items]


def sitemaps(pages: PagesInMemory, *addresses: str) -> list[str]:
    return read(ListingReader(pages).sitemap_pages(addresses, {}))


def test_a_feed_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "MAX_FEED_PAGES", 2)
    pages = PagesInMemory()
    for number in range(2, 5):
        head = f'<atom:link rel="next" href="/{number + 1}.xml"/>'
        pages.page(f"/{number}.xml", rss([f"/{number}"], head), content_type="text/xml")
    first = Feed((FeedEntry("https://ada.dev/1"),), next_address="https://ada.dev/2.xml")

    entries = read(ListingReader(pages).feed_entries("https://ada.dev/1.xml", first))

    assert entries == ["https://ada.dev/1", "https://ada.dev/2", "listing_too_long https://ada.dev/1.xml"]


def test_a_feed_ends_where_a_page_brings_nothing_new() -> None:
    pages = PagesInMemory()
    pages.page("/feed.xml?paged=2", rss(["/1"], "<generator>https://wordpress.org/</generator>"))
    first = Feed((FeedEntry("https://ada.dev/1"),), is_wordpress=True)

    assert read(ListingReader(pages).feed_entries("https://ada.dev/feed.xml", first)) == ["https://ada.dev/1"]
    assert pages.fetched == ["https://ada.dev/feed.xml?paged=2"]


def test_a_feed_ends_where_a_page_is_none() -> None:
    pages = PagesInMemory()
    first = Feed((FeedEntry("https://ada.dev/1"),), next_address=pages.page("/2.xml", b"<html></html>"))

    assert read(ListingReader(pages).feed_entries("https://ada.dev/feed.xml", first)) == ["https://ada.dev/1"]


def test_a_damaged_page_of_a_feed_is_told() -> None:
    pages = PagesInMemory()
    damaged = pages.page("/2.xml", b'<?xml version="1.0" encoding="\xac"?><rss><channel></channel></rss>')
    first = Feed((FeedEntry("https://ada.dev/1"),), next_address=damaged)

    assert read(ListingReader(pages).feed_entries("https://ada.dev/feed.xml", first)) == [
        "https://ada.dev/1",
        "listing_failed https://ada.dev/2.xml",
    ]


def test_a_site_has_so_many_sitemaps_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "MAX_SITEMAPS", 2)
    pages = PagesInMemory()
    top = pages.page("/map.xml", index("/1.xml", "/2.xml"))
    pages.page("/1.xml", urlset("https://ada.dev/a"))

    assert sitemaps(pages, top) == ["https://ada.dev/a", "listing_too_long https://ada.dev/2.xml"]


def test_a_site_has_so_many_pages_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "MAX_LISTED_PAGES", 1)
    pages = PagesInMemory()
    one, two = (pages.page(f"/{name}.xml", urlset(f"https://ada.dev/{name}")) for name in "ab")

    assert sitemaps(pages, one, two) == ["https://ada.dev/a", f"listing_too_long {one}"]


def test_what_is_no_sitemap_and_what_has_bad_entries_is_told() -> None:
    pages = PagesInMemory()
    page = pages.page("/page.xml", b"<html></html>")
    bad = pages.page("/bad.xml", urlset("", "https://ada.dev/a"))

    assert sitemaps(pages, page, bad) == [f"listing_failed {page}", f"unreadable_entries {bad}", "https://ada.dev/a"]


def test_entries_beyond_the_protocol_s_number_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llm_engineering.application.crawl.sitemaps.MAX_PAGES", 1)
    pages = PagesInMemory()
    long = pages.page("/long.xml", urlset("https://ada.dev/a", "https://ada.dev/b"))

    assert sitemaps(pages, long) == [f"listing_too_long {long}", "https://ada.dev/a"]


def test_what_indexes_name_beyond_the_most_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "MAX_SITEMAPS", 3)
    pages = PagesInMemory()
    top = pages.page("/map.xml", index("/1.xml", "/2.xml"))
    pages.page("/1.xml", index("/3.xml", "/4.xml", "/5.xml"))
    pages.page("/2.xml", index("/6.xml"))

    assert sitemaps(pages, top) == ["listing_too_long https://ada.dev/3.xml"]
