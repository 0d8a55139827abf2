from collections.abc import Generator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from llm_engineering.application.crawl.crawl import crawl_links
from llm_engineering.application.crawl.dispatcher import CrawlerName, Dispatcher
from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.application.crawl.links import Link
from llm_engineering.application.crawl.report import LinkOutcome, LinkStatus
from llm_engineering.application.ports import DOCUMENTS, Collection, DocumentStore, JsonObject, Where, WriteReport
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import (
    ArticleDocument,
    Category,
    Content,
    RawDocument,
    RepositoryDocument,
    document_id,
)
from llm_engineering.domain.errors import StoreUnavailableError
from llm_engineering.domain.outcomes import Dropped

pytestmark = pytest.mark.integration

ADA = Author.from_full_name("Ada Lovelace")
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


class Web:
    """A crawler of articles that are in memory; each crawl happens an hour after the one before."""

    def __init__(self, **texts: str) -> None:
        self.texts = texts
        self.crawled: list[str] = []

    def crawl(self, link: Link, author: Author) -> Generator[RawDocument | Dropped, None, None]:
        self.crawled.append(link.address)
        name = link.address.rpartition("/")[2]
        if name not in self.texts:
            raise FetchError(FailureReason.NOT_FOUND, f"There is no {name}.", remedy="Correct the link.")
        yield ArticleDocument(
            id=document_id(author.id, link.address),
            content=Content(title=name, subtitle=None, text=self.texts[name], language=None),
            platform="ada.dev",
            author_id=author.id,
            author_full_name=author.full_name,
            link=link.address,
            crawled_at=NOON + timedelta(hours=len(self.crawled)),
        )


class Files:
    """A crawler of one repository with so many text files and a picture; it can fail behind the last file."""

    def __init__(self, count: int, *, fails: bool = False) -> None:
        self.count = count
        self.fails = fails

    def crawl(self, link: Link, author: Author) -> Generator[RawDocument | Dropped, None, None]:
        yield Dropped(item="engine: a.png", reason="binary", detail="It is no text.")
        for number in range(self.count):
            file_link = f"{link.address}#{number}"
            yield RepositoryDocument(
                id=document_id(author.id, file_link),
                content=Content(title=str(number), subtitle=None, text=f"file {number}", language=None),
                platform="ada.dev",
                author_id=author.id,
                author_full_name=author.full_name,
                link=file_link,
                crawled_at=NOON,
                name="engine",
                repository=link.address,
                path=str(number),
                commit="0" * 40,
            )
        if self.fails:
            raise FetchError(FailureReason.TIMEOUT, "Nothing more comes.", remedy="Try again.")


def dispatcher(web: Web | None = None, files: Files | None = None) -> Dispatcher:
    return Dispatcher({CrawlerName.ARTICLE: web or Web(), CrawlerName.GIT: files or Files(0)})


def stored(store: DocumentStore) -> list[JsonObject]:
    """Everything in the store but the times."""
    found = [json for category in Category for json in store.find(DOCUMENTS[category], {})]
    return [{key: value for key, value in json.items() if key != "crawled_at"} for json in found]


class TestOutcomes:
    def test_a_new_document_is_stored(self, documents: DocumentStore) -> None:
        report = crawl_links(["https://ada.dev/one"], ADA, store=documents, crawlers=dispatcher(Web(one="Text")))

        assert report.outcomes == (
            LinkOutcome(link="https://ada.dev/one", domain="ada.dev", status=LinkStatus.STORED, inserted=1),
        )
        (json,) = documents.find(DOCUMENTS[Category.ARTICLES], {})
        assert json["content"]["Content"] == "Text"

    def test_a_document_that_says_the_same_is_not_written_again(self, documents: DocumentStore) -> None:
        web = Web(one="Text")
        crawl_links(["https://ada.dev/one"], ADA, store=documents, crawlers=dispatcher(web))

        report = crawl_links(["https://ada.dev/one"], ADA, store=documents, crawlers=dispatcher(web))

        assert report.outcomes[0].status is LinkStatus.UNCHANGED
        assert report.outcomes[0].unchanged == 1
        (json,) = documents.find(DOCUMENTS[Category.ARTICLES], {})
        assert datetime.fromisoformat(json["crawled_at"]) == NOON + timedelta(hours=1)

    def test_a_document_that_says_something_else_is_updated(self, documents: DocumentStore) -> None:
        crawl_links(["https://ada.dev/one"], ADA, store=documents, crawlers=dispatcher(Web(one="Old")))

        report = crawl_links(["https://ada.dev/one"], ADA, store=documents, crawlers=dispatcher(Web(one="New")))

        assert (report.outcomes[0].status, report.outcomes[0].updated) == (LinkStatus.STORED, 1)
        (json,) = documents.find(DOCUMENTS[Category.ARTICLES], {})
        assert json["content"]["Content"] == "New"

    def test_one_bad_link_does_not_stop_the_others(self, documents: DocumentStore) -> None:
        links = ["https://ada.dev/none", "ftp://ada.dev/", "https://ada:secret@ada.dev/", "https://ada.dev/one"]
        told: list[LinkOutcome] = []

        report = crawl_links(links, ADA, store=documents, crawlers=dispatcher(Web(one="Text")), on_outcome=told.append)

        assert [(outcome.status, outcome.reason) for outcome in report.outcomes] == [
            (LinkStatus.FAILED, FailureReason.NOT_FOUND),
            (LinkStatus.FAILED, FailureReason.INVALID_LINK),
            (LinkStatus.FAILED, FailureReason.INVALID_LINK),
            (LinkStatus.STORED, None),
        ]
        assert report.outcomes[0].detail == "There is no none. Correct the link."
        assert "secret" not in report.model_dump_json()
        assert report.failed_share == 0.75
        assert tuple(told) == report.outcomes

    def test_a_link_that_comes_again_is_read_once(self, documents: DocumentStore) -> None:
        web = Web(one="Text")

        report = crawl_links(
            ["https://ada.dev/one", "HTTPS://ADA.DEV/one#part"], ADA, store=documents, crawlers=dispatcher(web)
        )

        assert web.crawled == ["https://ada.dev/one"]
        assert report.duplicates == ("https://ada.dev/one",)
        assert len(report.outcomes) == 1

    def test_no_links(self, documents: DocumentStore) -> None:
        assert crawl_links([], ADA, store=documents, crawlers=dispatcher()).outcomes == ()


class TestRepositories:
    LINK = "https://git.ada.dev/engine.git"

    def test_all_files_are_stored_and_what_is_left_out_is_told(self, documents: DocumentStore) -> None:
        report = crawl_links([self.LINK], ADA, store=documents, crawlers=dispatcher(files=Files(250)))

        assert report.outcomes[0].inserted == 250
        assert report.outcomes[0].dropped == 1
        assert report.dropped_by_reason == {"binary": 1}
        assert documents.count(DOCUMENTS[Category.REPOSITORIES], {}) == 250

    def test_a_link_may_have_parts_that_are_left_out_and_no_other(self, documents: DocumentStore) -> None:
        report = crawl_links([self.LINK], ADA, store=documents, crawlers=dispatcher(files=Files(0)))

        assert report.outcomes == (
            LinkOutcome(link=self.LINK, domain="git.ada.dev", status=LinkStatus.UNCHANGED, dropped=1),
        )

    def test_a_failure_in_the_middle_keeps_what_was_read(self, documents: DocumentStore) -> None:
        report = crawl_links([self.LINK], ADA, store=documents, crawlers=dispatcher(files=Files(250, fails=True)))

        outcome = report.outcomes[0]
        assert (outcome.status, outcome.reason) == (LinkStatus.FAILED, FailureReason.TIMEOUT)
        assert outcome.inserted == 199
        assert documents.count(DOCUMENTS[Category.REPOSITORIES], {}) == 199

        again = crawl_links([self.LINK], ADA, store=documents, crawlers=dispatcher(files=Files(250)))

        assert (again.outcomes[0].inserted, again.outcomes[0].unchanged) == (51, 199)


class DyingStore:
    """A store whose process ends at a write: nothing of that write arrives."""

    def __init__(self, store: DocumentStore, writes: int) -> None:
        self._store = store
        self._writes_left = writes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def find(self, collection: Collection, where: Where) -> Iterator[JsonObject]:
        return self._store.find(collection, where)

    def upsert(self, collection: Collection, objects: Sequence[JsonObject]) -> WriteReport:
        self._writes_left -= 1
        if self._writes_left < 0:
            raise StoreUnavailableError("The process has ended.", remedy="Start it again.")
        return self._store.upsert(collection, objects)


class TestInterruption:
    LINKS = ("https://ada.dev/one", "https://git.ada.dev/engine.git", "https://ada.dev/two", "https://ada.dev/none")

    @staticmethod
    def crawlers() -> Dispatcher:
        return dispatcher(Web(one="First", two="Second"), Files(250))

    @pytest.mark.parametrize("writes", range(5))
    def test_a_crawl_that_was_interrupted_is_completed_by_the_next(self, documents: DocumentStore, writes: int) -> None:
        crawl_links(self.LINKS, ADA, store=documents, crawlers=self.crawlers())
        whole = stored(documents)
        for category in Category:
            documents.delete(DOCUMENTS[category], {"author_id": ADA.id})
        dying: Any = DyingStore(documents, writes)

        with pytest.raises(StoreUnavailableError, match="has ended"):
            crawl_links(self.LINKS, ADA, store=dying, crawlers=self.crawlers())
        assert stored(documents) != whole
        crawl_links(self.LINKS, ADA, store=documents, crawlers=self.crawlers())

        assert stored(documents) == whole

    def test_an_error_of_the_program_is_not_hidden(self, documents: DocumentStore) -> None:
        class Broken(Web):
            def crawl(self, link: Link, author: Author) -> Generator[RawDocument | Dropped, None, None]:
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            crawl_links(["https://ada.dev/one"], ADA, store=documents, crawlers=dispatcher(Broken()))
