"""A world of pages, listings and folders in memory, and the crawler that reads it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Lock

from llm_engineering.application.crawl.crawl import CrawlParts
from llm_engineering.application.crawl.dispatcher import Dispatcher, Route
from llm_engineering.application.crawl.fetching import FailureReason, LinkFailedError
from llm_engineering.application.crawl.names import CrawlerName
from llm_engineering.application.crawl.port import Freshness
from llm_engineering.application.crawl.visits import FoundLink, Visit, Visited, VisitEnd
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.warehouse.forgotten import Forgotten
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import ArticleDocument, Content, document_id
from llm_engineering.domain.errors import RetryableError
from llm_engineering.domain.outcomes import Dropped

ADA = Author.from_full_name("Ada Lovelace")
START = datetime(2024, 5, 1, 12, tzinfo=UTC)


class InTroubleError(LinkFailedError, RetryableError):
    """Something is not there now, and may be there later."""


class World:
    """Holds at each address a page, a listing of links, or a folder of files; anything else is not found."""

    def __init__(self) -> None:
        self.now = START
        self.pages: dict[str, str] = {}
        self.listings: dict[str, list[str]] = {}
        self.folders: dict[str, dict[str, str]] = {}
        self.broken: dict[str, FailureReason] = {}
        """Addresses of which everything that they hold comes, and then a failure."""
        self.defects: dict[str, Exception] = {}
        self.in_trouble: set[str] = set()
        """Addresses that cannot be read now, but perhaps later."""
        self.is_up = True
        self.received_bytes = 0
        """By visits that failed."""
        self.forgotten = Forgotten()
        self.visited: list[str] = []
        self.asked_with: dict[str, Freshness] = {}
        self._lock = Lock()

    def parts(self, store: DocumentStore) -> CrawlParts:
        """Return what a crawl of this world works with."""
        return CrawlParts(
            store=store,
            crawlers=Dispatcher({CrawlerName.ARTICLE: self}, [Route(lambda _: True, CrawlerName.ARTICLE)]),
            clock=lambda: self.now,
            is_up=lambda _: self.is_up,
            forgotten=self.forgotten,
            received_bytes=lambda: self.received_bytes,
        )

    def wait(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)

    def crawl(self, visit: Visit) -> Visited:
        address = visit.link.address
        with self._lock:
            self.visited.append(address)
            self.asked_with[address] = visit.known
        if address in self.defects:
            raise self.defects[address]
        if address in self.in_trouble:
            raise InTroubleError(FailureReason.HTTP_ERROR, f"{address} is in trouble.", remedy="Try again later.")
        end = self._end(address)
        if visit.known and visit.known == end.freshness:
            return replace(end, is_unchanged=True, received_bytes=0)
        for link in self.listings.get(address, ()):
            yield FoundLink(link)
        for name, text in self._files(address).items():
            if text:
                yield _document(visit, name, text, self.now)
            else:
                yield Dropped(item=name, reason="empty", detail="It is empty.")
        if address in self.broken:
            raise LinkFailedError(self.broken[address], f"{address} breaks off.", remedy="Try again.")
        return end

    def _files(self, address: str) -> dict[str, str]:
        if address in self.pages:
            return {address: self.pages[address]}
        if address in self.folders:
            return {f"{address}/{name}": text for name, text in self.folders[address].items()}
        if address in self.listings or address in self.broken:
            return {}
        raise LinkFailedError(FailureReason.NOT_FOUND, f"There is nothing at {address}.", remedy="Correct the link.")

    def _end(self, address: str) -> VisitEnd:
        text = repr(self._files(address)) + repr(self.listings.get(address))
        return VisitEnd(freshness={"etag": text}, is_complete=address in self.folders, received_bytes=100)


def _document(visit: Visit, link: str, text: str, now: datetime) -> ArticleDocument:
    return ArticleDocument(
        id=document_id(visit.author.id, link),
        content=Content(title=link.rpartition("/")[2], subtitle=None, text=text, language=None),
        platform="ada.dev",
        author_id=visit.author.id,
        author_full_name=visit.author.full_name,
        link=link,
        crawled_at=now,
    )
