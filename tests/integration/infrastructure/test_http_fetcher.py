import gzip
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.infrastructure.http_errors import TemporaryFetchError
from llm_engineering.infrastructure.http_fetcher import HttpFetcher, InvalidContactError, user_agent
from tests.support.clock import SteppedClock
from tests.support.fetching import failure, fetching
from tests.support.site import (
    Answerer,
    Reply,
    Site,
    chunked,
    rate_limited,
    redirect,
    reset,
    running_site,
    unavailable,
)

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


class TestPages:
    def test_the_crawler_says_what_it_is_and_keeps_no_cookies(self, site: Site, fetcher: HttpFetcher) -> None:
        url = site.on("/a", Reply(b"a", headers={"Set-Cookie": "id=1"}))

        fetcher.fetch(url)
        fetcher.fetch(url)

        assert site.headers[-1]["User-Agent"].startswith("llm-twin/1.2.3 (+")
        assert "Cookie" not in site.headers[-1]

    def test_one_connection_serves_many_pages(self, site: Site, fetcher: HttpFetcher) -> None:
        ports: list[int] = []

        def answer(request: BaseHTTPRequestHandler) -> None:
            ports.append(request.client_address[1])
            Reply(b"a")(request)

        for _ in range(3):
            fetcher.fetch(site.on("/a", answer))

        assert len(set(ports)) == 1

    def test_refusals_and_redirects_leave_the_connection_open(self, site: Site, fetcher: HttpFetcher) -> None:
        ports: list[int] = []

        def answering(reply: Reply) -> Answerer:
            def answer(request: BaseHTTPRequestHandler) -> None:
                ports.append(request.client_address[1])
                reply(request)

            return answer

        site.on("/a", answering(redirect("/b")))
        site.on("/b", answering(Reply(b"not here", status=404)))
        site.on("/c", answering(Reply(b"bread")))
        failure(fetcher, f"{site.url}/a")

        assert fetcher.fetch(f"{site.url}/c").body == b"bread"
        assert len(ports) == 3
        assert len(set(ports)) == 1

    def test_a_gzip_file_stays_one(self, site: Site, fetcher: HttpFetcher) -> None:
        sitemap = gzip.compress(b"<urlset/>")

        page = fetcher.fetch(site.on("/sitemap.xml.gz", Reply(sitemap, content_type="application/gzip")))

        assert (page.content_type, page.body, page.received_bytes) == ("application/gzip", sitemap, len(sitemap))

    def test_a_body_without_a_declared_length(self, site: Site, fetcher: HttpFetcher) -> None:
        page = fetcher.fetch(site.on("/a", chunked(b"bread ", b"and salt")))

        assert (page.body, page.received_bytes) == (b"bread and salt", 14)

    def test_what_is_accepted_is_told(self, site: Site, fetcher: HttpFetcher) -> None:
        fetcher.fetch(site.on("/a", Reply(b"a")))
        fetcher.fetch(site.on("/a", Reply(b"{}")), accept="application/vnd.github+json")

        assert site.headers[-2]["Accept"] == "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"
        assert site.headers[-1]["Accept"] == "application/vnd.github+json"

    def test_a_page_that_was_not_asked_for_under_a_condition_cannot_be_unchanged(
        self, site: Site, fetcher: HttpFetcher
    ) -> None:
        error = failure(fetcher, site.on("/a", Reply(status=304, headers={"Content-Length": ""})))

        assert error.reason is FailureReason.HTTP_ERROR
        assert "status 304" in str(error)

    def test_a_proxy_of_the_environment_is_not_used(
        self, site: Site, fetcher: HttpFetcher, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

        assert fetcher.fetch(site.on("/a", Reply(b"a"))).body == b"a"


class TestStatuses:
    @pytest.mark.parametrize(
        ("status", "reason"),
        [
            (400, "http_error"),
            (401, "forbidden"),
            (403, "forbidden"),
            (404, "not_found"),
            (410, "gone"),
            (451, "forbidden"),
        ],
    )
    def test_a_refusal_is_final(
        self, site: Site, fetcher: HttpFetcher, clock: SteppedClock, status: int, reason: str
    ) -> None:
        error = failure(fetcher, site.on("/a", Reply(b"no", status=status)))

        assert error.reason == reason
        assert f"{site.url}/a answers with status {status}." in str(error)
        assert clock.sleeps == []

    @pytest.mark.parametrize(("status", "reason"), [(500, "http_error"), (503, "http_error"), (504, "timeout")])
    def test_a_server_in_trouble_is_asked_three_times(
        self, site: Site, fetcher: HttpFetcher, clock: SteppedClock, status: int, reason: str
    ) -> None:
        error = failure(fetcher, site.on("/a", Reply(status=status)))

        assert error.reason == reason
        assert site.requests.count("/a") == 3
        assert 0.5 <= clock.sleeps[0] <= 1 <= clock.sleeps[1] <= 2

    def test_a_page_that_comes_at_last_is_a_page(self, site: Site, fetcher: HttpFetcher) -> None:
        url = site.on("/a", Reply(status=503), Reply(status=500), Reply(b"bread"))

        assert fetcher.fetch(url).body == b"bread"

    def test_tries_are_counted(self, site: Site, fetcher: HttpFetcher) -> None:
        fetcher.fetch(site.on("/a", unavailable(), unavailable("3"), Reply(b"bread")))
        failure(fetcher, site.on("/b", reset))

        assert fetcher.retries == 4

    def test_the_server_decides_how_long_to_wait(self, site: Site, fetcher: HttpFetcher, clock: SteppedClock) -> None:
        url = site.on("/a", rate_limited("7"), Reply(b"bread"))

        assert fetcher.fetch(url).body == b"bread"
        assert clock.sleeps == [7.0]

    def test_a_server_that_says_not_to_wait_is_not_rushed(
        self, site: Site, fetcher: HttpFetcher, clock: SteppedClock
    ) -> None:
        fetcher.fetch(site.on("/a", unavailable("0"), Reply(b"bread")))

        assert 0.5 <= clock.sleeps[0] <= 1

    def test_the_whole_host_rests_when_it_asks_to(self, site: Site, fetcher: HttpFetcher, clock: SteppedClock) -> None:
        failure(fetcher, site.on("/a", unavailable("50")))
        fetcher.fetch(site.on("/b", Reply(b"b")))

        assert clock.sleeps == [50, 50, 50]

    def test_a_server_that_wants_to_be_left_alone_is(
        self, site: Site, fetcher: HttpFetcher, clock: SteppedClock
    ) -> None:
        error = failure(fetcher, site.on("/a", rate_limited("3600")))
        next_error = failure(fetcher, site.on("/b", Reply(b"b")))

        assert isinstance(error, TemporaryFetchError)
        assert (error.reason, error.retry_after_seconds) == (FailureReason.RATE_LIMITED, 3600)
        assert (next_error.reason, site.count("/b")) == (FailureReason.RATE_LIMITED, 0)
        assert clock.sleeps == []

    def test_the_rate_limit_of_an_api_is_none_of_its_refusals(self, site: Site, fetcher: HttpFetcher) -> None:
        headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 1800)}

        error = failure(fetcher, site.on("/users/ada/repos", Reply(b"{}", status=403, headers=headers)))

        assert isinstance(error, TemporaryFetchError)
        assert error.reason is FailureReason.RATE_LIMITED
        assert error.retry_after_seconds == pytest.approx(1800, abs=30)


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_target_may_be_relative(self, site: Site, fetcher: HttpFetcher, status: int) -> None:
        site.on("/b/c", Reply(b"bread"))

        page = fetcher.fetch(site.on("/b/a", redirect("c?x=1#part", status)))

        assert (page.url, page.body) == (f"{site.url}/b/c?x=1", b"bread")

    def test_a_target_may_be_written_in_any_letters(self, site: Site, fetcher: HttpFetcher) -> None:
        site.on("/sal%C3%A9", Reply(b"bread"))

        assert fetcher.fetch(site.on("/a", redirect("/sal\xc3\xa9"))).body == b"bread"
        assert fetcher.fetch(site.on("/b", redirect("/sal\xe9"))).body == b"bread"

    def test_five_redirects_are_followed_but_not_six(self, site: Site, fetcher: HttpFetcher) -> None:
        for hop in range(6):
            site.on(f"/{hop}", redirect(f"/{hop + 1}"))
        site.on("/6", Reply(b"bread"))

        assert fetcher.fetch(f"{site.url}/1").body == b"bread"
        assert failure(fetcher, f"{site.url}/0").reason is FailureReason.TOO_MANY_REDIRECTS

    @pytest.mark.parametrize(
        "target", ["file:///etc/passwd", "http://user:secret@127.0.0.1/", "http://[x", "gopher://x"]
    )
    def test_a_redirect_to_what_is_no_page_is_refused(self, site: Site, fetcher: HttpFetcher, target: str) -> None:
        error = failure(fetcher, site.on("/a", redirect(target)))

        assert error.reason is FailureReason.BAD_RESPONSE
        assert "secret" not in str(error)


class TestUserAgent:
    def test_a_contact_may_be_named(self) -> None:
        assert user_agent("1.2", "https://ada.dev/crawler").startswith(
            "llm-twin/1.2 (+https://ada.dev/crawler; collects"
        )
        assert user_agent("1.2", "ada@ada.dev").startswith("llm-twin/1.2 (+ada@ada.dev; collects")

    @pytest.mark.parametrize(
        "contact", ["", "ada", "https://ada.dev/\r\nX: 1", "a@b.dev) Mozilla/5.0 (", "@", "http://"]
    )
    def test_where_nobody_can_be_reached_is_no_contact(self, contact: str) -> None:
        with pytest.raises(InvalidContactError, match="neither a web address nor an e-mail address") as caught:
            user_agent("1.2", contact)

        assert caught.value.contact == contact


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://user:secret@127.0.0.1/", "/etc/passwd"])
def test_what_is_no_web_address_is_refused(fetcher: HttpFetcher, url: str) -> None:
    error = failure(fetcher, url)

    assert error.reason is FailureReason.INVALID_LINK
    assert "secret" not in str(error)
