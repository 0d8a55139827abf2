import gzip
import os
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.infrastructure.address_guard import AddressGuard
from llm_engineering.infrastructure.http_client import HttpClient
from llm_engineering.infrastructure.http_errors import TemporaryFetchError
from llm_engineering.infrastructure.http_fetcher import HttpFetcher, user_agent
from tests.support.site import Reply, Site, redirect, running_site

pytestmark = pytest.mark.integration

LIMITS = CrawlLimits(max_page_bytes=100_000, page_timeout_seconds=5, read_timeout_seconds=5, page_tries=3)


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


@pytest.fixture
def waits() -> list[float]:
    """The seconds that the fetcher wanted to wait; it does not really wait."""
    return []


@contextmanager
def fetching(
    waits: list[float],
    limits: CrawlLimits = LIMITS,
    *,
    allowed: str = "127.0.0.1",
    trusted: ssl.SSLContext | None = None,
) -> Iterator[HttpFetcher]:
    client = HttpClient(
        AddressGuard([allowed]),
        user_agent=user_agent("1.2.3"),
        read_timeout_seconds=limits.read_timeout_seconds,
        ssl_context=trusted,
    )
    with closing(client):
        yield HttpFetcher(client, limits, sleep=waits.append)


@pytest.fixture
def fetcher(waits: list[float]) -> Iterator[HttpFetcher]:
    with fetching(waits) as fetcher:
        yield fetcher


def failure(fetcher: HttpFetcher, url: str) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(url)
    return caught.value


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
        self, site: Site, fetcher: HttpFetcher, waits: list[float], status: int, reason: str
    ) -> None:
        error = failure(fetcher, site.on("/a", Reply(b"no", status=status)))

        assert error.reason == reason
        assert f"{site.url}/a answers with status {status}." in str(error)
        assert waits == []

    @pytest.mark.parametrize(("status", "reason"), [(500, "http_error"), (503, "http_error"), (504, "timeout")])
    def test_a_server_in_trouble_is_asked_three_times(
        self, site: Site, fetcher: HttpFetcher, waits: list[float], status: int, reason: str
    ) -> None:
        error = failure(fetcher, site.on("/a", Reply(status=status)))

        assert error.reason == reason
        assert site.requests.count("/a") == 3
        assert 0.5 <= waits[0] <= 1 <= waits[1] <= 2

    def test_a_page_that_comes_at_last_is_a_page(self, site: Site, fetcher: HttpFetcher) -> None:
        url = site.on("/a", Reply(status=503), Reply(status=500), Reply(b"bread"))

        assert fetcher.fetch(url).body == b"bread"

    def test_the_server_decides_how_long_to_wait(self, site: Site, fetcher: HttpFetcher, waits: list[float]) -> None:
        url = site.on("/a", Reply(status=429, headers={"Retry-After": "7"}), Reply(b"bread"))

        assert fetcher.fetch(url).body == b"bread"
        assert waits == [7.0]

    def test_a_server_that_wants_to_be_left_alone_is(
        self, site: Site, fetcher: HttpFetcher, waits: list[float]
    ) -> None:
        error = failure(fetcher, site.on("/a", Reply(status=429, headers={"Retry-After": "3600"})))

        assert error.reason is FailureReason.RATE_LIMITED
        assert isinstance(error, TemporaryFetchError)
        assert error.retry_after_seconds == 3600
        assert waits == []


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

    def test_a_redirect_to_a_private_address_is_not_followed(self, site: Site, fetcher: HttpFetcher) -> None:
        with running_site("127.0.0.2") as private:
            error = failure(fetcher, site.on("/a", redirect(private.on("/secret", Reply(b"secret")))))

            assert error.reason is FailureReason.ADDRESS_NOT_ALLOWED
            assert "allowed_private_hosts" in str(error)
            assert private.requests == []

    @pytest.mark.parametrize(
        "target", ["file:///etc/passwd", "http://user:secret@127.0.0.1/", "http://[x", "gopher://x"]
    )
    def test_a_redirect_to_what_is_no_page_is_refused(self, site: Site, fetcher: HttpFetcher, target: str) -> None:
        error = failure(fetcher, site.on("/a", redirect(target)))

        assert error.reason is FailureReason.BAD_RESPONSE
        assert "secret" not in str(error)


def drip_body(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    drip(request, b"x")


def drip_headers(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    drip(request, b"x")


def drip(request: BaseHTTPRequestHandler, piece: bytes) -> None:
    for _ in range(1000):
        request.wfile.write(piece)
        request.wfile.flush()
        time.sleep(0.01)


def reset(request: BaseHTTPRequestHandler) -> None:
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(request.connection.detach())


def no_http(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"\0\1\2")
    request.close_connection = True


def truncated(request: BaseHTTPRequestHandler) -> None:
    Reply(b"half", headers={"Content-Length": "8"})(request)
    request.close_connection = True


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
        bomb = gzip.compress(bytes(50_000_000))
        assert len(bomb) < 100_000

        error = failure(fetcher, site.on("/a", Reply(bomb, headers={"Content-Encoding": "gzip"})))

        assert error.reason is FailureReason.TOO_LARGE

    @pytest.mark.parametrize("answer", [drip_body, drip_headers])
    def test_a_slow_drip_ends_at_the_deadline(
        self, site: Site, waits: list[float], answer: Callable[[BaseHTTPRequestHandler], None]
    ) -> None:
        site.on("/robots.txt", Reply(b""))
        with fetching(waits, LIMITS.model_copy(update={"page_timeout_seconds": 0.2, "page_tries": 1})) as fetcher:
            started = time.monotonic()

            error = failure(fetcher, site.on("/a", answer))

        assert error.reason is FailureReason.TIMEOUT
        assert time.monotonic() - started < 2

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            pytest.param(reset, FailureReason.UNREACHABLE, id="reset"),
            pytest.param(truncated, FailureReason.BAD_RESPONSE, id="truncated"),
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
        answer: Callable[[BaseHTTPRequestHandler], None],
        reason: FailureReason,
    ) -> None:
        error = failure(fetcher, site.on("/a", answer))

        assert error.reason is reason
        assert site.requests.count("/a") == 3

    def test_a_port_where_nobody_listens_is_tried_three_times(self, fetcher: HttpFetcher, waits: list[float]) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            failure(fetcher, f"http://127.0.0.1:{unused.getsockname()[1]}/")

        assert len(waits) == 2

    def test_a_host_that_does_not_exist(self, fetcher: HttpFetcher) -> None:
        error = failure(fetcher, "http://no-such-host.invalid/")

        assert error.reason is FailureReason.UNREACHABLE
        assert "'no-such-host.invalid'" in str(error)

    def test_a_private_address_is_not_allowed(self, site: Site, waits: list[float]) -> None:
        with fetching(waits, allowed="192.0.2.1") as fetcher:
            error = failure(fetcher, site.on("/a", Reply(b"a")))

        assert error.reason is FailureReason.ADDRESS_NOT_ALLOWED
        assert site.requests == []


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


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the key and the certificate of "localhost", which only itself vouches for."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*command, "-keyout", path, "-out", path.with_suffix(".crt")], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the program openssl makes the certificate")
class TestTls:
    @pytest.fixture
    def port(self, certificate: Path) -> Iterator[int]:
        """A server that answers one request over TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            listening.settimeout(5)

            def serve() -> None:
                with listening.accept()[0] as plain:
                    plain.settimeout(5)
                    try:
                        with context.wrap_socket(plain, server_side=True) as connection:
                            while connection.recv(1000):
                                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbread")
                    except OSError:
                        return  # the client did not trust it

            thread = threading.Thread(target=serve)
            thread.start()
            yield listening.getsockname()[1]
            thread.join()

    def test_an_unknown_certificate_is_refused(self, port: int, waits: list[float]) -> None:
        with fetching(waits, allowed="localhost") as fetcher:
            error = failure(fetcher, f"https://localhost:{port}/")

        assert error.reason is FailureReason.TLS_ERROR
        assert "certificate" in str(error)
        assert waits == []

    def test_the_certificate_is_checked_for_the_host_not_for_its_address(
        self, port: int, certificate: Path, waits: list[float]
    ) -> None:
        trusted = ssl.create_default_context(cafile=certificate.with_suffix(".crt"))
        with fetching(waits, allowed="localhost", trusted=trusted) as fetcher:
            assert fetcher.fetch(f"https://localhost:{port}/a").body == b"bread"

    def test_a_certificate_of_another_host_is_refused(self, port: int, certificate: Path, waits: list[float]) -> None:
        trusted = ssl.create_default_context(cafile=certificate.with_suffix(".crt"))
        with fetching(waits, allowed="127.0.0.1", trusted=trusted) as fetcher:
            assert failure(fetcher, f"https://127.0.0.1:{port}/").reason is FailureReason.TLS_ERROR


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://user:secret@127.0.0.1/", "/etc/passwd"])
def test_what_is_no_web_address_is_refused(fetcher: HttpFetcher, url: str) -> None:
    error = failure(fetcher, url)

    assert error.reason is FailureReason.INVALID_LINK
    assert "secret" not in str(error)
