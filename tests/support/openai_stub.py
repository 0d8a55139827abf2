"""A server on loopback with OpenAI's chat interface, which also misbehaves as a test scripts it.

```python
with openai_stub() as stub:
    stub.script(Reply(status=429, headers={"Retry-After": "2"}), Reply("Hello."))
    ...  # ask stub.url
    assert stub.requests[0].body["model"] == "tide-1"
```
"""

import json
import select
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

SAID = "The glass tide comes in twice a day."
MODEL = "tide-1"


@dataclass(frozen=True)
class Reply:
    """What the server does with one request."""

    text: str = SAID
    status: int = 200
    """Other than 200: `error` is sent with it."""
    error: Mapping[str, Any] | None = None
    """Object under "error"; with the status 200 it comes where the reply should."""
    headers: Mapping[str, str] = field(default_factory=dict)
    finish: str | None = None
    """None: "length" if the request allows for fewer words than there are, else "stop"."""
    has_finish: bool = True
    has_usage: bool = True
    has_choices: bool = True
    refusal: str | None = None
    raw: bytes | None = None
    """Sent as the body in place of anything else."""
    is_streamed: bool | None = None
    """None: as asked for."""
    before: Event | None = None
    """Awaited before the first byte."""
    between: Event | None = None
    """Awaited after the first piece of a stream."""
    cut_after: int | None = None
    """The connection is broken after so many pieces; 0 before the first, instead of any answer if it is no stream."""


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    path: str
    headers: Mapping[str, str]
    """By their names in lower case."""
    body: dict[str, Any]


Rule = Callable[[Asked], Reply | None]


def usual(asked: Asked) -> Reply:
    """Return the reply where a test scripts none."""
    return Reply('{"answer": "yes"}' if "response_format" in asked.body else SAID)


class OpenAIStub:
    """What a test sees of the server."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.url = f"http://{address[0]}:{address[1]}/v1"
        self.requests: list[Asked] = []
        """Requests for chats, in order."""
        self.client_left = Event()
        """Set when a client breaks a connection off while the server waits or writes."""
        self.rule: Rule = lambda asked: None
        """Asked when the script is empty; None leaves it to `usual`."""
        self._script: list[Reply] = []

    def script(self, *replies: Reply) -> None:
        """Say what is done with the next requests."""
        self._script.extend(replies)

    def reply(self, asked: Asked) -> Reply:
        """Return what is done with a request."""
        self.requests.append(asked)
        return self._script.pop(0) if self._script else self.rule(asked) or usual(asked)


@contextmanager
def openai_stub() -> Iterator[OpenAIStub]:
    """Yield a server that answers until the end of the block."""
    with served(_ChatHandler) as stub:
        yield stub


@contextmanager
def served(handler: type["StubHandler"]) -> Iterator[OpenAIStub]:
    """Yield a server with a handler; those that still wait at the end are let go."""
    server = _Server(("127.0.0.1", 0), handler)
    host, port = server.server_address[:2]
    server.stub = OpenAIStub((str(host), int(port)))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.stub
    finally:
        server.is_over.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    stub: OpenAIStub

    def __init__(self, *arguments: Any) -> None:
        self.is_over = Event()
        super().__init__(*arguments)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that leaves is what some tests are about."""


class StubHandler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def read(self) -> Asked:
        length = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        return Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, body)

    def wait_for(self, event: Event | None) -> None:
        """Wait for an event, and notice when the client leaves meanwhile."""
        while event is not None and not event.wait(0.005):
            if self.server.is_over.is_set() or self._client_left():
                raise BrokenPipeError

    def _client_left(self) -> bool:
        readable, _, _ = select.select([self.connection], [], [], 0)
        try:
            has_left = bool(readable) and self.connection.recv(1, socket.MSG_PEEK) == b""
        except OSError:
            has_left = True
        if has_left:
            self.server.stub.client_left.set()
        return has_left

    def send_whole(self, status: int, body: bytes, headers: Mapping[str, str], kind: str = "application/json") -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def break_off(self) -> None:
        """End the connection in the middle of things."""
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def write_part(self, data: bytes) -> None:
        """Write a chunk of a body whose length is not known."""
        try:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()
        except OSError:
            self.server.stub.client_left.set()
            raise


class _ChatHandler(StubHandler):
    def do_POST(self) -> None:
        asked = self.read()
        if self.path != "/v1/chat/completions":
            self.send_whole(404, b'{"error": {"message": "no such path"}}', {})
            return
        reply = self.server.stub.reply(asked)
        self.wait_for(reply.before)
        is_streamed = asked.body.get("stream", False) if reply.is_streamed is None else reply.is_streamed
        if reply.status != 200:
            error = {"error": reply.error or {"message": f"status {reply.status}"}}
            self.send_whole(reply.status, json.dumps(error).encode() if reply.raw is None else reply.raw, reply.headers)
        elif is_streamed:
            self._stream(asked, reply)
        elif reply.cut_after is not None:
            self.break_off()
        else:
            body = json.dumps(whole_body(asked, reply)).encode() if reply.raw is None else reply.raw
            self.send_whole(200, body, reply.headers)

    def _stream(self, asked: Asked, reply: Reply) -> None:
        self.send_response(200)
        for name, value in {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}.items():
            self.send_header(name, value)
        self.end_headers()
        for place, event in enumerate(events(asked, reply)):
            if place == reply.cut_after:
                self.break_off()
                return
            if place == 1:
                self.wait_for(reply.between)
            self.write_part(event)
        self.wfile.write(b"0\r\n\r\n")


def words(text: str) -> list[str]:
    """Return the words of a text with the spaces before them: the tokens of the server."""
    return [word if place == 0 else f" {word}" for place, word in enumerate(text.split(" "))]


def said_to(asked: Asked, reply: Reply) -> tuple[list[str], str | None]:
    """Return the words that a request allows for, and why they end."""
    limit = asked.body.get("max_tokens") or asked.body.get("max_completion_tokens") or 1000
    pieces = words(reply.text) if reply.text else []
    finish = reply.finish or ("length" if len(pieces) > limit else "stop")
    return pieces[:limit], finish if reply.has_finish else None


def usage(asked: Asked, pieces: list[str]) -> dict[str, int]:
    """Return the words that were read and written."""
    read = sum(len(message["content"].split()) for message in asked.body["messages"])
    return {"prompt_tokens": read, "completion_tokens": len(pieces), "total_tokens": read + len(pieces)}


def whole_body(asked: Asked, reply: Reply) -> dict[str, Any]:
    """Return the reply as it is sent in one piece."""
    if reply.error is not None:
        return {"error": dict(reply.error)}
    pieces, finish = said_to(asked, reply)
    message = {"role": "assistant", "content": "".join(pieces), "refusal": reply.refusal}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    body: dict[str, Any] = {"id": "chat-1", "object": "chat.completion", "created": 0, "model": f"{MODEL}-2026"}
    body["choices"] = [choice] if reply.has_choices else []
    if reply.has_usage:
        body["usage"] = usage(asked, pieces)
    return body


def events(asked: Asked, reply: Reply) -> Iterator[bytes]:
    """Yield the server-sent events of a streamed reply."""
    if reply.raw is not None:
        yield reply.raw
        return
    if reply.error is not None:
        yield _event({"error": dict(reply.error)})
        return
    pieces, finish = said_to(asked, reply)
    chunk = {"id": "chat-1", "object": "chat.completion.chunk", "created": 0, "model": f"{MODEL}-2026"}
    for piece in pieces:
        yield _event({**chunk, "choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
    yield b": a comment keeps the connection open\n\n"
    if finish is not None:
        yield _event({**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    if reply.has_usage and (asked.body.get("stream_options") or {}).get("include_usage"):
        yield _event({**chunk, "choices": [], "usage": usage(asked, pieces)})
    yield b"data: [DONE]\n\n"


def _event(value: object) -> bytes:
    return f"data: {json.dumps(value)}\n\n".encode()
