"""A web site on loopback that behaves as well or as badly as a test tells it to.

    with running_site() as site:
        site.latency_seconds = 0.05
        site.on("/robots.txt", Reply(b"User-agent: *\nDisallow: /private\n", content_type="text/plain"))
        url = site.on("/a", rate_limited("7"), Reply(b"<p>bread</p>"))  # first the one, then always the other
        for number in range(5_000):
            site.on(f"/pages/{number}", Reply(page(number)))

It stands dozens of connections at once. More hosts are further sites, at 127.0.0.2 and 127.0.0.3.
"""

import errno
import gzip
import os
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

import pytest

HTML = "text/html; charset=utf-8"
LOOPBACK = ("127.0.0.1", "127.0.0.2", "127.0.0.3")

Answerer = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Reply:
    """An answer; a header whose value is empty is not sent."""

    body: bytes = b""
    status: int = 200
    content_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        request.send_response(self.status)
        for name, value in {
            "Content-Type": self.content_type,
            "Content-Length": str(len(self.body)),
            **self.headers,
        }.items():
            if value:
                request.send_header(name, value)
        request.end_headers()
        request.wfile.write(self.body)


@dataclass(frozen=True)
class Versioned:
    """A page that is not sent again to those who have this version or a later one (RFC 9110, 13.2.2)."""

    body: bytes
    etag: str = ""
    last_modified: str = ""
    """An HTTP date."""
    content_type: str = HTML
    is_gzipped: bool = False

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        headers = {"ETag": self.etag, "Last-Modified": self.last_modified}
        if self._is_known(request):
            Reply(status=304, content_type="", headers={**headers, "Content-Length": ""})(request)
        elif self.is_gzipped:
            headers["Content-Encoding"] = "gzip"
            Reply(gzip.compress(self.body), content_type=self.content_type, headers=headers)(request)
        else:
            Reply(self.body, content_type=self.content_type, headers=headers)(request)

    def _is_known(self, request: BaseHTTPRequestHandler) -> bool:
        if "If-None-Match" in request.headers:
            return bool(self.etag) and request.headers["If-None-Match"] == self.etag
        since = request.headers.get("If-Modified-Since", "")
        if not since or not self.last_modified:
            return False
        return parsedate_to_datetime(self.last_modified) <= parsedate_to_datetime(since)


def redirect(target: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": target})


def rate_limited(retry_after: str = "") -> Reply:
    """Return an answer that asks to come back after so many seconds, or at an HTTP date."""
    return Reply(b"slow down", status=429, headers={"Retry-After": retry_after})


def unavailable(retry_after: str = "") -> Reply:
    return Reply(b"in trouble", status=503, headers={"Retry-After": retry_after})


def gzipped(body: bytes) -> Reply:
    return Reply(gzip.compress(body), headers={"Content-Encoding": "gzip"})


def bomb(megabytes: int) -> Reply:
    """Return a page of a few kilobytes that decompresses to so many megabytes."""
    return gzipped(bytes(megabytes * 1_000_000))


def slow(seconds: float, answer: Answerer) -> Answerer:
    """Return an answerer that lets wait before it answers."""

    def answer_late(request: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        answer(request)

    return answer_late


def drip_body(request: BaseHTTPRequestHandler) -> None:
    """Send a body of 1000 bytes, one every 10 ms."""
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    _drip(request)


def drip_headers(request: BaseHTTPRequestHandler) -> None:
    """Send a header that does not end, one byte every 10 ms."""
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _drip(request)


def _drip(request: BaseHTTPRequestHandler) -> None:
    for _ in range(1000):
        request.wfile.write(b"x")
        request.wfile.flush()
        time.sleep(0.01)


def reset(request: BaseHTTPRequestHandler) -> None:
    """Reset the connection instead of answering."""
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(request.connection.detach())


def no_http(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"\0\1\2")
    request.close_connection = True


def truncated(request: BaseHTTPRequestHandler) -> None:
    """Send four bytes of eight."""
    Reply(b"half", headers={"Content-Length": "8"})(request)
    request.close_connection = True


def truncated_chunks(request: BaseHTTPRequestHandler) -> None:
    """Send the first chunk of a body, and not the last."""
    _start_chunked(request)
    request.wfile.write(b"4\r\nhalf\r\n")
    request.close_connection = True


def chunked(*chunks: bytes) -> Answerer:
    """Return an answerer that sends a body whose length it does not declare."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        _start_chunked(request)
        for chunk in (*chunks, b""):
            request.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))

    return answer


def _start_chunked(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Transfer-Encoding", "chunked")
    request.end_headers()


class Site:
    """Answers each path with what is set for it, else with 404; remembers what it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.latency_seconds = 0.0
        """How long each answer lets wait."""
        self.otherwise: Answerer = Reply(b"not here", status=404)
        """Answers paths for which nothing is set."""
        self.on_request: Callable[[int], object] = lambda _: None
        """Called with the number of requests so far, before the answer is sent."""
        self.requests: list[str] = []
        """Each path that was asked for, with its query, in order."""
        self.headers: list[Mapping[str, str]] = []
        """The headers of each request."""
        self.times: list[float] = []
        """When each request came, by the monotonic clock."""
        self.most_at_once = 0
        """Most requests that were being answered at the same time."""
        self._at_once = 0
        self._answers: dict[str, list[Answerer]] = {}
        self._lock = Lock()

    def on(self, path: str, *answers: Answerer) -> str:
        """Answer a path with one after the other, the last one again and again; return its address."""
        self._answers[path] = list(answers)
        return self.url + path

    def count(self, path: str) -> int:
        """Return how often a path was asked for, whatever the query."""
        return self.counts[path]

    @property
    def counts(self) -> Counter[str]:
        """How often each path was asked for, whatever the query."""
        with self._lock:
            return Counter(path.partition("?")[0] for path in self.requests)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        with self._remembered(request):
            self.on_request(len(self.requests))
            time.sleep(self.latency_seconds)
            self._next_answer(request.path.partition("?")[0])(request)

    @contextmanager
    def _remembered(self, request: BaseHTTPRequestHandler) -> Iterator[None]:
        with self._lock:
            self.requests.append(request.path)
            self.headers.append(dict(request.headers))
            self.times.append(time.monotonic())
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= 1

    def _next_answer(self, path: str) -> Answerer:
        with self._lock:
            answers = self._answers.get(path) or [self.otherwise]
            return answers.pop(0) if len(answers) > 1 else answers[0]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256  # by default only 5 connections may wait to be accepted
    site: Site

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that go away are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10
    wbufsize = -1  # an answer goes out in one piece: its second piece would wait for the first to be acknowledged
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self.server.site.answer(self)

    def do_POST(self) -> None:
        self.server.site.answer(self)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""


@contextmanager
def running_site(host: str = LOOPBACK[0]) -> Iterator[Site]:
    """Yield a site at a port of its own of a loopback address; skip the test where there is no such address."""
    try:
        server = _Server((host, 0), _Handler)
    except OSError as error:
        if error.errno != errno.EADDRNOTAVAIL:
            raise
        pytest.skip(f"{host} is not set up on this machine; macOS knows 127.0.0.1 only")
    server.site = Site(f"http://{host}:{server.server_port}")
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def running_sites(*hosts: str) -> Iterator[tuple[Site, ...]]:
    """Yield one site per loopback address."""
    with ExitStack() as stack:
        yield tuple(stack.enter_context(running_site(host)) for host in hosts)
