"""A server on loopback that answers like Qdrant's REST interface, or fails as told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from typing_extensions import override

from llm_engineering.infrastructure.vector_stores.payloads import DATE_FIELD, FILTER_FIELDS


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str]


def answer(status: int, body: object = None, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, content, {name.replace("_", "-"): value for name, value in headers.items()})


class Request(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class QdrantStub:
    """Holds one collection and answers; what is set here decides how."""

    exists: bool = True
    metadata: dict[str, Any] | None = None
    indexes: set[str] = field(default_factory=lambda: {*FILTER_FIELDS, DATE_FIELD})
    names: list[str] = field(default_factory=list)
    """Of all collections, as the server lists them."""
    aliases: dict[str, str] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    """What the server says of how it keeps the collection, where that is not what the project asks for."""
    required_key: str | None = None
    write_status: str = "completed"
    next_answers: list[Answer] = field(default_factory=list)
    """Given before all others, the first one first."""
    every_answer: Answer | None = None
    """Given instead of all others."""
    silent: threading.Event | None = None
    """Set to make the server wait for this event before it answers."""
    requests: list[Request] = field(default_factory=list)
    url: str = ""

    def calls(self) -> list[str]:
        return [f"{request.method} {request.path}" for request in self.requests]

    def answer_to(self, request: Request) -> Answer:
        self.requests.append(request)
        if self.silent is not None:
            self.silent.wait(30)
        if self.every_answer is not None:
            return self.every_answer
        if self.next_answers:
            return self.next_answers.pop(0)
        if self.required_key is not None and request.headers.get("api-key") != self.required_key:
            return answer(401, b"Must provide an API key or an Authorization bearer token")
        return answer(200, {"result": self._result(request), "status": "ok", "time": 0.0})

    def _result(self, request: Request) -> object:
        listed = {
            "/collections": {"collections": [{"name": name} for name in self.names]},
            "/aliases": {"aliases": self._aliases()},
            "/collections/aliases": True,
        }
        if request.path in listed:
            return listed[request.path]
        if request.path.endswith("/exists"):
            return {"exists": self.exists}
        if request.path.endswith("/count"):
            return {"count": 7}
        if request.path.count("/") > 2:
            return {"operation_id": 1, "status": self.write_status}
        if request.method == "PUT":
            self.exists, self.metadata, self.indexes = True, request.body["metadata"], set()
        return self._info() if request.method == "GET" else True

    def _aliases(self) -> list[dict[str, str]]:
        return [{"alias_name": alias, "collection_name": name} for alias, name in self.aliases.items()]

    def _info(self) -> dict[str, Any]:
        return {
            "status": "green",
            "optimizer_status": "ok",
            "segments_count": 1,
            "config": {
                "params": {"vectors": {"dense": {"size": 3, "distance": "Cosine"}}, "shard_number": 1},
                "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 20000},
                "quantization_config": {"scalar": {"type": "int8", "quantile": 0.99, "always_ram": True}},
                "optimizer_config": {
                    "deleted_threshold": 0.2,
                    "vacuum_min_vector_number": 1000,
                    "default_segment_number": 0,
                    "indexing_threshold": 40000,
                    "flush_interval_sec": 5,
                },
                "wal_config": {"wal_capacity_mb": 32, "wal_segments_ahead": 0},
                "metadata": self.metadata,
                **self.kept,
            },
            "payload_schema": {name: {"data_type": "keyword", "points": 0} for name in self.indexes},
        }


@contextmanager
def serving(stub: QdrantStub) -> Iterator[QdrantStub]:
    """Serve a stub on a free port of loopback and set its address."""

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            given = stub.answer_to(
                Request(self.command, self.path.split("?")[0], headers, json.loads(content) if content else None)
            )
            self.send_response(given.status)
            for name, value in {"content-length": str(len(given.body)), **given.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(given.body)

        do_GET = do_PUT = do_POST = do_PATCH = _handle  # noqa: N815 - the names that the base class calls

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the requests are kept."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    stub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield stub
    finally:
        if stub.silent is not None:
            stub.silent.set()
        server.shutdown()
        thread.join()
        server.server_close()
