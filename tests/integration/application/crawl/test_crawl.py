from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from llm_engineering.application.crawl.crawl import CrawlProgress, crawl_sources
from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.report import CrawlReport, LinkOutcome, LinkStatus
from llm_engineering.application.crawl.sources import Source
from llm_engineering.application.ports import CRAWLED_LINKS, DOCUMENT_VERSIONS, DOCUMENTS, DocumentStore, JsonObject
from llm_engineering.application.warehouse.forgotten import Forgotten, Target
from llm_engineering.domain.documents import Category
from tests.support.crawl_world import ADA, START, World
from tests.support.dying_store import DyingStore, KilledError

pytestmark = pytest.mark.integration

BLOG = "https://ada.dev/"
ONE, TWO, THREE = (f"https://ada.dev/{name}" for name in ("one", "two", "three"))


@pytest.fixture
def world() -> World:
    return World()


def crawl(world: World, store: DocumentStore, *sources: Source | str, limits: CrawlLimits | None = None) -> CrawlReport:
    given = [source if isinstance(source, Source) else Source(link=source) for source in sources]
    return crawl_sources(given, ADA, world.parts(store), limits or CrawlLimits())


def outcomes(report: CrawlReport) -> dict[str, str]:
    return {outcome.link: outcome.reason or outcome.status for outcome in report.outcomes}


def articles(store: DocumentStore) -> dict[str, JsonObject]:
    return {json["link"]: json for json in store.find(DOCUMENTS[Category.ARTICLES], {})}


def texts(store: DocumentStore) -> dict[str, str]:
    return {link: json["content"]["Content"] for link, json in articles(store).items()}


def live(store: DocumentStore) -> set[str]:
    return {link for link, json in articles(store).items() if json.get("gone_at") is None}


class TestOutcomes:
    def test_a_new_page_is_stored_with_where_it_comes_from(self, world: World, documents: DocumentStore) -> None:
        world.pages[ONE] = "Text"

        report = crawl(world, documents, Source(link=ONE, owner="Ada", licence="CC-BY-4.0"))

        assert report.outcomes == (
            LinkOutcome(link=ONE, domain="ada.dev", status=LinkStatus.STORED, inserted=1, received_bytes=100),
        )
        stored = articles(documents)[ONE]
        assert stored["content"]["Content"] == "Text"
        assert (stored["source"], stored["origin"]) == (ONE, ONE)
        assert (stored["owner"], stored["licence"]) == ("Ada", "CC-BY-4.0")

    def test_one_bad_link_does_not_stop_the_others(self, world: World, documents: DocumentStore) -> None:
        world.pages[ONE] = "Text"

        report = crawl(world, documents, TWO, ONE)

        assert outcomes(report) == {TWO: "not_found", ONE: "stored"}
        assert report.failed_share == 0.5
        failed = next(outcome for outcome in report.outcomes if outcome.link == TWO)
        assert failed.detail == f"There is nothing at {TWO}. Correct the link."

    def test_a_link_that_comes_again_is_read_once(self, world: World, documents: DocumentStore) -> None:
        world.pages[ONE] = "Text"

        report = crawl(world, documents, ONE, "HTTPS://ADA.DEV/one?utm_source=news#part")

        assert world.visited == [ONE]
        assert report.duplicates == (ONE,)
        assert len(report.outcomes) == 1

    def test_no_links(self, world: World, documents: DocumentStore) -> None:
        assert crawl(world, documents).outcomes == ()

    def test_a_defect_in_reading_one_page_does_not_cost_the_others(
        self, world: World, documents: DocumentStore
    ) -> None:
        world.pages[ONE] = "Text"
        world.defects[TWO] = ZeroDivisionError("division by zero")

        report = crawl(world, documents, TWO, ONE)

        assert outcomes(report) == {TWO: "crawler_failed", ONE: "stored"}
        assert "ZeroDivisionError: division by zero" in report.tables["failed links"][0].model_dump()["what_to_do"]

    def test_what_was_read_before_a_failure_is_kept(self, world: World, documents: DocumentStore) -> None:
        world.folders[ONE] = {str(number): f"file {number}" for number in range(250)} | {"x": ""}
        world.broken[ONE] = FailureReason.TIMEOUT

        report = crawl(world, documents, ONE)

        (outcome,) = report.outcomes
        assert (outcome.reason, outcome.inserted, outcome.dropped) == (FailureReason.TIMEOUT, 250, {"empty": 1})
        assert len(texts(documents)) == 250
        assert report.dropped_by_reason == {"empty": 1}

    def test_what_is_forgotten_is_not_visited(self, world: World, documents: DocumentStore) -> None:
        world.pages |= {ONE: "One", TWO: "Two"}
        world.forgotten = Forgotten.of([Target.parsed(ONE)])

        report = crawl(world, documents, ONE, TWO)

        assert outcomes(report) == {ONE: "forgotten", TWO: "stored"}
        assert world.visited == [TWO]

    def test_a_host_that_wants_to_be_left_alone_is_no_failure_and_waits_for_the_next_run(
        self, world: World, documents: DocumentStore
    ) -> None:
        world.pages[ONE] = "Text"
        world.broken[TWO] = FailureReason.RATE_LIMITED

        report = crawl(world, documents, ONE, TWO)

        assert outcomes(report) == {ONE: "stored", TWO: "rate_limited"}
        assert report.links_by_status["deferred"] == 1
        assert report.failed_share == 0
        del world.broken[TWO]
        world.pages[TWO] = "Text"
        again = crawl(world, documents, ONE, TWO)
        assert outcomes(again) == {ONE: "stored", TWO: "stored"}
        assert again.resumed == 1

    def test_what_is_forgotten_is_left_out_of_what_holds_it(self, world: World, documents: DocumentStore) -> None:
        world.folders[ONE] = {"a": "A", "b": "B"}
        world.forgotten = Forgotten(links=frozenset({"ada.dev/one/a"}))

        report = crawl(world, documents, ONE)

        assert texts(documents) == {f"{ONE}/b": "B"}
        assert report.dropped_by_reason == {"forgotten": 1}

    def test_a_page_leads_to_the_web_only(self, world: World, documents: DocumentStore) -> None:
        world.listings[BLOG] = ["file:///etc/passwd", "/etc/passwd", "git@ada.dev:engine.git", ONE]
        world.pages[ONE] = "Text"

        report = crawl(world, documents, BLOG)

        assert outcomes(report) == {BLOG: "listed", ONE: "stored"}
        assert report.dropped_by_reason == {"invalid_link": 3}

    def test_progress_is_told(self, world: World, documents: DocumentStore) -> None:
        world.pages[ONE] = "Text"
        told: list[CrawlProgress] = []

        crawl_sources([Source(link=ONE), Source(link=TWO)], ADA, world.parts(documents), CrawlLimits(), told.append)

        assert told[-1] == CrawlProgress(visited=2, waiting=0, received_bytes=100, failed=1)


class TestListings:
    def test_what_a_blog_lists_is_crawled_too(self, world: World, documents: DocumentStore) -> None:
        world.listings[BLOG] = [ONE, f"{ONE}?utm_medium=rss", TWO, THREE]
        world.pages |= {ONE: "One", TWO: "Two"}

        report = crawl(world, documents, BLOG)

        assert outcomes(report) == {BLOG: "listed", ONE: "stored", TWO: "stored", THREE: "not_found"}
        assert {outcome.source for outcome in report.outcomes} == {"", BLOG}
        assert articles(documents)[ONE]["source"] == BLOG
        assert articles(documents)[ONE]["origin"] == ONE

    def test_a_page_that_is_no_longer_listed_is_still_looked_after(
        self, world: World, documents: DocumentStore
    ) -> None:
        world.listings[BLOG] = [ONE, TWO]
        world.pages |= {ONE: "One", TWO: "Two"}
        crawl(world, documents, BLOG)
        world.listings[BLOG] = [TWO]
        world.pages[ONE] = "One, revised"

        crawl(world, documents, BLOG)

        assert texts(documents) == {ONE: "One, revised", TWO: "Two"}

    def test_an_address_that_cannot_be_read_is_left_out_with_a_reason(
        self, world: World, documents: DocumentStore
    ) -> None:
        world.listings[BLOG] = ["javascript:void(0)", ONE]
        world.pages[ONE] = "One"

        report = crawl(world, documents, BLOG)

        assert report.dropped_by_reason == {"invalid_link": 1}
        assert texts(documents) == {ONE: "One"}

    def test_a_page_that_could_not_be_read_yet_is_found_again(self, world: World, documents: DocumentStore) -> None:
        world.listings[BLOG] = [ONE, TWO]
        world.pages[ONE] = "One"
        world.broken[TWO] = FailureReason.HTTP_ERROR
        crawl(world, documents, BLOG)
        del world.broken[TWO]
        world.pages[TWO] = "Two"

        crawl(world, documents, BLOG)

        assert texts(documents) == {ONE: "One", TWO: "Two"}
        crawl(world, documents, BLOG)
        assert world.asked_with[BLOG]

    def test_pages_that_the_source_excludes_by_now_are_not_visited(
        self, world: World, documents: DocumentStore
    ) -> None:
        world.listings[BLOG] = [ONE, TWO]
        world.pages |= {ONE: "One", TWO: "Two"}
        crawl(world, documents, BLOG)
        world.listings[BLOG] = [ONE]
        world.visited.clear()

        crawl(world, documents, Source(link=BLOG, exclude=("*/two",)))

        assert sorted(world.visited) == [BLOG, ONE]


class TestChanges:
    def test_what_has_not_changed_is_asked_for_with_what_is_known_and_not_written(
        self, world: World, documents: DocumentStore
    ) -> None:
        world.listings[BLOG] = [ONE]
        world.pages[ONE] = "Text"
        crawl(world, documents, BLOG)
        world.wait(hours=1)

        report = crawl(world, documents, BLOG)

        assert outcomes(report) == {BLOG: "unchanged", ONE: "unchanged"}
        assert report.documents == {"inserted": 0, "updated": 0, "unchanged": 1, "gone": 0}
        assert world.asked_with[ONE]
        assert datetime.fromisoformat(articles(documents)[ONE]["crawled_at"]) == START

    def test_a_changed_page_is_updated_and_its_old_version_kept(self, world: World, documents: DocumentStore) -> None:
        world.pages[ONE] = "Old"
        crawl(world, documents, ONE)
        world.pages[ONE] = "New"

        report = crawl(world, documents, ONE)

        assert (report.outcomes[0].status, report.outcomes[0].updated) == (LinkStatus.STORED, 1)
        assert texts(documents) == {ONE: "New"}
        (version,) = documents.find(DOCUMENT_VERSIONS, {})
        assert version["document"]["content"]["Content"] == "Old"

    def test_nothing_is_taken_for_known_once_its_document_is_not_in_the_store(
        self, world: World, documents: DocumentStore
    ) -> None:
        world.pages[ONE] = "Text"
        crawl(world, documents, ONE)
        documents.delete(DOCUMENTS[Category.ARTICLES], {"link": ONE})

        crawl(world, documents, ONE)

        assert texts(documents) == {ONE: "Text"}

    @pytest.mark.parametrize(
        ("source", "limits"),
        [
            (Source(link=ONE, owner="Somebody"), CrawlLimits()),
            (Source(link=ONE), CrawlLimits(max_page_bytes=5_000)),
        ],
    )
    def test_other_rules_of_reading_make_everything_be_read_again(
        self, world: World, documents: DocumentStore, source: Source, limits: CrawlLimits
    ) -> None:
        world.pages[ONE] = "Text"
        crawl(world, documents, ONE)

        crawl(world, documents, source, limits=limits)

        assert world.asked_with[ONE] == {}
        assert articles(documents)[ONE]["owner"] == source.owner

    def test_a_file_that_a_complete_reading_does_not_give_any_more_is_gone(
        self, world: World, documents: DocumentStore
    ) -> None:
        world.folders[ONE] = {"a": "A", "b": "B"}
        crawl(world, documents, ONE)
        world.folders[ONE] = {"b": "B"}

        report = crawl(world, documents, ONE)

        assert report.outcomes[0].gone == 1
        assert live(documents) == {f"{ONE}/b"}
        assert datetime.fromisoformat(articles(documents)[f"{ONE}/a"]["gone_at"]) == START

    def test_a_reading_that_breaks_off_says_nothing_about_the_rest(
        self, world: World, documents: DocumentStore
    ) -> None:
        world.folders[ONE] = {"a": "A", "b": "B"}
        crawl(world, documents, ONE)
        world.folders[ONE] = {"b": "B, revised"}
        world.broken[ONE] = FailureReason.TIMEOUT

        crawl(world, documents, ONE)

        assert live(documents) == {f"{ONE}/a", f"{ONE}/b"}


class TestGone:
    @pytest.fixture
    def known(self, world: World, documents: DocumentStore) -> World:
        """A blog of two pages that was crawled, after which one page was removed."""
        world.listings[BLOG] = [ONE, TWO]
        world.pages |= {ONE: "One", TWO: "Two"}
        crawl(world, documents, BLOG)
        del world.pages[ONE]
        return world

    def test_a_page_is_gone_after_two_crawls_a_day_apart(self, known: World, documents: DocumentStore) -> None:
        known.wait(days=1)
        first = crawl(known, documents, BLOG)
        assert outcomes(first)[ONE] == "not_found"
        assert live(documents) == {ONE, TWO}

        known.wait(days=1)
        second = crawl(known, documents, BLOG)

        assert outcomes(second)[ONE] == "gone"
        assert second.documents["gone"] == 1
        assert live(documents) == {TWO}

    def test_an_outage_of_the_site_buries_nothing(self, known: World, documents: DocumentStore) -> None:
        known.pages.clear()
        known.listings.clear()
        known.is_up = False
        for _ in range(3):
            known.wait(days=1)
            crawl(known, documents, BLOG)

        assert live(documents) == {ONE, TWO}

    def test_a_page_that_comes_back_in_between_is_not_gone(self, known: World, documents: DocumentStore) -> None:
        known.wait(days=1)
        crawl(known, documents, BLOG)
        known.pages[ONE] = "One"
        known.wait(days=1)
        crawl(known, documents, BLOG)
        del known.pages[ONE]
        known.wait(days=1)

        assert outcomes(crawl(known, documents, BLOG))[ONE] == "not_found"
        assert live(documents) == {ONE, TWO}

    def test_a_page_that_is_gone_and_listed_again_comes_back(self, known: World, documents: DocumentStore) -> None:
        for _ in range(2):
            known.wait(days=1)
            crawl(known, documents, BLOG)
        known.listings[BLOG] = [TWO]
        known.wait(days=1)
        known.visited.clear()
        crawl(known, documents, BLOG)
        assert ONE not in known.visited

        known.listings[BLOG] = [TWO, ONE]
        known.pages[ONE] = "One"
        report = crawl(known, documents, BLOG)

        assert outcomes(report)[ONE] == "stored"
        assert live(documents) == {ONE, TWO}

    def test_a_page_that_is_gone_is_counted_once(self, known: World, documents: DocumentStore) -> None:
        known.wait(days=1)
        crawl(known, documents, BLOG)
        known.wait(days=1)
        first = crawl(known, documents, BLOG, limits=CrawlLimits(max_pages=2, requests_per_host=1))
        assert first.documents["gone"] == 1

        second = crawl(known, documents, BLOG)

        assert second.resumed == 2
        assert second.documents["gone"] == 1
        assert outcomes(second)[ONE] == "gone"


class TestBudget:
    def test_what_exceeds_the_pages_of_a_run_waits_for_the_next(self, world: World, documents: DocumentStore) -> None:
        world.listings[BLOG] = [ONE, TWO, THREE]
        world.pages |= {ONE: "One", TWO: "Two", THREE: "Three"}
        limits = CrawlLimits(max_pages=2, requests_per_host=1)

        first = crawl(world, documents, BLOG, limits=limits)

        assert outcomes(first) == {BLOG: "listed", ONE: "stored", TWO: "deferred", THREE: "deferred"}
        assert first.failed_share == 0
        second = crawl(world, documents, BLOG, limits=limits)
        assert outcomes(second) == {BLOG: "listed", ONE: "stored", TWO: "stored", THREE: "stored"}
        assert second.resumed == 2
        assert sorted(world.visited) == sorted([BLOG, ONE, TWO, THREE])

    def test_no_visit_begins_once_the_bytes_are_spent(self, world: World, documents: DocumentStore) -> None:
        world.pages |= {ONE: "One", TWO: "Two"}

        report = crawl(world, documents, ONE, TWO, limits=CrawlLimits(max_bytes=100, requests_per_host=1))

        assert outcomes(report) == {ONE: "stored", TWO: "deferred"}

    def test_the_bytes_of_visits_that_failed_count(self, world: World, documents: DocumentStore) -> None:
        world.pages |= {ONE: "One", TWO: "Two"}
        world.received_bytes = 5_000

        report = crawl(world, documents, ONE, TWO, limits=CrawlLimits(max_bytes=5_000))

        assert outcomes(report) == {ONE: "deferred", TWO: "deferred"}

    def test_a_host_in_trouble_is_left_alone(self, world: World, documents: DocumentStore) -> None:
        pages = [f"https://ada.dev/{number}" for number in range(9)]
        world.listings["https://bob.dev/"] = [*pages, "https://bob.dev/one"]
        world.pages["https://bob.dev/one"] = "One"
        world.in_trouble = set(pages)

        report = crawl(world, documents, "https://bob.dev/", limits=CrawlLimits(host_failures=3, requests_per_host=1))

        assert report.links_by_status["deferred"] == 6
        assert report.failures_by_reason == {"http_error": 3}
        assert outcomes(report)["https://bob.dev/one"] == "stored"


class TestRefusal:
    def test_a_document_that_the_store_refuses_does_not_cost_the_others(
        self, world: World, documents: DocumentStore
    ) -> None:
        world.folders[ONE] = {"a": "A", "b": "B"}
        crawl(world, documents, ONE)
        world.folders[ONE] = {"a": "A, revised", "c": "half a character: \ud83d", "d": "D"}

        report = crawl(world, documents, ONE)

        assert texts(documents) == {f"{ONE}/a": "A, revised", f"{ONE}/b": "B", f"{ONE}/d": "D"}
        assert report.dropped_by_reason == {"not_storable": 1}
        assert live(documents) == {f"{ONE}/a", f"{ONE}/b", f"{ONE}/d"}


class TestInterruption:
    SOURCES = (BLOG, "https://git.ada.dev/engine", THREE)

    @staticmethod
    def filled(world: World) -> World:
        world.listings[BLOG] = [ONE, TWO]
        world.pages |= {ONE: "One", TWO: "Two", THREE: "Three"}
        world.folders["https://git.ada.dev/engine"] = {str(number): f"file {number}" for number in range(250)}
        return world

    @staticmethod
    def everything(store: DocumentStore) -> list[JsonObject]:
        collections = [*DOCUMENTS.values(), CRAWLED_LINKS, DOCUMENT_VERSIONS]
        return [json for collection in collections for json in store.find(collection, {})]

    @pytest.mark.parametrize("writes", range(12))
    def test_a_crawl_that_was_killed_is_completed_by_the_next(
        self, world: World, documents: DocumentStore, tmp_path: Any, writes: int
    ) -> None:
        self.filled(world)
        dying = DyingStore(documents, writes)
        limits = CrawlLimits(concurrency=1)
        with pytest.raises(KilledError):
            crawl(world, dying, *self.SOURCES, limits=limits)
        done_before = self.done(documents)
        world.visited.clear()

        report = crawl(world, documents, *self.SOURCES, limits=limits)

        assert not done_before & set(world.visited)
        assert report.resumed == len(done_before)
        assert texts(documents) == {ONE: "One", TWO: "Two", THREE: "Three"} | {
            f"https://git.ada.dev/engine/{number}": f"file {number}" for number in range(250)
        }
        assert len(report.outcomes) == 5
        assert list(documents.find(DOCUMENT_VERSIONS, {})) == []

    @staticmethod
    def done(store: DocumentStore) -> set[str]:
        return {json["address"] for json in store.find(CRAWLED_LINKS, {}) if json["outcome"]}

    def test_a_crawl_that_ended_is_not_resumed(self, world: World, documents: DocumentStore) -> None:
        self.filled(world)
        crawl(world, documents, *self.SOURCES)
        world.visited.clear()

        report = crawl(world, documents, *self.SOURCES)

        assert report.resumed == 0
        assert len(world.visited) == 5

    def test_an_old_crawl_begins_anew(self, world: World, documents: DocumentStore) -> None:
        self.filled(world)
        crawl(world, documents, *self.SOURCES, limits=CrawlLimits(max_pages=1))
        world.wait(hours=25)

        assert crawl(world, documents, *self.SOURCES).resumed == 0


def test_sources_of_two_lists_share_what_is_known_of_a_link(world: World, documents: DocumentStore) -> None:
    world.listings[BLOG] = [ONE]
    world.pages[ONE] = "One"
    crawl(world, documents, BLOG)
    lists: Sequence[str] = (ONE,)

    crawl(world, documents, *lists)

    assert [json["address"] for json in documents.find(CRAWLED_LINKS, {"address": ONE})] == [ONE]
