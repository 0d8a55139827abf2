import json
from collections.abc import Sequence

import pytest

from llm_engineering.application.crawl.fetching import FailureReason, ListingError
from llm_engineering.application.crawl.links import parse_link
from llm_engineering.application.crawl.substack import SubstackCrawler, is_substack
from tests.support.crawl_fakes import PagesInMemory
from tests.support.visiting import visited
from tests.unit.application.crawl.test_blog import rss, urlset

SITE = "https://ada.substack.com"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://ada.substack.com", True),
        ("https://ada.substack.com/archive?sort=new", True),
        ("https://ada.substack.com/feed", True),
        ("https://ada.substack.com/p/bread", False),
        ("https://ada.substack.com/p", False),
        ("https://substack.com/@ada", False),
        ("https://open.substack.com/pub/ada/p/bread", False),
        ("https://ada.substack.com.evil.io/", False),
        ("https://evilsubstack.com/", False),
        ("./ada.substack.com", False),
    ],
)
def test_newsletters_are_told_from_posts_and_from_other_sites(link: str, expected: bool) -> None:
    assert is_substack(parse_link(link)) is expected


def substack(
    *, feed: bytes | None = None, sitemap: bytes | None = None, archive: Sequence[Sequence[object]] | None = None
) -> PagesInMemory:
    """A newsletter whose archive has pages of so many posts."""
    pages = PagesInMemory(SITE)
    for path, body in (("/feed", feed), ("/sitemap.xml", sitemap)):
        if body is not None:
            pages.page(path, body, content_type="text/xml")
    offset = 0
    for posts in archive or []:
        path = f"/api/v1/archive?sort=new&offset={offset}&limit=12"
        pages.page(path, json.dumps(posts).encode(), content_type="application/json")
        offset += len(posts)
    return pages


def test_feed_and_sitemap_are_enough() -> None:
    pages = substack(
        feed=rss([f"{SITE}/p/new"]),
        sitemap=urlset(f"{SITE}/p/new?utm_source=x", f"{SITE}/p/old", f"{SITE}/about", f"{SITE}/p/a/comments"),
    )

    visit = visited(SubstackCrawler(pages), f"{SITE}/archive")

    assert visit.links == [f"{SITE}/p/new", f"{SITE}/p/old"]
    assert visit.dropped == [("not_a_post", f"{SITE}/about"), ("not_a_post", f"{SITE}/p/a/comments")]
    assert pages.fetched == [f"{SITE}/feed", f"{SITE}/sitemap.xml"]


def test_without_a_sitemap_the_archive_is_read_to_its_end() -> None:
    posts = [{"canonical_url": f"{SITE}/p/new"}, {"slug": "old"}]
    pages = substack(feed=rss([f"{SITE}/p/new"]), archive=[posts, [{"slug": "older"}], []])

    visit = visited(SubstackCrawler(pages), SITE)

    assert visit.links == [f"{SITE}/p/new", f"{SITE}/p/old", f"{SITE}/p/older"]
    assert visit.dropped == [("listing_failed", f"{SITE}/sitemap.xml")]


def test_a_newsletter_that_has_moved_to_a_custom_domain() -> None:
    pages = PagesInMemory("https://")
    feed = rss(["https://letters.dev/p/bread", "https://eve.substack.com/p/guest"])
    pages.redirect("ada.substack.com/feed", pages.page("letters.dev/feed", feed, content_type="text/xml"))
    pages.page("letters.dev/sitemap.xml", urlset("https://letters.dev/p/old"), content_type="text/xml")

    visit = visited(SubstackCrawler(pages), SITE)

    assert visit.links == ["https://letters.dev/p/bread", "https://letters.dev/p/old"]
    assert visit.dropped == [("other_host", "https://eve.substack.com/p/guest")]


def test_a_custom_domain_when_it_is_said_to_be_substack_s() -> None:
    pages = PagesInMemory("https://letters.ada.dev")
    pages.page("/feed", rss(["https://letters.ada.dev/p/bread"]), content_type="text/xml")
    pages.page("/sitemap.xml", urlset("https://letters.ada.dev/p/bread"), content_type="text/xml")

    assert visited(SubstackCrawler(pages), "https://letters.ada.dev/").links == ["https://letters.ada.dev/p/bread"]


@pytest.mark.parametrize("answer", [b"<html>", b"[", b'{"a": 1}', b'[1, {"slug": ""}, {"slug": 3}]'])
def test_an_archive_that_answers_something_else(answer: bytes) -> None:
    pages = substack(feed=rss([f"{SITE}/p/new"]))
    pages.page("/api/v1/archive?sort=new&offset=0&limit=12", answer)

    assert visited(SubstackCrawler(pages), SITE).links == [f"{SITE}/p/new"]


def test_a_name_that_is_nobody_s() -> None:
    with pytest.raises(ListingError, match=r"neither a feed nor a sitemap nor an archive") as caught:
        visited(SubstackCrawler(substack()), SITE)

    assert caught.value.reason is FailureReason.NO_LISTING
