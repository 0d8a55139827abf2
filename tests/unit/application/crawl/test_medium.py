import pytest

from llm_engineering.application.crawl.fetching import FailureReason, ListingError
from llm_engineering.application.crawl.links import parse_link
from llm_engineering.application.crawl.medium import MediumCrawler, is_medium_profile
from tests.support.crawl_fakes import PagesInMemory
from tests.support.visiting import visited
from tests.unit.application.crawl.test_blog import rss, urlset

BREAD = "https://baking.pub/bread-1a2b3c4d5e6f?source=rss-0f9e8d7c6b5a------2"
SALT = "https://medium.com/@ada/salt-111111111111?source=rss-0f9e8d7c6b5a------2"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://medium.com/@ada", True),
        ("https://www.medium.com/@ada/latest", True),
        ("https://medium.com/feed/@ada", True),
        ("https://ada.medium.com", True),
        ("https://ada.medium.com/feed", True),
        ("https://medium.com/towards-bread", True),
        ("https://medium.com/@ada/bread-1a2b3c4d5e6f", False),
        ("https://medium.com/towards-bread/bread-1a2b3c4d5e6f", False),
        ("https://ada.medium.com/bread-1a2b3c4d5e6f", False),
        ("https://medium.com/", False),
        ("https://medium.com/tag/bread", False),
        ("https://medium.com/p/1a2b3c4d5e6f", False),
        ("https://medium.com/membership", False),
        ("https://help.medium.com/", False),
        ("https://medium.com.evil.io/@ada", False),
        ("https://notmedium.com/@ada", False),
        ("./medium.com/@ada", False),
    ],
)
def test_profiles_are_told_from_stories_and_from_other_sites(link: str, expected: bool) -> None:
    assert is_medium_profile(parse_link(link)) is expected


def medium(**files: bytes) -> PagesInMemory:
    pages = PagesInMemory("https://")
    addresses = {
        "feed": "medium.com/feed/@ada",
        "sitemap": "ada.medium.com/sitemap/sitemap.xml",
        "own_feed": "ada.medium.com/feed",
    }
    for name, body in files.items():
        pages.page(addresses[name], body, content_type="text/xml")
    return pages


def test_an_author_s_stories_wherever_they_lie() -> None:
    pages = medium(
        feed=rss([BREAD, SALT]),
        sitemap=urlset(
            "https://ada.medium.com/salt-111111111111",
            "https://ada.medium.com/old-222222222222",
            "https://ada.medium.com/about",
        ),
    )

    visit = visited(MediumCrawler(pages), "https://medium.com/@ada")

    assert visit.links == [
        "https://baking.pub/bread-1a2b3c4d5e6f",
        "https://ada.medium.com/salt-111111111111",
        "https://ada.medium.com/old-222222222222",
    ]
    assert visit.dropped == [("not_a_post", "https://ada.medium.com/about")]


def test_the_author_s_own_subdomain() -> None:
    pages = medium(own_feed=rss([SALT]), sitemap=urlset("https://ada.medium.com/old-222222222222"))

    assert visited(MediumCrawler(pages), "https://ada.medium.com/", max_pages=1).links == [
        "https://medium.com/@ada/salt-111111111111"
    ]


def test_a_publication_has_its_feed_only() -> None:
    pages = PagesInMemory("https://")
    pages.page("medium.com/feed/towards-bread", rss([BREAD]), content_type="text/xml")

    visit = visited(MediumCrawler(pages), "https://medium.com/towards-bread")

    assert (visit.links, visit.dropped) == (["https://baking.pub/bread-1a2b3c4d5e6f"], [])


def test_a_custom_domain_when_it_is_said_to_be_medium_s() -> None:
    pages = PagesInMemory()
    pages.page("/feed", rss(["https://ada.dev/bread-1a2b3c4d5e6f"]), content_type="text/xml")

    assert visited(MediumCrawler(pages), "https://ada.dev/").links == ["https://ada.dev/bread-1a2b3c4d5e6f"]


def test_without_a_sitemap_the_feed_counts() -> None:
    visit = visited(MediumCrawler(medium(feed=rss([SALT]))), "https://medium.com/@ada")

    assert visit.links == ["https://medium.com/@ada/salt-111111111111"]
    assert visit.dropped == [("listing_failed", "https://ada.medium.com/sitemap/sitemap.xml")]


def test_a_name_that_is_nobody_s() -> None:
    with pytest.raises(ListingError, match=r"medium\.com/@nobody has no feed .* export archive") as caught:
        visited(MediumCrawler(medium()), "https://medium.com/@nobody")

    assert caught.value.reason is FailureReason.NO_LISTING
