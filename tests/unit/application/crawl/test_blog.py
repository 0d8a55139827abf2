import gzip
from collections.abc import Iterable
from typing import Any

import pytest

from llm_engineering.application.crawl.blog import BlogCrawler, is_blog
from llm_engineering.application.crawl.fetching import FailureReason, FetchError, ListingError
from llm_engineering.application.crawl.links import parse_link
from llm_engineering.application.crawl.names import CrawlerName
from llm_engineering.application.crawl.visits import FoundLink, VisitEnd
from tests.support.crawl_fakes import PagesInMemory
from tests.support.visiting import Visitation, visited

HOME = b'<html><head><link rel="alternate" type="application/rss+xml" href="/feed.xml"></head><body>Hi</body></html>'


def rss(links: Iterable[str], head: str = "") -> bytes:
    items = "".join(f"<item><link>{link}</link></item>" for link in links)
    return (
        f'<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>{head}{items}</channel></rss>'.encode()
    )


def urlset(*pages: str) -> bytes:
    """Each page is an address, or an address and a date with a space between them."""
    entries = (page.partition(" ") for page in pages)
    urls = "".join(f"<url><loc>{address}</loc><lastmod>{day}</lastmod></url>" for address, _, day in entries)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode()


def index(*sitemaps: str) -> bytes:
    return f"<sitemapindex>{''.join(f'<sitemap><loc>{s}</loc></sitemap>' for s in sitemaps)}</sitemapindex>".encode()


def blog(**files: bytes) -> PagesInMemory:
    """A site with a start page; `feed_xml` stands for /feed.xml."""
    pages = PagesInMemory()
    pages.page("/", HOME)
    for name, body in files.items():
        pages.page(f"/{name.replace('_', '.')}", body, content_type="text/xml")
    return pages


def found(pages: PagesInMemory, link: str = "https://ada.dev/", **source: Any) -> Visitation:
    return visited(BlogCrawler(pages), link, **source)


class TestFeedAndSitemap:
    def test_posts_of_the_feed_come_first_then_what_changed_last(self) -> None:
        feed = rss(["/new", "/newer"])
        sitemap = urlset("https://ada.dev/old 2020-01-01", "https://ada.dev/newer", "https://ada.dev/mid 2022-01-01")

        visit = found(blog(feed_xml=feed, sitemap_xml=sitemap))

        assert visit.items == tuple(
            FoundLink(f"https://ada.dev/{name}", CrawlerName.ARTICLE) for name in ("new", "newer", "mid", "old")
        )
        assert visit.end == VisitEnd(received_bytes=len(HOME) + len(feed) + len(sitemap))

    def test_a_page_that_both_list_has_the_address_of_the_sitemap(self) -> None:
        pages = blog(
            feed_xml=rss(["http://www.ada.dev/bread?utm_source=rss"]), sitemap_xml=urlset("https://ada.dev/bread/")
        )

        assert found(pages).links == ["https://ada.dev/bread/"]

    def test_the_scheme_is_the_one_of_the_source(self) -> None:
        pages = blog(feed_xml=rss(["http://ada.dev/bread"]))

        assert found(pages).links == ["https://ada.dev/bread"]

    def test_what_the_feed_lists_is_a_post_whatever_its_address(self) -> None:
        pages = blog(
            feed_xml=rss(["/tags/", "/2024/"]), sitemap_xml=urlset("https://ada.dev/tags/", "https://ada.dev/tag/a")
        )

        visit = found(pages)

        assert visit.links == ["https://ada.dev/tags/", "https://ada.dev/2024/"]
        assert visit.dropped == [("not_a_post", "https://ada.dev/tag/a")]

    def test_a_feed_without_a_sitemap(self) -> None:
        assert found(blog(feed_xml=rss(["/a"]))).links == ["https://ada.dev/a"]

    def test_a_sitemap_without_a_feed(self) -> None:
        pages = PagesInMemory()
        pages.page("/", b"<html><body>Hi</body></html>")
        pages.page("/sitemap_index.xml", index("https://ada.dev/posts.xml.gz"))
        pages.page("/posts.xml.gz", gzip.compress(urlset("https://ada.dev/a")), content_type="application/gzip")

        assert found(pages).links == ["https://ada.dev/a"]

    def test_pages_of_other_sites_are_left_out(self) -> None:
        pages = blog(feed_xml=rss(["https://eve.dev/a", "https://notes.ada.dev/b"]))

        visit = found(pages)

        assert visit.links == ["https://notes.ada.dev/b"]
        assert visit.dropped == [("other_host", "https://eve.dev/a")]

    def test_neither_feed_nor_sitemap(self) -> None:
        pages = PagesInMemory()
        pages.page("/", b"<html><body>Hi</body></html>")

        with pytest.raises(ListingError, match=r"https://ada\.dev/ has neither a feed nor a sitemap") as caught:
            found(pages)

        assert caught.value.reason is FailureReason.NO_LISTING

    def test_an_address_that_cannot_be_fetched(self) -> None:
        with pytest.raises(FetchError, match=r"no page at https://ada\.dev/") as caught:
            found(PagesInMemory())

        assert caught.value.reason is FailureReason.NOT_FOUND

    @pytest.mark.parametrize(
        "path", ["/index.xml", "/feed.xml", "/atom.xml", "/rss.xml", "/rss/", "/feed/", "/feed.json"]
    )
    def test_feeds_lie_at_the_usual_places(self, path: str) -> None:
        pages = PagesInMemory()
        pages.page("/", b"<html><body>Hi</body></html>")
        pages.page(path, rss(["/a"]))

        assert found(pages).links == ["https://ada.dev/a"]

    def test_a_page_for_every_address_is_no_feed(self) -> None:
        pages = PagesInMemory()
        for path in ("/", "/index.xml", "/feed.xml", "/robots.txt", "/sitemap.xml"):
            pages.page(path, b"<!doctype html><html><body>app</body></html>")
        pages.page("/rss/", rss(["/a"]))

        assert found(pages).links == ["https://ada.dev/a"]

    def test_feeds_of_comments_are_not_read(self) -> None:
        pages = blog(feed_xml=rss(["/a"]))
        link = b'<link rel="alternate" type="application/rss+xml" title="Comments Feed" href="/comments/feed/">'
        pages.page("/", HOME.replace(b"<head>", b"<head>" + link))

        assert found(pages).links == ["https://ada.dev/a"]
        assert "https://ada.dev/comments/feed/" not in pages.fetched


class TestSelection:
    PAGES = urlset(
        "https://ada.dev/en/a 2024-01-02", "https://ada.dev/en/b 2024-01-03", "https://ada.dev/de/a 2024-01-04"
    )

    def test_include_and_exclude(self) -> None:
        visit = found(blog(sitemap_xml=self.PAGES, feed_xml=rss([])), include=("*/en/*",), exclude=("*/b",))

        assert visit.links == ["https://ada.dev/en/a"]
        assert [drop for drop in visit.dropped if drop[0] == "excluded"] == [
            ("excluded", "https://ada.dev/de/a"),
            ("excluded", "https://ada.dev/en/b"),
        ]

    def test_the_newest_pages_up_to_the_limit(self) -> None:
        visit = found(blog(sitemap_xml=self.PAGES, feed_xml=rss(["/en/a"])), max_pages=2)

        assert visit.links == ["https://ada.dev/en/a", "https://ada.dev/de/a"]
        assert visit.dropped == [("over_max_pages", "https://ada.dev/en/b")]

    def test_of_a_section_only_what_lies_under_it(self) -> None:
        pages = blog(sitemap_xml=self.PAGES, feed_xml=rss(["/en/a", "/de/c"]))
        pages.page("/en/", HOME)

        visit = found(pages, "https://ada.dev/en/")

        assert visit.links == ["https://ada.dev/en/a", "https://ada.dev/en/b"]
        assert visit.dropped == [("outside_section", "https://ada.dev/en/")]

    def test_the_section_s_own_feed_may_list_posts_that_lie_elsewhere(self) -> None:
        pages = blog()
        pages.page("/blog", HOME.replace(b"/feed.xml", b"/blog/feed.xml"))
        pages.page("/blog/feed.xml", rss(["/2024/bread"]))

        assert found(pages, "https://ada.dev/blog").links == ["https://ada.dev/2024/bread"]

    def test_the_section_s_own_sitemap_is_enough(self) -> None:
        pages = blog(sitemap_xml=urlset("https://ada.dev/other"))
        pages.page("/docs/", b"<html></html>")
        pages.page("/docs/sitemap.xml", urlset("https://ada.dev/docs/a"))

        visit = found(pages, "https://ada.dev/docs/")

        assert (visit.links, visit.dropped) == (["https://ada.dev/docs/a"], [])

    def test_a_redirect_of_the_root_does_not_narrow_the_site(self) -> None:
        pages = blog(feed_xml=rss(["/a"]))
        pages.redirect("/", pages.page("/en/", HOME))

        assert found(pages).links == ["https://ada.dev/a"]


class TestFaults:
    def test_a_broken_sitemap_does_not_hold_up_the_others(self) -> None:
        pages = blog(feed_xml=rss(["/a"]), sitemap_xml=index("/one.xml", "/two.xml", "/three.xml"))
        pages.redirect("/one.xml", pages.failing(FailureReason.TIMEOUT))
        pages.page("/two.xml", b"\x1f\x8bnonsense")
        pages.page("/three.xml", urlset("https://ada.dev/b"))

        visit = found(pages)

        assert visit.links == ["https://ada.dev/a", "https://ada.dev/b"]
        assert visit.dropped == [
            ("listing_failed", "https://ada.dev/one.xml"),
            ("listing_failed", "https://ada.dev/two.xml"),
        ]

    def test_sitemaps_that_list_each_other_are_read_once(self) -> None:
        pages = blog(feed_xml=rss(["/a"]), sitemap_xml=index("/sitemap.xml", "/one.xml"))
        pages.page("/one.xml", index("/sitemap.xml", "/two.xml"))
        pages.page("/two.xml", urlset("https://ada.dev/b"))

        assert found(pages).links == ["https://ada.dev/a", "https://ada.dev/b"]
        assert pages.fetched.count("https://ada.dev/sitemap.xml") == 1

    def test_indexes_are_not_followed_without_end(self) -> None:
        pages = blog(feed_xml=rss(["/a"]), sitemap_xml=index("/1.xml"))
        for level in range(1, 9):
            pages.page(f"/{level}.xml", index(f"/{level + 1}.xml"))

        visit = found(pages)

        assert visit.dropped == [("listing_too_long", "https://ada.dev/3.xml")]
        assert "https://ada.dev/4.xml" not in pages.fetched

    def test_sitemaps_of_tags_are_not_read(self) -> None:
        pages = blog(feed_xml=rss(["/a"]), sitemap_xml=index("/post_tag-sitemap.xml"))

        assert found(pages).dropped == [("not_a_post", "https://ada.dev/post_tag-sitemap.xml")]

    def test_a_declared_feed_that_is_missing_is_told_and_another_is_looked_for(self) -> None:
        pages = blog()
        pages.page("/atom.xml", rss(["/a"]))

        visit = found(pages)

        assert visit.links == ["https://ada.dev/a"]
        assert visit.dropped == [("listing_failed", "https://ada.dev/feed.xml")]

    def test_a_robots_txt_that_cannot_be_read_is_told(self) -> None:
        pages = blog(feed_xml=rss(["/a"]))
        pages.redirect("/robots.txt", pages.failing(FailureReason.TIMEOUT))

        assert found(pages).dropped == [("listing_failed", "https://ada.dev/robots.txt")]

    def test_a_sitemap_that_cannot_be_read_is_told_and_no_other_is_looked_for(self) -> None:
        pages = blog(feed_xml=rss(["/a"]))
        pages.redirect("/sitemap.xml", pages.failing(FailureReason.TIMEOUT))

        assert found(pages).dropped == [("listing_failed", "https://ada.dev/sitemap.xml")]
        assert "https://ada.dev/sitemap_index.xml" not in pages.fetched

    def test_robots_txt_names_the_sitemap(self) -> None:
        pages = blog(feed_xml=rss(["/a"]), map_xml=urlset("https://ada.dev/b"), sitemap_xml=urlset("https://ada.dev/c"))
        pages.page("/robots.txt", b"Sitemap: https://ada.dev/map.xml", content_type="text/plain")

        assert found(pages).links == ["https://ada.dev/a", "https://ada.dev/b"]

    def test_a_host_that_stops_answering_is_not_asked_on(self) -> None:
        pages = PagesInMemory()
        pages.page("/", b"<html></html>")
        pages.page("/sitemap.xml", urlset("https://ada.dev/a"))
        pages.redirect("/index.xml", pages.failing(FailureReason.UNREACHABLE))

        assert found(pages).dropped == [("listing_failed", "https://ada.dev/index.xml")]
        assert "https://ada.dev/atom.xml" not in pages.fetched

    def test_entries_that_lead_nowhere_are_counted(self) -> None:
        visit = found(
            blog(feed_xml=rss(["mailto:a@ada.dev", "/a"]), sitemap_xml=urlset("https://ada:secret@ada.dev/b"))
        )

        assert visit.links == ["https://ada.dev/a"]
        assert [reason for reason, _ in visit.dropped] == ["unreadable_entries", "unreadable_entries"]


class TestFurtherPages:
    def test_a_feed_that_says_where_it_continues(self) -> None:
        pages = blog(feed_xml=rss(["/a"], '<atom:link rel="next" href="/feed2.xml"/>'), feed2_xml=rss(["/b"]))

        assert found(pages).links == ["https://ada.dev/a", "https://ada.dev/b"]

    def test_a_feed_that_continues_with_itself(self) -> None:
        following = '<atom:link rel="next" href="/feed2.xml"/>'
        pages = blog(feed_xml=rss(["/a"], following), feed2_xml=rss(["/b"], following))

        assert found(pages).links == ["https://ada.dev/a", "https://ada.dev/b"]

    def test_a_following_page_that_fails_is_told(self) -> None:
        visit = found(blog(feed_xml=rss(["/a"], '<atom:link rel="next" href="/feed2.xml"/>')))

        assert (visit.links, visit.dropped) == (
            ["https://ada.dev/a"],
            [("listing_failed", "https://ada.dev/feed2.xml")],
        )

    def test_wordpress_continues_without_saying_so(self) -> None:
        generator = "<generator>https://wordpress.org/?v=6.5</generator>"
        pages = blog(feed_xml=rss(["/a"], generator))
        pages.page("/feed.xml?paged=2", rss(["/b"], generator))

        visit = found(pages)

        assert (visit.links, visit.dropped) == (["https://ada.dev/a", "https://ada.dev/b"], [])


class TestAddressOfAListing:
    def test_a_feed_gives_its_entries_and_nothing_else(self) -> None:
        pages = blog(feed_xml=rss(["/a"]), sitemap_xml=urlset("https://ada.dev/b"))

        assert found(pages, "https://ada.dev/feed.xml").links == ["https://ada.dev/a"]
        assert pages.fetched == ["https://ada.dev/feed.xml"]

    def test_a_sitemap_gives_its_pages_and_is_fetched_once(self) -> None:
        pages = blog(sitemap_xml=urlset("https://ada.dev/b"))

        assert found(pages, "https://ada.dev/sitemap.xml").links == ["https://ada.dev/b"]
        assert pages.fetched == ["https://ada.dev/sitemap.xml"]

    def test_an_unchanged_feed_yields_nothing(self) -> None:
        pages = PagesInMemory()
        link = pages.page("/feed.xml", rss(["/a"]), etag='"1"')
        first = found(pages, link)

        second = visited(BlogCrawler(pages), link, first.end.freshness)

        assert first.links == ["https://ada.dev/a"]
        assert second.items == ()
        assert second.end == VisitEnd(first.end.freshness, is_unchanged=True)

    def test_an_unchanged_feed_is_read_again_when_other_pages_are_selected(self) -> None:
        pages = PagesInMemory()
        link = pages.page("/feed.xml", rss(["/a", "/b"]), etag='"1"')
        first = found(pages, link, max_pages=1)

        assert visited(BlogCrawler(pages), link, first.end.freshness, max_pages=2).links == [
            "https://ada.dev/a",
            "https://ada.dev/b",
        ]

    def test_what_has_several_files_has_no_freshness(self) -> None:
        pages = PagesInMemory()
        link = pages.page("/sitemap.xml", index("/one.xml"), etag='"1"')
        pages.page("/one.xml", urlset("https://ada.dev/a"), etag='"2"')

        assert found(pages, link).end.freshness == {}


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://ada.dev", True),
        ("https://ada.dev/feed/", True),
        ("https://ada.dev/blog/index.xml", True),
        ("https://ada.dev/wp-sitemap.xml", True),
        ("https://ada.dev/post-sitemap2.xml.gz", True),
        ("https://ada.dev/?p=1", False),
        ("https://ada.dev/bread", False),
        ("https://ada.dev/feeding-the-sourdough", False),
        ("./feed.xml", False),
        ("git@ada.dev:feed", False),
    ],
)
def test_what_is_a_blog_by_its_address(link: str, expected: bool) -> None:
    assert is_blog(parse_link(link)) is expected
