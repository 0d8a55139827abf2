"""Reads a web page as an article."""

import gc
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from lxml.etree import _Element as Element

from llm_engineering.application.crawl.addresses import absolute_address, page_address
from llm_engineering.application.crawl.decoding import decoded, root_name
from llm_engineering.application.crawl.discovery import feed_links
from llm_engineering.application.crawl.extraction import ExtractedArticle, article_of
from llm_engineering.application.crawl.fetching import FailureReason, NoArticleError
from llm_engineering.application.crawl.json_ld import article_nodes
from llm_engineering.application.crawl.links import Link, WebLink, web_link
from llm_engineering.application.crawl.parsing import parsed_page
from llm_engineering.application.crawl.paywall import paywall_of
from llm_engineering.application.crawl.platforms import platform_of
from llm_engineering.application.crawl.port import NOTHING_KNOWN, Fetcher, Page, PageRenderer
from llm_engineering.application.crawl.visits import Visit, Visited, VisitEnd
from llm_engineering.domain.documents import ArticleDocument, Content, document_id

_HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
_LISTING_ROOTS: Final = frozenset({"feed", "rdf", "rss", "sitemapindex", "urlset"})
_WORD: Final = re.compile(r"\w+")
_MOST_ELEMENTS: Final = 40_000
"""The time that trafilatura takes grows with the square of the elements: at 40,000 in one paragraph 20 seconds."""
_LISTING_LINKS: Final = 20
"""A page without an article that has so many links in it is more likely a list of posts than an empty page."""
_AS_A_BLOG: Final = "To collect the pages that it lists, set `crawler: blog` for it in the YAML."


@dataclass(frozen=True, slots=True)
class _Read:
    """A page, and what was found in it."""

    page: Page
    content: Content
    """Its text is empty if the page has no main content."""
    platform: str
    paywall_sign: str | None
    """What shows that the page has only the beginning of its article."""


class ArticleCrawler:
    """Reads any web page as one article.

    Args:
        fetcher: Gets the pages.
        clock: Returns the time at which a document counts as collected (UTC).
        renderer: Shows pages in a browser; used for those only that have no main content without one.
    """

    def __init__(self, fetcher: Fetcher, clock: Callable[[], datetime], renderer: PageRenderer | None = None) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._renderer = renderer
        # One thread takes all pages apart. More gain nothing, because extraction keeps the interpreter busy, and each
        # would keep memory of its own: sixteen take twice as much as one.
        self._extraction = ThreadPoolExecutor(max_workers=1, thread_name_prefix="extraction")

    def crawl(self, visit: Visit) -> Visited:
        """Yield the article of a web page.

        Its link is the one that was asked for, without tracking parameters, and not the one that the server redirected
        to: asking again finds it.

        Raises:
            FetchError: The page could not be fetched.
            NoArticleError: It is no HTML, has no main content, or only the beginning of an article that is sold.
        """
        link = page_address(visit.link) if isinstance(visit.link, WebLink) else visit.link
        page = self._fetcher.fetch(link.address, known=visit.known)
        received = page.received_bytes
        if page.is_unchanged:
            return VisitEnd({**visit.known, **page.freshness}, is_unchanged=True, received_bytes=received)
        read = self._read(page, link)
        freshness = page.freshness
        if not (read.content.text or read.paywall_sign) and self._renderer is not None:
            read = self._read(self._renderer.render(page.url), link)
            received += read.page.received_bytes
            freshness = NOTHING_KNOWN  # the shell that the server sends does not change when what scripts show does
        yield self._document(visit, link, read)
        return VisitEnd(freshness, is_complete=True, received_bytes=received)

    def _read(self, page: Page, link: Link) -> _Read:
        return self._extraction.submit(_read_at_once, page, link).result()

    def _document(self, visit: Visit, link: Link, read: _Read) -> ArticleDocument:
        if read.paywall_sign:
            raise NoArticleError(
                FailureReason.PAYWALLED,
                f"The page {read.page.url} shows only the beginning of its article ({read.paywall_sign}).",
                remedy="If it is yours, give the link of your export archive, or of a free copy of it; else remove it.",
            )
        if not read.content.text:
            raise _no_content(read.page, is_rendered=self._renderer is not None)
        return ArticleDocument(
            id=document_id(visit.author.id, link.address),
            content=read.content,
            platform=read.platform,
            author_id=visit.author.id,
            author_full_name=visit.author.full_name,
            link=link.address,
            crawled_at=self._clock(),
        )


def _read_at_once(page: Page, link: Link) -> _Read:
    """Return what is in a page, read without a break for the garbage collector.

    It would look through the thousands of objects of a page again and again, a tenth of the time, and find nothing:
    hardly any of them refer to each other in circles.
    """
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        return _read(page, link)
    finally:
        if was_collecting:
            gc.enable()


def _read(page: Page, link: Link) -> _Read:
    if not _is_html(page):
        raise _not_html(page)
    tree = parsed_page(decoded(page))
    place = web_link(page.url)
    if tree is None:
        return _Read(page, Content(title=link.address, text=""), place.host, None)
    if (elements := int(tree.xpath("count(//*)"))) > _MOST_ELEMENTS:
        raise NoArticleError(
            FailureReason.TOO_LARGE,
            f"The page {page.url} has {elements:,} elements; more than {_MOST_ELEMENTS:,} take too long to read.",
            remedy="If it is a list or a table, give the links of the pages that it leads to; else remove the link.",
        )
    # Before extraction, which takes from the tree what is no article.
    platform = platform_of(place, tree)
    paywall = paywall_of(tree, platform)
    facts = {"modified_at": _modified_at(tree), "image": _image(tree, page.url)}
    article = article_of(tree, page.url)
    sign = paywall.sign(lambda: len(_WORD.findall(article.text)))
    return _Read(page, _content(article, link, facts), platform, sign)


def _is_html(page: Page) -> bool:
    """Whether a page is HTML or nothing: as declared, or as it looks if the server declared nothing."""
    return page.content_type in _HTML_TYPES if page.content_type else page.body.lstrip()[:1] in {b"", b"<"}


def _not_html(page: Page) -> NoArticleError:
    media_type = f"of the type {page.content_type[:80]!r}" if page.content_type else "of no stated type"
    is_listing = root_name(page) in _LISTING_ROOTS
    return NoArticleError(
        FailureReason.NOT_HTML,
        f"What lies at {page.url} is {media_type}, not an HTML page.",
        remedy=_AS_A_BLOG if is_listing else "Give the link of a page.",
    )


def _no_content(page: Page, *, is_rendered: bool) -> NoArticleError:
    is_listing = bool(feed_links(page)) or _link_count(page) >= _LISTING_LINKS
    browser = (
        "A browser shows none either; remove the link."
        if is_rendered
        else "If a browser shows one, scripts make it: install the browser with pip install 'llm-twin[browser]' "
        "(or: make setup), and set `javascript: true` in the YAML; else remove the link."
    )
    return NoArticleError(
        FailureReason.NO_CONTENT,
        f"The page {page.url} has no main content.",
        remedy=f"{_AS_A_BLOG} {browser}" if is_listing else browser,
    )


def _link_count(page: Page) -> int:
    tree = parsed_page(decoded(page))
    return 0 if tree is None else len({target for link in tree.iter("a") if (target := link.get("href"))})


def _content(article: ExtractedArticle, link: Link, facts: Mapping[str, str | None]) -> Content:
    stated: dict[str, Any] = {
        "author": article.author,
        "published_at": article.published_at and article.published_at.isoformat(),
        "canonical_url": article.canonical_url,
        **facts,
    }
    return Content(
        title=article.title or link.address,
        subtitle=article.subtitle,
        text=article.markdown if article.markdown.strip() else "",
        language=article.language,
        stripped_characters=article.stripped_characters,
        **{key: value for key, value in stated.items() if value is not None},
    )


def _image(tree: Element, url: str) -> str | None:
    return absolute_address(url, next(_meta(tree, "og:image", "twitter:image"), None))


def _modified_at(tree: Element) -> str | None:
    """Return the day of the last change that the page states, as ISO 8601; None if it states none."""
    stated = (*_meta(tree, "article:modified_time", "og:updated_time"), *_dates_modified(tree))
    return next((day for text in stated if (day := _day(text))), None)


def _meta(tree: Element, *names: str) -> Iterator[str]:
    """Yield what the page declares under some names, in the order of the names."""
    declared = [(meta.get("property") or meta.get("name"), meta.get("content")) for meta in tree.iter("meta")]
    return (value for name in names for key, value in declared if key == name and value)


def _dates_modified(tree: Element) -> Iterator[str]:
    return (value for node in article_nodes(tree) if isinstance(value := node.get("dateModified"), str))


def _day(text: str) -> str | None:
    try:
        return datetime.fromisoformat(text.strip()).date().isoformat()
    except ValueError:
        return None
