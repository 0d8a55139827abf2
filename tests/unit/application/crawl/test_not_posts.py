import pytest

from llm_engineering.application.crawl.links import web_link
from llm_engineering.application.crawl.not_posts import is_no_post, is_no_post_sitemap

ROOT = web_link("https://ada.dev/")
BLOG = web_link("https://ada.dev/blog/")


@pytest.mark.parametrize(
    "path",
    [
        "/", "/index.html", "/blog/tags/", "/tags/bread/", "/tag/bread", "/category/food/bread/", "/categories/food",
        "/author/ada/", "/authors", "/page/2/", "/blog/page/3", "/tag/bread/page/2", "/2024/", "/2024/03/",
        "/2024/03/05",
        "/search", "/?s=bread", "/privacy-policy/", "/impressum", "/archive", "/cv.pdf", "/feed.xml", "/talk.ipynb",
        "/bread/?replytocom=7", "/Tags/Bread",
    ],
)  # fmt: skip
def test_listings_site_pages_and_files_are_no_posts(path: str) -> None:
    assert is_no_post(web_link(f"https://ada.dev{path}"), ROOT)


@pytest.mark.parametrize(
    "path",
    [
        "/2024/03/05/bread/", "/2024/bread", "/posts/2024", "/bread.html", "/?p=123", "/blog/?id=7", "/food/bread",
        "/authors/ada/my-first-post/part", "/posts/search", "/posts/privacy", "/page-turners", "/page/two", "/about",
        "/tagging-bread", "/posts/tags-in-git", "/v2.0", "/node.js-for-bakers", "/why-i-left-x.com", "/1984",
        "/series/bread", "/posts/contact",
    ],
)  # fmt: skip
def test_what_may_be_a_post_is_visited(path: str) -> None:
    assert not is_no_post(web_link(f"https://ada.dev{path}"), ROOT)


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/blog/", True), ("/blog/tags", True), ("/blog/2024/", True), ("/blog/a", False), ("/tags/a", True)],
)
def test_paths_are_read_below_the_section(path: str, expected: bool) -> None:
    assert is_no_post(web_link(f"https://ada.dev{path}"), BLOG) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("wp-sitemap-taxonomies-category-1.xml", True),
        ("wp-sitemap-users-1.xml", True),
        ("post_tag-sitemap2.xml", True),
        ("category-sitemap.xml.gz", True),
        ("sitemap-authors.xml?v=2", True),
        ("wp-sitemap-posts-post-1.xml", False),
        ("post-sitemap.xml", False),
        ("sitemap-posts.xml", False),
        ("sitemap-tags-of-baking.xml", False),
    ],
)
def test_sitemaps_of_terms_and_authors(name: str, expected: bool) -> None:
    assert is_no_post_sitemap(f"https://ada.dev/{name}") is expected
