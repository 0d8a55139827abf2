from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.infrastructure.http_fetcher import HttpFetcher
from tests.support.clock import SteppedClock
from tests.support.fetching import LIMITS, failure, fetching
from tests.support.site import Reply, Site, redirect, running_site, running_sites, slow

pytestmark = pytest.mark.integration


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def fetcher(clock: SteppedClock) -> Iterator[HttpFetcher]:
    with fetching(clock) as fetcher:
        yield fetcher


class TestRobots:
    def test_a_page_that_may_not_be_fetched_is_not_asked_for(self, site: Site, fetcher: HttpFetcher) -> None:
        site.on("/robots.txt", Reply(b"User-agent: llm-twin\nDisallow: /private\n", content_type="text/plain"))

        error = failure(fetcher, site.on("/private/a", Reply(b"a")))

        assert error.reason is FailureReason.ROBOTS_DISALLOWED
        assert site.requests == ["/robots.txt"]
        assert fetcher.fetch(site.on("/a", Reply(b"a"))).body == b"a"

    def test_a_site_is_asked_once(self, site: Site, fetcher: HttpFetcher) -> None:
        url = site.on("/a", Reply(b"a"))

        fetcher.fetch(url)
        fetcher.fetch(url)

        assert site.requests == ["/robots.txt", "/a", "/a"]

    @pytest.mark.parametrize("status", [401, 403, 404, 410])
    def test_without_rules_everything_is_allowed(self, site: Site, fetcher: HttpFetcher, status: int) -> None:
        site.on("/robots.txt", Reply(status=status))

        assert fetcher.fetch(site.on("/a", Reply(b"a"))).body == b"a"

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_of_a_site_in_trouble_nothing_is_fetched(self, site: Site, fetcher: HttpFetcher, status: int) -> None:
        site.on("/robots.txt", Reply(status=status))

        error = failure(fetcher, site.on("/a", Reply(b"a")))

        assert error.reason is FailureReason.ROBOTS_DISALLOWED
        assert f"status {status}" in str(error)
        assert set(site.requests) == {"/robots.txt"}

    def test_rules_beyond_500_kibibytes_are_not_read(self, site: Site, fetcher: HttpFetcher) -> None:
        rules = b"User-agent: *\nDisallow: /a\n" + b"#" * 600_000 + b"\nDisallow: /b\n"
        site.on("/robots.txt", Reply(rules))

        assert failure(fetcher, site.on("/a", Reply(b"a"))).reason is FailureReason.ROBOTS_DISALLOWED
        assert fetcher.fetch(site.on("/b", Reply(b"b"))).body == b"b"

    def test_without_end_redirected_rules_are_none(self, site: Site, fetcher: HttpFetcher) -> None:
        site.on("/robots.txt", redirect("/robots.txt"))

        assert fetcher.fetch(site.on("/a", Reply(b"a"))).body == b"a"

    def test_robots_txt_may_be_redirected(self, site: Site, fetcher: HttpFetcher) -> None:
        site.on("/robots.txt", redirect("/rules.txt"))
        site.on("/rules.txt", Reply(b"User-agent: *\nDisallow: /\n"))

        assert failure(fetcher, site.on("/a", Reply(b"a"))).reason is FailureReason.ROBOTS_DISALLOWED

    def test_a_redirect_leads_under_the_rules_of_its_target(self, site: Site, fetcher: HttpFetcher) -> None:
        site.on("/robots.txt", Reply(b"User-agent: *\nDisallow: /b\n"))
        site.on("/b", Reply(b"b"))

        assert failure(fetcher, site.on("/a", redirect("/b"))).reason is FailureReason.ROBOTS_DISALLOWED
        assert "/b" not in site.requests

    def test_of_an_api_they_are_not_asked_for(self, site: Site, clock: SteppedClock) -> None:
        site.on("/robots.txt", Reply(b"User-agent: *\nDisallow: /\n"))

        with fetching(clock, asks_robots=False) as fetcher:
            page = fetcher.fetch(site.on("/users/ada/repos", Reply(b"[]")))

        assert page.body == b"[]"
        assert site.requests == ["/users/ada/repos"]


class TestDelay:
    @pytest.mark.parametrize(
        ("rules", "sleeps"),
        [
            (b"User-agent: *\nCrawl-delay: 4\n", [4, 4]),
            (b"User-agent: *\nRequest-rate: 2/12s\n", [6, 6]),
            (b"User-agent: *\nCrawl-delay: 1\n", [2, 2]),
            (b"User-agent: *\nCrawl-delay: 20\n\nUser-agent: LLM-Twin\nCrawl-delay: 3\n", [3, 3]),
            (b"User-agent: *\nCrawl-delay: soon\n", [2, 2]),
        ],
    )
    def test_a_site_is_not_asked_more_often_than_it_wants(
        self, site: Site, clock: SteppedClock, rules: bytes, sleeps: list[float]
    ) -> None:
        site.on("/robots.txt", Reply(rules))
        url = site.on("/a", Reply(b"a"))

        with fetching(clock, delay_seconds=2) as fetcher:
            fetcher.fetch(url)
            fetcher.fetch(url)

        assert clock.sleeps == sleeps

    def test_every_request_counts(self, clock: SteppedClock) -> None:
        with running_sites("127.0.0.1", "127.0.0.2") as (first, second):
            first.on("/a", redirect(second.on("/b", Reply(b"b"))))
            with fetching(clock, allowed=["127.0.0.1", "127.0.0.2"], delay_seconds=2) as fetcher:
                fetcher.fetch(f"{first.url}/a")

        assert first.requests + second.requests == ["/robots.txt", "/a", "/robots.txt", "/b"]
        assert clock.sleeps == [2, 2]

    def test_of_a_site_that_wants_to_be_asked_once_an_hour_nothing_is_fetched(
        self, site: Site, fetcher: HttpFetcher, clock: SteppedClock
    ) -> None:
        site.on("/robots.txt", Reply(b"User-agent: *\nCrawl-delay: 3600\n"))

        error = failure(fetcher, site.on("/a", Reply(b"a")))

        assert error.reason is FailureReason.ROBOTS_DISALLOWED
        assert "asks crawlers to wait 3600 seconds between two requests" in error.problem
        assert "max_crawl_delay_seconds, which is 30" in error.remedy
        assert (site.requests, clock.sleeps) == (["/robots.txt"], [])


class TestManyThreads:
    def test_a_site_is_asked_once(self, site: Site, fetcher: HttpFetcher) -> None:
        site.on("/robots.txt", slow(0.1, Reply(b"User-agent: *\nDisallow: /private\n")))
        urls = [site.on(f"/{number}", Reply(b"a")) for number in range(16)]

        with ThreadPoolExecutor(16) as threads:
            pages = list(threads.map(fetcher.fetch, urls))

        assert len(pages) == 16
        assert site.count("/robots.txt") == 1

    def test_a_failure_is_shared_but_not_kept(self, site: Site, clock: SteppedClock) -> None:
        site.on("/robots.txt", slow(0.3, Reply(status=500)))
        url = site.on("/a", Reply(b"a"))
        ready = Barrier(8, timeout=10)

        def reason(fetcher: HttpFetcher) -> FailureReason:
            ready.wait()
            return failure(fetcher, url).reason

        with fetching(clock, LIMITS.model_copy(update={"page_tries": 1})) as fetcher:
            with ThreadPoolExecutor(8) as threads:
                reasons = list(threads.map(reason, [fetcher] * 8))
            asked = site.count("/robots.txt")
            site.on("/robots.txt", Reply(b""))
            page = fetcher.fetch(url)

        assert reasons == [FailureReason.ROBOTS_DISALLOWED] * 8
        assert asked < 8  # one, unless this machine is so busy that a thread comes after the answer
        assert page.body == b"a"

    @pytest.mark.parametrize("allowed", [1, 3])
    def test_no_more_requests_reach_a_host_at_once_than_allowed(
        self, site: Site, clock: SteppedClock, allowed: int
    ) -> None:
        site.latency_seconds = 0.01
        urls = [site.on(f"/{number}", redirect(f"/to/{number}")) for number in range(24)]
        for number in range(24):
            site.on(f"/to/{number}", Reply(b"a"))

        with fetching(clock, requests_per_host=allowed) as fetcher, ThreadPoolExecutor(8) as threads:
            pages = list(threads.map(fetcher.fetch, urls))

        assert len(pages) == 24
        assert site.most_at_once == allowed
