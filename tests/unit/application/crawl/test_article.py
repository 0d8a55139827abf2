from datetime import UTC, datetime

import pytest

from llm_engineering.application.crawl.article import ArticleCrawler
from llm_engineering.application.crawl.fetching import FailureReason, FetchError, NoArticleError
from llm_engineering.application.crawl.links import web_link
from llm_engineering.application.ports import Fetcher
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import ArticleDocument, document_id
from tests.support.crawl_fakes import PagesInMemory

ADA = Author.from_full_name("Ada Lovelace")
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
LINK = web_link("https://Blog.example.org/bread#top")
HTML = """<html lang="en"><head><title>Bread</title><meta name="author" content="Jane Doe">
    <meta name="description" content="Four things."><meta property="article:published_time" content="2024-03-05">
    </head><body><article><h1>Bread</h1><p>Bread needs four things and a good deal of patience, which most recipes
    forget to say.</p><p>See <a href="more">the other page</a> for the rest of this long and winding story.</p>
    </article></body></html>"""


def pages_with(body: bytes, content_type: str = "text/html") -> PagesInMemory:
    pages = PagesInMemory("https://blog.example.org")
    pages.page("/bread", body, content_type=content_type)
    return pages


def crawled(pages: Fetcher) -> ArticleDocument:
    (document,) = ArticleCrawler(pages, lambda: NOON).crawl(LINK, ADA)
    return document


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
