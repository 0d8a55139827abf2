"""Reads a web page as an article."""

from collections.abc import Callable, Generator
from datetime import datetime
from typing import Any, Final

from llm_engineering.application.crawl.decoding import decoded
from llm_engineering.application.crawl.extraction import ExtractedArticle, extract_article
from llm_engineering.application.crawl.fetching import FailureReason, NoArticleError
from llm_engineering.application.crawl.links import Link, WebLink
from llm_engineering.application.ports import Fetcher, Page
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import ArticleDocument, Content, document_id

_HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})


class ArticleCrawler:
    """Reads any web page as one article.

    Args:
        fetcher: Gets the pages.
        clock: Returns the time at which a document counts as collected (UTC).
    """

    def __init__(self, fetcher: Fetcher, clock: Callable[[], datetime]) -> None:
        self._fetcher = fetcher
        self._clock = clock

    def crawl(self, link: Link, author: Author) -> Generator[ArticleDocument, None, None]:
        """Yield the article of a web page.

        Its link is the one that was asked for, not the one that the server redirected to: asking again finds it.

        Raises:
            FetchError: The page could not be fetched.
            NoArticleError: It is no HTML, or has no main content.
        """
        page = self._fetcher.fetch(link.address)
        if not _is_html(page):
            raise _not_html(page)
        article = extract_article(decoded(page), page.url)
        if not article.markdown.strip():
            raise NoArticleError(
                FailureReason.NO_CONTENT,
                f"The page {page.url} has no main content.",
                remedy="If a browser shows one, JavaScript makes it, which is not run; else remove the link.",
            )
        yield ArticleDocument(
            id=document_id(author.id, link.address),
            content=_content(article, link),
            platform=link.host if isinstance(link, WebLink) else "local",
            author_id=author.id,
            author_full_name=author.full_name,
            link=link.address,
            crawled_at=self._clock(),
        )


def _is_html(page: Page) -> bool:
    """Whether a page is HTML or nothing: as declared, or as it looks if the server declared nothing."""
    return page.content_type in _HTML_TYPES if page.content_type else page.body.lstrip()[:1] in {b"", b"<"}


def _not_html(page: Page) -> NoArticleError:
    media_type = f"of the type {page.content_type[:80]!r}" if page.content_type else "of no stated type"
    return NoArticleError(
        FailureReason.NOT_HTML,
        f"What lies at {page.url} is {media_type}, not an HTML page.",
        remedy="Give the link of a page.",
    )


def _content(article: ExtractedArticle, link: Link) -> Content:
    facts: dict[str, Any] = {
        "author": article.author,
        "published_at": article.published_at and article.published_at.isoformat(),
        "canonical_url": article.canonical_url,
    }
    return Content(
        title=article.title or link.address,
        subtitle=article.subtitle,
        text=article.markdown,
        language=article.language,
        **{key: value for key, value in facts.items() if value is not None},
    )
