"""A stand-in for the API of Comet on loopback, as far as its library asks it in one run.

It was written after the library's sources, not after the service: what the real one refuses is not known here.
"""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

_INTERVALS = (
    "is_alive_beat_duration_millis",
    "gpu_monitor_interval_millis",
    "cpu_monitor_interval_millis",
    "parameter_update_interval_millis",
)


@dataclass
class CometStub:
    """What a test sees of the server."""

    url: str = ""
    key: str = "comet-key-that-is-right"
    failing: int | None = None
    """A status with which every request is answered."""
    hangs: Event = field(default_factory=Event)
    """Set: nothing is answered any more until the test ends."""
    ended: Event = field(default_factory=Event)
    asked: list[str] = field(default_factory=list)
    """Method and path of each request."""
    bodies: list[str] = field(default_factory=list)
    opened: Event = field(default_factory=Event)
    """Set when a run was opened."""
    metrics: list[dict[str, Any]] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, str] = field(default_factory=dict)
    """Contents by the names of files."""


@contextmanager
def comet_stub() -> Iterator[CometStub]:
    """Yield a Comet without runs."""
    server = _Server(("127.0.0.1", 0), _Handler)
    host, port = server.server_address[:2]
    server.stub = CometStub(url=f"http://{host!s}:{port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.stub
    finally:
        server.stub.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    stub: CometStub


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def _answer(self) -> None:
        stub, url = self.server.stub, urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        body = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
        stub.asked.append(f"{self.command} {url.path}")
        stub.bodies.append(body.decode("utf-8", "replace"))
        if stub.hangs.is_set():
            stub.ended.wait(60)
            self.close_connection = True
        elif stub.failing is not None:
            self._send(stub.failing, {"msg": "as the test wants it"})
        elif url.path.endswith("/logger/add/run") and json.loads(body).get("apiKey") != stub.key:
            self._send(400, {"sdk_error_code": 90_212, "msg": "no such key"})
        else:
            self._send(200, self._result(url.path, url.query, body))

    def _result(self, path: str, query: str, body: bytes) -> dict[str, Any]:
        stub = self.server.stub
        if path.endswith("/logger/add/run"):
            stub.opened.set()
            return {"runId": "run-1", "project_id": "project-1", "focusUrl": f"{stub.url}/me/twin/", "lastOffset": 0}
        if path.endswith("/clientlib/isAlive/ver"):
            return {"version": "4.0.0"}
        if path.endswith("/status-report/update"):
            return dict.fromkeys(_INTERVALS, 10_000)
        if path.endswith("/experiment/metric"):
            stub.metrics += json.loads(body)["values"]
        elif path.endswith("/experiment/parameter"):
            stub.parameters |= {each["parameterName"]: each["parameterValue"] for each in json.loads(body)["values"]}
        elif path.endswith("/asset/upload"):
            stub.uploads[query] = body.decode("utf-8", "replace")
        return {"msg": "ok"}

    def _send(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
