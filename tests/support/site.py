"""A web site on loopback that behaves as well or as badly as a test tells it to."""

import errno
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

HTML = "text/html; charset=utf-8"


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


def redirect(target: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": target})


Answerer = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """Answers each path with what is set for it, else with 404; remembers what it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[str] = []
        """Each path that was asked for, in order."""
        self.headers: list[Mapping[str, str]] = []
        self._answers: dict[str, list[Answerer]] = {}

    def on(self, path: str, *answers: Answerer) -> str:
        """Answer a path with one after the other, the last one again and again; return its address."""
        self._answers[path] = list(answers)
        return self.url + path

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path.partition("?")[0]
        self.requests.append(request.path)
        self.headers.append(dict(request.headers))
        answers = self._answers.get(path, [Reply(status=404)])
        (answers.pop(0) if len(answers) > 1 else answers[0])(request)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: Site

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that go away are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10
    server: _Server

    def do_GET(self) -> None:
        self.server.site.answer(self)

    def do_POST(self) -> None:
        self.server.site.answer(self)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""


@contextmanager
def running_site(host: str = "127.0.0.1") -> Iterator[Site]:
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
