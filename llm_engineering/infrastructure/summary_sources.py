"""Finds what is to be summarized: a stored document, a local file, or a page or file on the web."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pydantic import SecretStr

from llm_engineering.application.crawl.article import ArticleCrawler
from llm_engineering.application.crawl.conversion import DocumentKind, FileConverter
from llm_engineering.application.crawl.files import FilesCrawler
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.links import Link, LocalLink, WebLink, parse_link
from llm_engineering.application.crawl.port import HTML_PAGES, NOTHING_KNOWN, Fetcher, Freshness, Page
from llm_engineering.application.crawl.sources import CrawlRules, Source
from llm_engineering.application.crawl.visits import Crawler, Visit
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.summarize.source_text import NothingToSummarizeError, SourceText
from llm_engineering.application.summarize.stored_documents import document_at
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import RawDocument
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.infrastructure.crawling import opened_fetcher
from llm_engineering.infrastructure.file_converter import MarkitdownConverter

_NOBODY: Final = Author.from_full_name("Nobody Known")
"""A crawler asks whose writing it reads; here it does not matter."""
_KINDS: Final = {
    "application/pdf": DocumentKind.PDF,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": DocumentKind.DOCX,
    "application/epub+zip": DocumentKind.EPUB,
}


class SeveralDocumentsError(InvalidInputError):
    """A link stands for more than one document."""

    def __init__(self, target: str, first: str, second: str) -> None:
        super().__init__(
            f"{target[:200]!r} stands for several documents, among them {first!r} and {second!r}.",
            remedy="Name one of them.",
        )
        self.target = target


def source_text(target: str, store: DocumentStore, rules: CrawlRules) -> SourceText:
    """Return the document that a link or a path names; the stored one if there is one, else it is read now.

    A document that is read now is not stored.

    Args:
        target: The link of a stored document, a path, or a web address of a page, a PDF, a DOCX or an EPUB file.
        store: Where collected documents lie.
        rules: How files and the web are read.

    Raises:
        InvalidLinkError: It is neither a link nor a path.
        LinkFailedError: Nothing could be read there.
        SeveralDocumentsError: It names a folder or a pattern that several files fit.
        NothingToSummarizeError: There is no text.
    """
    stored = document_at(target, store)
    if stored is not None:
        return SourceText.of(stored)
    link = LocalLink(Path(target).resolve()) if Path(target).is_file() else parse_link(target)
    with closing(MarkitdownConverter(max_bytes=rules.limits.max_document_bytes)) as converter:
        if isinstance(link, WebLink):
            with opened_fetcher(rules) as fetcher:
                return SourceText.of(_from_web(target, link, fetcher, converter, rules.limits))
        return SourceText.of(_read(target, link, FilesCrawler(converter, rules.limits, _now)))


def _from_web(
    target: str, link: WebLink, fetcher: Fetcher, converter: FileConverter, limits: CrawlLimits
) -> RawDocument:
    page = fetcher.fetch(link.address, accept=", ".join((*_KINDS, HTML_PAGES)))
    kind = _KINDS.get(page.content_type)
    if kind is None:
        return _read(target, link, ArticleCrawler(_Fetched(page), _now))
    with TemporaryDirectory(prefix="summary-") as folder:
        name = Path(link.address.split("?")[0]).stem[:80] or "document"
        path = Path(folder) / f"{name}.{kind.value}"
        path.write_bytes(page.body)
        document = _read(target, LocalLink(path), FilesCrawler(converter, limits, _now))
    return document.model_copy(update={"link": link.address})


class _Fetched:
    """A `Fetcher` that has fetched already."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def fetch(
        self,
        url: str,  # noqa: ARG002 - the one page that it has is the answer
        *,
        known: Freshness = NOTHING_KNOWN,  # noqa: ARG002
        accept: str = HTML_PAGES,  # noqa: ARG002
        token: SecretStr | None = None,  # noqa: ARG002
    ) -> Page:
        """Return the page."""
        return self._page


def _read(target: str, link: Link, crawler: Crawler) -> RawDocument:
    """Return the one document that a crawler yields for a link."""
    source = Source(link=link.address)
    documents: list[RawDocument] = []
    with closing(crawler.crawl(Visit(link, _NOBODY, source))) as visit:
        for item in visit:
            if isinstance(item, RawDocument):
                documents.append(item)
            if len(documents) > 1:
                raise SeveralDocumentsError(target, documents[0].link, documents[1].link)
    if not documents:
        raise NothingToSummarizeError(target)
    return documents[0]


def _now() -> datetime:
    return datetime.now(UTC)
