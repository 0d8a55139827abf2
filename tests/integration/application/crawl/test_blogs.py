"""Blogs, profiles and articles over the real fetcher, on a site with hundreds of entries and with faults."""

import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from llm_engineering.application.crawl.article import ArticleCrawler
from llm_engineering.application.crawl.blog import BlogCrawler
from llm_engineering.application.crawl.fetching import FailureReason, FetchError, NoArticleError
from llm_engineering.infrastructure.http_fetcher import HttpFetcher
from tests.support.clock import SteppedClock
from tests.support.fetching import fetching
from tests.support.site import Reply, Site, Versioned, redirect, reset, running_site
from tests.support.visiting import visited

pytestmark = pytest.mark.integration

POST = """<html lang="en"><head><title>Post {0}</title></head><body><article><h1>Post {0}</h1><p>Bread number {0} needs
four things and a good deal of patience, which most recipes forget to say at all.</p></article></body></html>"""


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


@pytest.fixture
def fetcher() -> Iterator[HttpFetcher]:
    with fetching(SteppedClock()) as fetcher:
        yield fetcher


def urlset(site: Site, numbers: range) -> bytes:
    urls = "".join(
        f"<url><loc>{site.url}/posts/{n}</loc><lastmod>2024-01-{n % 28 + 1:02}</lastmod></url>" for n in numbers
    )
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode()


def atom(site: Site, numbers: range, following: str = "") -> bytes:
    entries = "".join(
        f'<entry><title>Post {n}</title><link href="/posts/{n}?utm_source=atom"/></entry>' for n in numbers
    )
    link = f'<link rel="next" href="{following}"/>' if following else ""
    return f'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="{site.url}">{link}{entries}</feed>'.encode()


@pytest.fixture
def blog(site: Site) -> str:
    """A blog of 600 posts: 300 in a feed of three pages, all in two sitemaps, beside one that is broken."""
    link = '<link rel="alternate" type="application/atom+xml" href="/atom/1.xml">'
    site.on("/robots.txt", Reply(f"User-agent: *\nSitemap: {site.url}/map.xml\n".encode(), content_type="text/plain"))
    for page, following in ((1, "/atom/2.xml"), (2, "/atom/3.xml"), (3, "")):
        site.on(f"/atom/{page}.xml", Reply(atom(site, range(page * 100, page * 100 + 100), following)))
    maps = "".join(
        f"<sitemap><loc>{site.url}/{name}</loc></sitemap>" for name in ("broken.xml", "a.xml", "b.xml.gz", "gone.xml")
    )
    site.on("/map.xml", Reply(f"<sitemapindex>{maps}</sitemapindex>".encode(), content_type="text/xml"))
    site.on("/broken.xml", reset)
    site.on("/a.xml", Reply(urlset(site, range(300)), content_type="application/xml"))
    site.on("/b.xml.gz", Reply(gzip.compress(urlset(site, range(300, 600))), content_type="application/x-gzip"))
    for number in range(600):
        site.on(f"/posts/{number}", Reply(POST.format(number).encode()))
    return site.on("/", Reply(f"<html><head>{link}</head><body>Posts</body></html>".encode()))


def test_each_post_is_found_once_whatever_is_broken(blog: str, site: Site, fetcher: HttpFetcher) -> None:
    visit = visited(BlogCrawler(fetcher), blog)

    assert visit.links[:300] == [f"{site.url}/posts/{number}" for number in range(100, 400)]
    assert sorted(visit.links) == sorted(f"{site.url}/posts/{number}" for number in range(600))
    assert visit.dropped == [
        ("listing_failed", f"{site.url}/broken.xml"),
        ("listing_failed", f"{site.url}/gone.xml"),
    ]
    assert visit.end.received_bytes > 0


def test_many_threads_may_use_the_same_crawlers(blog: str, fetcher: HttpFetcher) -> None:
    blogs, articles = BlogCrawler(fetcher), ArticleCrawler(fetcher, lambda: datetime(2024, 5, 1, tzinfo=UTC))

    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda _: visited(blogs, blog, max_pages=20).links, range(4)))
        titles = list(threads.map(lambda link: visited(articles, link).documents[0].content.title, found[0]))

    assert found == [found[0]] * 4
    assert titles == [f"Post {number}" for number in range(100, 120)]


def test_an_article_that_has_not_changed_is_not_read_again(site: Site, fetcher: HttpFetcher) -> None:
    link = site.on("/bread", Versioned(POST.format(1).encode(), etag='"1"'))
    crawler = ArticleCrawler(fetcher, lambda: datetime(2024, 5, 1, tzinfo=UTC))
    first = visited(crawler, link)

    second = visited(crawler, link, first.end.freshness)

    assert first.documents[0].content.title == "Post 1"
    assert (second.items, second.end.is_unchanged, second.end.received_bytes) == ((), True, 0)


def test_a_feed_that_has_not_changed_is_not_read_again(site: Site, fetcher: HttpFetcher) -> None:
    link = site.on("/feed.xml", Versioned(atom(site, range(200)), etag='"1"'))
    first = visited(BlogCrawler(fetcher), link)

    second = visited(BlogCrawler(fetcher), link, first.end.freshness)

    assert len(first.links) == 200
    assert (second.items, second.end.is_unchanged) == ((), True)


def test_an_article_in_a_broken_encoding(site: Site, fetcher: HttpFetcher) -> None:
    body = POST.format("schöner Brötchen für Jürgen, die süß und groß sind").encode("cp1252")
    link = site.on("/bread", Reply(body, content_type="text/html; charset=utf-8"))

    visit = visited(ArticleCrawler(fetcher, lambda: datetime(2024, 5, 1, tzinfo=UTC)), link)

    assert visit.documents[0].content.title == "Post schöner Brötchen für Jürgen, die süß und groß sind"


def test_a_stub_behind_a_redirect_is_no_article(site: Site, fetcher: HttpFetcher) -> None:
    stub = POST.format(1).replace("</article>", '</article><aside class="gh-post-upgrade-cta">Members only</aside>')
    site.on("/stub", Reply(stub.encode()))
    link = site.on("/bread", redirect("/stub"))

    with pytest.raises(NoArticleError, match="shows only the beginning") as caught:
        visited(ArticleCrawler(fetcher, lambda: datetime(2024, 5, 1, tzinfo=UTC)), link)

    assert caught.value.reason is FailureReason.PAYWALLED


def test_what_robots_txt_forbids_is_not_read(site: Site, fetcher: HttpFetcher) -> None:
    site.on("/robots.txt", Reply(b"User-agent: *\nDisallow: /\n", content_type="text/plain"))

    with pytest.raises(FetchError, match=r"robots\.txt") as caught:
        visited(BlogCrawler(fetcher), site.on("/", Reply(b"<html></html>")))

    assert caught.value.reason is FailureReason.ROBOTS_DISALLOWED
    assert site.requests == ["/robots.txt"]
