"""A loopback stand-in for Opik's REST interface, which can also misbehave.

What it takes is what `opik.rest_api` sends: POST v1/private/traces/batch and v1/private/spans/batch, PUT
v1/private/traces/feedback-scores.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

_LISTS = {
    ("POST", "/api/v1/private/traces/batch"): "traces",
    ("POST", "/api/v1/private/spans/batch"): "spans",
    ("PUT", "/api/v1/private/traces/feedback-scores"): "scores",
}


class OpikServer:
    """Keeps what it was sent; objects with the same id are one, as in Opik."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.traces: dict[str, dict[str, Any]] = {}
        self.spans: dict[str, dict[str, Any]] = {}
        self.scores: dict[str, dict[str, Any]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        """Path and headers (in lower case) of each request."""
        self.statuses: list[int] = []
        """What the next requests are answered with; 204 when it is empty."""
        self.headers: dict[str, str] = {}
        """Sent with each answer that is no success."""
        self.let_go = Event()
        """Answers wait for it."""
        self.let_go.set()
        self.was_asked = Event()

    def take(self, method: str, path: str, body: bytes) -> int:
        if (kind := _LISTS.get((method, path))) is None:
            return 404
        status = self.statuses.pop(0) if self.statuses else 204
        if status == 204:
            kept: dict[str, dict[str, Any]] = getattr(self, kind)
            kept.update({item["id"]: item for item in json.loads(body)[kind]})
        return status


def _handler(server: OpikServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            server.was_asked.set()
            server.let_go.wait(30)
            status = server.take(self.command, self.path, body)
            self.send_response(status)
            for name, value in server.headers.items() if status >= 400 else ():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_PUT = _answer  # noqa: N815 - the names that http.server looks for

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server names it
            pass

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that do not wait for an answer."""


@contextmanager
def opik_server(statuses: Sequence[int] = ()) -> Iterator[OpikServer]:
    """Yield a running server."""
    http = _Server(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server = OpikServer(f"http://127.0.0.1:{http.server_port}/api")
    server.statuses.extend(statuses)
    http.RequestHandlerClass = _handler(server)
    thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.let_go.set()
        http.shutdown()
        http.server_close()
        thread.join()
