"""A loopback stand-in for the prompt library of Opik's REST interface, which can also misbehave.

It answers what `opik.rest_api` asks: POST v1/private/prompts/versions/retrieve, GET v1/private/prompts and
GET v1/private/prompts/ID/versions.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit


@dataclass
class PromptLibrary:
    """Prompts by name, each a list of its versions."""

    url: str = ""
    prompts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    in_production: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    """Path, headers (in lower case) and body of each request."""
    statuses: list[int] = field(default_factory=list)
    """What the next requests are answered with, without a body."""

    def save(self, name: str, messages: list[dict[str, Any]] | str, *, kind: str = "mustache") -> str:
        versions = self.prompts.setdefault(name, [])
        is_chat = isinstance(messages, list)
        versions.append({
            "id": f"id-{name}-{len(versions)}",
            "version_number": f"v{len(versions) + 1}",
            "template": json.dumps(messages) if is_chat else messages,
            "template_structure": "chat" if is_chat else "text",
            "type": kind,
        })
        return str(versions[-1]["version_number"])

    def answer(self, path: str, body: dict[str, Any] | None) -> tuple[int, Any]:
        if self.statuses:
            return self.statuses.pop(0), {"errors": ["hunter2"]}
        if path == "/api/v1/private/prompts/versions/retrieve" and body is not None:
            wanted = body.get("version_number") or self.in_production.get(body["name"])
            found = [each for each in self.prompts.get(body["name"], []) if each["version_number"] == wanted]
            return (200, found[0]) if found else (404, {"errors": ["not found"]})
        if path == "/api/v1/private/prompts":
            return 200, {"content": [{"id": f"id-{name}", "name": name} for name in self.prompts]}
        name = path.removeprefix("/api/v1/private/prompts/id-").removesuffix("/versions")
        return 200, {"content": self.prompts[name]}


def _handler(library: PromptLibrary) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            library.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            status, content = library.answer(urlsplit(self.path).path, body)
            sent = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_POST = do_GET = _answer  # noqa: N815 - the names that http.server looks for

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server names it
            pass

    return Handler


@contextmanager
def opik_prompt_library() -> Iterator[PromptLibrary]:
    """Yield a running library."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    library = PromptLibrary(f"http://127.0.0.1:{http.server_port}/api")
    http.RequestHandlerClass = _handler(library)
    thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield library
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
