from datetime import UTC, datetime

import pytest

from llm_engineering.application.crawl.article import ArticleCrawler
from llm_engineering.application.crawl.fetching import FailureReason, FetchError, NoArticleError
from llm_engineering.application.crawl.port import Fetcher, Page, PageRenderer
from llm_engineering.application.crawl.visits import VisitEnd
from llm_engineering.domain.documents import ArticleDocument, document_id
from tests.support.crawl_fakes import PagesInMemory
from tests.support.visiting import ADA, visited

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
LINK = "https://Blog.example.org/bread#top"
SHELL = b'<html><body><div id="app"></div><script>render()</script></body></html>'
HTML = """<html lang="en"><head><title>Bread</title><meta name="author" content="Jane Doe">
    <meta name="description" content="Four things."><meta property="article:published_time" content="2024-03-05">
    </head><body><article><h1>Bread</h1><p>Bread needs four things and a good deal of patience, which most recipes
    forget to say.</p><p>See <a href="more">the other page</a> for the rest of this long and winding story.</p>
    </article></body></html>"""


def pages_with(body: bytes, content_type: str = "text/html") -> PagesInMemory:
    pages = PagesInMemory("https://blog.example.org")
    pages.page("/bread", body, content_type=content_type)
    return pages


def crawled(pages: Fetcher, link: str = LINK, renderer: PageRenderer | None = None) -> ArticleDocument:
    (document,) = visited(ArticleCrawler(pages, lambda: NOON, renderer), link).documents
    if not isinstance(document, ArticleDocument):
        pytest.fail(f"{document} is no article")
    return document


class Browser:
    """Shows the same page at every address."""

    def __init__(self, html: str) -> None:
        self.rendered: list[str] = []
        self._body = html.encode()

    def render(self, url: str) -> Page:
        self.rendered.append(url)
        return Page(url, "text/html", self._body, "utf-8", {"etag": "browser"}, received_bytes=1000)


def test_a_page_becomes_a_document() -> None:
    document = crawled(pages_with(HTML.encode()))

    assert document.id == document_id(ADA.id, "https://blog.example.org/bread")
    assert document.link == "https://blog.example.org/bread"
    assert (document.platform, document.author_full_name) == ("blog.example.org", "Ada Lovelace")
    assert document.crawled_at == NOON
    assert (document.content.title, document.content.subtitle) == ("Bread", "Four things.")
    assert document.content.language == "en"
    assert document.content.text.startswith("# Bread\n\nBread needs four things")
    assert document.content.model_extra == {"author": "Jane Doe", "published_at": "2024-03-05"}


def test_after_a_redirect_the_link_is_the_one_that_was_asked_for() -> None:
    pages = PagesInMemory("https://blog.example.org")
    pages.redirect("/bread", pages.page("/new/bread", HTML.encode()))

    document = crawled(pages)

    assert document.link == "https://blog.example.org/bread"
    assert "[the other page](https://blog.example.org/new/more)" in document.content.text


def test_a_page_without_a_title_is_called_by_its_address() -> None:
    html = HTML.replace("<title>Bread</title>", "").replace("<h1>Bread</h1>", "")

    assert crawled(pages_with(html.encode())).content.title == "https://blog.example.org/bread"


def test_html_may_come_without_a_type() -> None:
    assert crawled(pages_with(f"\n {HTML}".encode(), content_type="")).content.title == "Bread"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"%PDF-1.7", "application/pdf"), (b"# Bread", "text/plain"), (b"\x89PNG", ""), (b"{}", "application/json")],
)
def test_what_is_no_html(body: bytes, content_type: str) -> None:
    with pytest.raises(NoArticleError, match=r"https://blog\.example\.org/bread .* not an HTML page") as caught:
        crawled(pages_with(body, content_type))

    assert caught.value.reason is FailureReason.NOT_HTML


@pytest.mark.parametrize("body", [b"", b" \n", b"<html><body><script>render()</script></body></html>"])
@pytest.mark.parametrize("content_type", ["text/html", ""])
def test_a_page_without_content(body: bytes, content_type: str) -> None:
    with pytest.raises(NoArticleError, match="has no main content") as caught:
        crawled(pages_with(body, content_type))

    assert caught.value.reason is FailureReason.NO_CONTENT


def test_what_the_fetcher_says_is_handed_on() -> None:
    pages = PagesInMemory("https://blog.example.org")
    pages.redirect("/bread", pages.failing(FailureReason.GONE))

    with pytest.raises(FetchError, match=r"no page at https://blog\.example\.org/gone") as caught:
        crawled(pages)

    assert caught.value.reason is FailureReason.GONE


class TestFreshness:
    def test_what_is_handed_in_at_the_next_visit(self) -> None:
        pages = PagesInMemory("https://blog.example.org")
        link = pages.page("/bread", HTML.encode(), etag='"1"')
        crawler = ArticleCrawler(pages, lambda: NOON)

        first = visited(crawler, link)
        second = visited(crawler, link, first.end.freshness)

        assert first.end == VisitEnd({"etag": '"1"'}, is_complete=True, received_bytes=len(HTML.encode()))
        assert second.items == ()
        assert second.end == VisitEnd({"etag": '"1"'}, is_unchanged=True)


class TestBrowser:
    def test_scripts_are_run_where_there_is_no_content_without(self) -> None:
        pages = PagesInMemory("https://blog.example.org")
        link = pages.page("/bread", SHELL, etag='"shell"')
        browser = Browser(HTML)

        visit = visited(ArticleCrawler(pages, lambda: NOON, browser), link)

        assert visit.documents[0].content.title == "Bread"
        assert browser.rendered == ["https://blog.example.org/bread"]
        assert visit.end == VisitEnd(is_complete=True, received_bytes=len(SHELL) + 1000)

    def test_the_browser_is_not_asked_for_what_is_there(self) -> None:
        browser = Browser("")

        assert crawled(pages_with(HTML.encode()), renderer=browser).content.title == "Bread"
        assert browser.rendered == []

    def test_a_page_that_is_empty_in_the_browser_too(self) -> None:
        with pytest.raises(NoArticleError, match=r"no main content\. A browser shows none either"):
            crawled(pages_with(SHELL), renderer=Browser(SHELL.decode()))

    def test_without_a_browser_the_remedy_says_how_to_have_one(self) -> None:
        with pytest.raises(
            NoArticleError, match=r"pip install 'llm-twin\[browser\]' .* `javascript: true` in the YAML"
        ):
            crawled(pages_with(SHELL))


class TestListings:
    @pytest.mark.parametrize(
        "body",
        [
            SHELL.replace(b"<body>", b'<link rel="alternate" type="application/atom+xml" href="/a.xml"><body>'),
            SHELL.replace(b"<body>", b"<body>" + b"".join(b'<a href="/%d">.</a>' % n for n in range(20))),
        ],
    )
    def test_a_page_without_an_article_that_lists_posts(self, body: bytes) -> None:
        with pytest.raises(NoArticleError, match=r"no main content\. .* set `crawler: blog`") as caught:
            crawled(pages_with(body))

        assert caught.value.reason is FailureReason.NO_CONTENT

    @pytest.mark.parametrize("body", [b'<rss version="2.0"/>', b"<urlset/>"])
    def test_a_feed_or_a_sitemap(self, body: bytes) -> None:
        with pytest.raises(NoArticleError, match=r"not an HTML page\. .* set `crawler: blog`"):
            crawled(pages_with(body, "application/xml"))


class TestWhereAPageIs:
    def test_tracking_parameters_are_left_out(self) -> None:
        pages = PagesInMemory("https://blog.example.org")
        pages.page("/?p=7", HTML.encode())

        document = crawled(pages, "https://blog.example.org/?utm_source=feed&p=7#top")

        assert document.link == "https://blog.example.org/?p=7"
        assert pages.fetched == ["https://blog.example.org/?p=7"]

    def test_services_are_recognised_on_custom_domains(self) -> None:
        html = HTML.replace("<head>", '<head><meta property="al:android:package" content="com.medium.reader">')

        assert crawled(pages_with(html.encode())).platform == "medium"

    def test_what_the_page_says_about_itself(self) -> None:
        head = """<head><link rel="canonical" href="/the-bread"><meta property="og:image" content="/bread.png">
            <meta property="article:modified_time" content="2024-04-01T10:00:00Z">"""

        assert crawled(pages_with(HTML.replace("<head>", head).encode())).content.model_extra == {
            "author": "Jane Doe",
            "published_at": "2024-03-05",
            "modified_at": "2024-04-01",
            "canonical_url": "https://blog.example.org/the-bread",
            "image": "https://blog.example.org/bread.png",
        }

    def test_a_date_that_is_none_is_left_out(self) -> None:
        html = HTML.replace("<head>", '<head><meta property="article:modified_time" content="yesterday">')

        assert "modified_at" not in (crawled(pages_with(html.encode())).content.model_extra or {})

    def test_json_ld_may_say_when_a_page_was_changed(self) -> None:
        script = '<script type="application/ld+json">{"@type": "Article", "dateModified": "2024-04-02"}</script></head>'

        extra = crawled(pages_with(HTML.replace("</head>", script).encode())).content.model_extra or {}

        assert extra["modified_at"] == "2024-04-02"


def test_a_stub_of_which_nothing_is_shown_is_a_stub_too() -> None:
    body = b'<html><body><aside class="gh-post-upgrade-cta"><a href="/login">Log in</a></aside></body></html>'

    with pytest.raises(NoArticleError, match="shows only the beginning") as caught:
        crawled(pages_with(body))

    assert caught.value.reason is FailureReason.PAYWALLED


def test_a_stub_is_no_article() -> None:
    html = HTML.replace("</article>", '</article><aside class="gh-post-upgrade-cta"><h2>Members only</h2></aside>')

    with pytest.raises(NoArticleError, match=r"bread shows only the beginning .*Ghost.* export archive") as caught:
        crawled(pages_with(html.encode()))

    assert caught.value.reason is FailureReason.PAYWALLED


def test_a_page_of_too_many_elements_is_not_looked_through() -> None:
    html = b"<html><body><p>" + b"<b>x</b>" * 40_001 + b"</p></body></html>"

    with pytest.raises(NoArticleError, match="has 40,004 elements") as raised:
        crawled(pages_with(html))

    assert raised.value.reason is FailureReason.TOO_LARGE
