import gzip
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from threading import Event

import pytest

from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.infrastructure.address_guard import AddressGuard
from llm_engineering.infrastructure.host_pace import HostPace
from llm_engineering.infrastructure.http_client import HttpClient
from llm_engineering.infrastructure.http_fetcher import HttpFetcher
from tests.support.clock import SteppedClock
from tests.support.fetching import LIMITS, failure, fetching
from tests.support.site import (
    Answerer,
    Reply,
    Site,
    bomb,
    drip_body,
    drip_headers,
    no_http,
    reset,
    running_site,
    truncated,
    truncated_chunks,
)

pytestmark = pytest.mark.integration

HURRIED = LIMITS.model_copy(update={"page_timeout_seconds": 0.2, "page_tries": 1})


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


class TestLimits:
    @pytest.mark.parametrize("declared", [{}, {"Content-Length": "50000000"}])
    def test_a_page_of_50_megabytes_is_not_read_whole(
        self, site: Site, fetcher: HttpFetcher, declared: dict[str, str]
    ) -> None:
        sent = [0]

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(200)
            for name, value in declared.items():
                request.send_header(name, value)
            request.end_headers()
            for _ in range(500):
                request.wfile.write(b"x" * 100_000)
                sent[0] += 100_000

        error = failure(fetcher, site.on("/a", answer))

        assert error.reason is FailureReason.TOO_LARGE
        assert "larger than 100000 bytes" in str(error)
        assert "max_page_bytes" in str(error)
        assert sent[0] < 50_000_000

    def test_a_bomb_is_not_unpacked(self, site: Site, fetcher: HttpFetcher) -> None:
        page = bomb(megabytes=50)
        assert len(page.body) < 100_000

        assert failure(fetcher, site.on("/a", page)).reason is FailureReason.TOO_LARGE

    @pytest.mark.parametrize("answer", [drip_body, drip_headers])
    def test_a_slow_drip_ends_at_the_deadline(self, site: Site, clock: SteppedClock, answer: Answerer) -> None:
        site.on("/robots.txt", Reply(b""))
        with fetching(clock, HURRIED) as fetcher:
            started = time.monotonic()

            error = failure(fetcher, site.on("/a", answer))

        assert error.reason is FailureReason.TIMEOUT
        assert time.monotonic() - started < 2

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            pytest.param(reset, FailureReason.UNREACHABLE, id="reset"),
            pytest.param(truncated, FailureReason.BAD_RESPONSE, id="truncated"),
            pytest.param(truncated_chunks, FailureReason.BAD_RESPONSE, id="truncated chunks"),
            pytest.param(no_http, FailureReason.BAD_RESPONSE, id="no HTTP"),
            pytest.param(
                Reply(b"plain", headers={"Content-Encoding": "gzip"}), FailureReason.BAD_RESPONSE, id="no gzip"
            ),
            pytest.param(
                Reply(gzip.compress(b"bread")[:-4], headers={"Content-Encoding": "gzip"}),
                FailureReason.BAD_RESPONSE,
                id="half a gzip",
            ),
            pytest.param(
                Reply(b"bread", headers={"Content-Encoding": "br"}), FailureReason.BAD_RESPONSE, id="not asked for"
            ),
        ],
    )
    def test_a_broken_answer_is_asked_for_again_and_then_fails(
        self,
        site: Site,
        fetcher: HttpFetcher,
        answer: Answerer,
        reason: FailureReason,
    ) -> None:
        error = failure(fetcher, site.on("/a", answer))

        assert error.reason is reason
        assert site.requests.count("/a") == 3

    def test_a_port_where_nobody_listens_is_tried_three_times(self, fetcher: HttpFetcher, clock: SteppedClock) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            failure(fetcher, f"http://127.0.0.1:{unused.getsockname()[1]}/")

        assert len(clock.sleeps) == 2

    def test_a_host_that_does_not_exist(self, fetcher: HttpFetcher) -> None:
        error = failure(fetcher, "http://no-such-host.invalid/")

        assert error.reason is FailureReason.UNREACHABLE
        assert "'no-such-host.invalid'" in str(error)

    def test_a_body_ends_where_the_server_says(self, site: Site, fetcher: HttpFetcher) -> None:
        page = fetcher.fetch(site.on("/a", Reply(b"bread and salt", headers={"Content-Length": "5"})))

        assert page.body == b"bread"

    def test_a_refusal_counts_even_if_its_body_breaks_off(self, site: Site, fetcher: HttpFetcher) -> None:
        def answer(request: BaseHTTPRequestHandler) -> None:
            Reply(b"not", status=404, headers={"Content-Length": "8"})(request)
            request.close_connection = True

        assert failure(fetcher, site.on("/a", answer)).reason is FailureReason.NOT_FOUND

    def test_a_refusal_of_any_length_is_a_refusal(self, site: Site, fetcher: HttpFetcher) -> None:
        error = failure(fetcher, site.on("/a", Reply(b"no" * 500_000, status=410)))

        assert error.reason is FailureReason.GONE


class TestTimes:
    def test_a_lookup_that_hangs_ends_with_the_time_of_the_page(self, clock: SteppedClock) -> None:
        is_over = Event()

        def resolver(_host: str, _port: int) -> list[str]:
            is_over.wait(10)
            return []

        with fetching(clock, HURRIED, resolver=resolver) as fetcher:
            started = time.monotonic()
            error = failure(fetcher, "http://hanging.example.org/a")
            is_over.set()

        assert error.reason is FailureReason.TIMEOUT
        assert time.monotonic() - started < 5

    def test_the_wait_for_a_turn_does_not_count_for_the_time_of_a_page(self, site: Site, clock: SteppedClock) -> None:
        site.on("/robots.txt", Reply(b""))

        def slow_sleep(seconds: float) -> None:
            clock.sleep(seconds)
            time.sleep(0.3)  # longer than a page may take

        pace = HostPace(delay_seconds=1, clock=clock.now, sleep=slow_sleep)
        client = HttpClient(AddressGuard(["127.0.0.1"]), user_agent="test", read_timeout_seconds=5, pace=pace)
        with closing(client):
            assert HttpFetcher(client, HURRIED).fetch(site.on("/a", Reply(b"bread"))).body == b"bread"

        assert clock.sleeps == [pytest.approx(1)]
