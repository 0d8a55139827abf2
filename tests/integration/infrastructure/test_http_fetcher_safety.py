"""Server-side request forgery and leaking tokens, tried on real sockets."""

from collections.abc import Iterator
from io import StringIO

import pytest
from loguru import logger
from pydantic import SecretStr

from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.infrastructure.http_fetcher import HttpFetcher
from tests.support.clock import SteppedClock
from tests.support.fetching import failure, fetching
from tests.support.site import Reply, Site, redirect, reset, running_site, running_sites

pytestmark = pytest.mark.integration

TOKEN = SecretStr("s3cret")


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


class TestAddresses:
    @pytest.mark.parametrize(
        "host",
        [
            "127.0.0.1",
            "localhost",
            "0",
            "0.0.0.0",
            "2130706433",
            "0x7f.0.0.1",
            "0177.0.0.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[64:ff9b::7f00:1]",
            "[fe80::1]",
            "[fc00::1]",
            "10.0.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "224.0.0.1",
        ],
    )
    def test_a_private_address_is_refused_however_it_is_written(self, clock: SteppedClock, host: str) -> None:
        with fetching(clock, allowed=[]) as fetcher:
            error = failure(fetcher, f"http://{host}/")

        assert error.reason is FailureReason.ADDRESS_NOT_ALLOWED
        assert clock.sleeps == []

    def test_a_name_that_leads_to_a_private_address_is_refused(self, site: Site, clock: SteppedClock) -> None:
        with fetching(clock, resolver=lambda _host, _port: ["8.8.8.8", "127.0.0.1"]) as fetcher:
            error = failure(fetcher, "http://127.0.0.1.wildcard.example.org/")

        assert error.reason is FailureReason.ADDRESS_NOT_ALLOWED
        assert "has the address 127.0.0.1" in error.problem

    def test_a_name_is_looked_up_once_and_the_answer_is_connected_to(self, site: Site, clock: SteppedClock) -> None:
        answers = iter([["127.0.0.1"], ["127.0.0.3"]])
        site.on("/a", Reply(b"bread"))
        port = site.url.rpartition(":")[2]

        with fetching(clock, allowed=["ada.test"], resolver=lambda _host, _port: next(answers)) as fetcher:
            page = fetcher.fetch(f"http://ada.test:{port}/a")

        assert page.body == b"bread"
        assert site.headers[-1]["Host"] == f"ada.test:{port}"
        assert next(answers) == ["127.0.0.3"]

    @pytest.mark.parametrize(
        "target", ["http://169.254.169.254/latest/meta-data/", "http://[::1]/", "http://2130706433/"]
    )
    def test_a_redirect_to_a_private_address_of_any_form(self, site: Site, fetcher: HttpFetcher, target: str) -> None:
        error = failure(fetcher, site.on("/a", redirect(target)))

        assert error.reason is FailureReason.ADDRESS_NOT_ALLOWED

    def test_a_redirect_to_a_private_address_is_not_followed(self, site: Site, fetcher: HttpFetcher) -> None:
        with running_site("127.0.0.2") as private:
            error = failure(fetcher, site.on("/a", redirect(private.on("/secret", Reply(b"secret")))))

            assert error.reason is FailureReason.ADDRESS_NOT_ALLOWED
            assert "allowed_private_hosts" in str(error)
            assert private.requests == []

    def test_every_hop_is_checked(self, site: Site, fetcher: HttpFetcher) -> None:
        with running_site("127.0.0.2") as private:
            site.on("/b", redirect(private.on("/secret", Reply(b"secret"))))
            error = failure(fetcher, site.on("/a", redirect("/b")))

            assert error.reason is FailureReason.ADDRESS_NOT_ALLOWED
            assert private.requests == []

    def test_a_robots_txt_leads_to_no_private_address_either(self, site: Site, fetcher: HttpFetcher) -> None:
        with running_site("127.0.0.2") as private:
            site.on("/robots.txt", redirect(private.on("/secret", Reply(b"secret"))))
            error = failure(fetcher, site.on("/a", Reply(b"a")))

            assert error.reason is FailureReason.ADDRESS_NOT_ALLOWED
            assert private.requests == []


class TestToken:
    def test_it_goes_to_the_page_and_not_to_robots_txt(self, site: Site, fetcher: HttpFetcher) -> None:
        fetcher.fetch(site.on("/a", Reply(b"a")), token=TOKEN)

        sent = [headers.get("Authorization") for headers in site.headers]
        assert sent == [None, "Bearer s3cret"]

    def test_it_goes_to_no_other_host(self, clock: SteppedClock) -> None:
        with running_sites("127.0.0.1", "127.0.0.2") as (site, other):
            url = site.on("/a", redirect(other.on("/b", redirect(f"{site.url}/c"))))
            site.on("/c", Reply(b"c"))
            with fetching(clock, allowed=["127.0.0.1", "127.0.0.2"]) as fetcher:
                fetcher.fetch(url, token=TOKEN)

        assert all("Authorization" not in headers for headers in other.headers)
        assert site.requests == ["/robots.txt", "/a", "/c"]

    @pytest.mark.parametrize("answer", [Reply(status=401), Reply(status=500), reset], ids=["401", "500", "reset"])
    def test_it_is_shown_nowhere(self, site: Site, fetcher: HttpFetcher, answer: Reply) -> None:
        url, log = site.on("/a", answer), StringIO()
        sink = logger.add(log, level="TRACE", backtrace=True, diagnose=True)  # shows the values of variables

        with pytest.raises(FetchError) as caught, logger.catch(reraise=True):
            fetcher.fetch(url, token=TOKEN)
        logger.remove(sink)

        shown = f"{log.getvalue()} {caught.value!r} {caught.value.__cause__!r}"
        assert "fetch" in shown
        assert TOKEN.get_secret_value() not in shown
