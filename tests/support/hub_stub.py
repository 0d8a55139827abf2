"""A stand-in for the API of the Hugging Face Hub on loopback: takes commits of small files to data sets and models.

It speaks what `huggingface_hub` 1.x asks when it creates a repository and uploads a folder. Every file is taken into
the commit itself ("regular"); the storage of large files is not played.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit


@dataclass
class HubRepository:
    """A data set or a model on the stub."""

    private: bool
    kind: str = "datasets"
    """As in paths: "datasets" or "models"."""
    files: dict[str, bytes] = field(default_factory=dict)
    commits: list[str] = field(default_factory=list)
    """Their messages."""


@dataclass
class HubStub:
    """What a test sees of the server."""

    url: str = ""
    token: str = "hf_right"
    repositories: dict[str, HubRepository] = field(default_factory=dict)
    failing: int | None = None
    """A status with which every request is answered."""
    asked: list[str] = field(default_factory=list)
    """Method and path of each request."""

    def written(self, repository: str, folder: Path) -> Path:
        """Write the files of a repository to a folder, as one who loads it would get them."""
        folder.mkdir(parents=True)
        for name, content in self.repositories[repository].files.items():
            (folder / name).write_bytes(content)
        return folder


@contextmanager
def hub_stub() -> Iterator[HubStub]:
    """Yield a Hub without repositories."""
    server = _Server(("127.0.0.1", 0), _Handler)
    host, port = server.server_address[:2]
    server.stub = HubStub(url=f"http://{host!s}:{port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    stub: HubStub


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        stub, path = self.server.stub, urlsplit(self.path).path
        stub.asked.append(f"{self.command} {path}")
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if stub.failing is not None:
            self._send(stub.failing, {"error": "as the test wants it"})
        elif self.headers.get("authorization") != f"Bearer {stub.token}":
            self._send(401, {"error": "Invalid token."})
        else:
            self._send(*self._result(path, body))

    def _result(self, path: str, body: bytes) -> tuple[int, Any]:
        stub = self.server.stub
        if path == "/api/repos/create":
            return self._created(json.loads(body))
        if path == "/api/validate-yaml":
            return 200, {"errors": [], "warnings": []}
        _, _, kind, owner, name, *rest = path.split("/")
        repository = stub.repositories.get(f"{owner}/{name}")
        if repository is None or kind != repository.kind:
            return 404, {"error": "Repository not found"}
        return self._of_repository(f"{owner}/{name}", repository, rest[0] if rest else "", body)

    def _of_repository(self, name: str, repository: HubRepository, what: str, body: bytes) -> tuple[int, Any]:
        if what == "tree":
            return 200, [{"type": "file", "path": each, "size": 1, "oid": "0" * 40} for each in repository.files]
        if what == "preupload":
            files = json.loads(body)["files"]
            return 200, {"files": [self._mode(each["path"], repository) for each in files]}
        if what == "commit":
            return self._committed(name, repository, body)
        return 200, self._info(name, repository)

    @staticmethod
    def _mode(path: str, repository: HubRepository) -> dict[str, Any]:
        """Say how a file is taken, and which version of it is there already, as git names it."""
        content = repository.files.get(path)
        named = {} if content is None else {"oid": hashlib.sha1(b"blob %d\0%b" % (len(content), content)).hexdigest()}
        return {"path": path, "uploadMode": "regular", "shouldIgnore": False, **named}

    def _created(self, asked: dict[str, Any]) -> tuple[int, Any]:
        name = f"{asked.get('organization') or 'me'}/{asked['name']}"
        if name in self.server.stub.repositories:
            return 409, {"error": "You already created this repo", "url": f"{self.server.stub.url}/{name}"}
        kind = f"{asked.get('type', 'model')}s"
        is_private = bool(asked.get("private") or asked.get("visibility") == "private")
        self.server.stub.repositories[name] = HubRepository(private=is_private, kind=kind)
        path = name if kind == "models" else f"{kind}/{name}"
        return 200, {"url": f"{self.server.stub.url}/{path}", "id": name, "name": name}

    @staticmethod
    def _info(name: str, repository: HubRepository) -> dict[str, Any]:
        return {
            "id": name,
            "private": repository.private,
            "sha": f"{len(repository.commits):040}",
            "siblings": [{"rfilename": each} for each in repository.files],
        }

    def _committed(self, name: str, repository: HubRepository, body: bytes) -> tuple[int, Any]:
        for line in body.decode().splitlines():
            item = json.loads(line)
            value = item["value"]
            if item["key"] == "header":
                repository.commits.append(value["summary"])
            elif item["key"] == "file":
                repository.files[value["path"]] = base64.b64decode(value["content"])
            elif item["key"] == "deletedFile":
                del repository.files[value["path"]]
        oid = f"{len(repository.commits):040}"
        return 200, {
            "success": True,
            "commitOid": oid,
            "commitUrl": f"{self.server.stub.url}/datasets/{name}/commit/{oid}",
        }

    def _send(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
