"""Git repositories made by the real git, and a host that serves them over HTTP."""

import os
import subprocess
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import NamedTuple

from llm_engineering.application.crawl.links import Link
from tests.support.site import Answerer, Site

_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (
        ("NAME", "Ada Lovelace"), ("EMAIL", "ada@example.org"), ("DATE", "2024-01-01T00:00:00Z"),
    )},
}  # fmt: skip


class Committed(NamedTuple):
    """A commit, and where to get the repository that it is the newest one of."""

    link: Link
    commit: str


def git(folder: Path, *arguments: str, data: bytes | None = None) -> str:
    """Run git in a folder and return what it prints."""
    command = ["git", "-c", "protocol.file.allow=always", *arguments]
    result = subprocess.run(command, cwd=folder, env=_ENVIRONMENT, input=data, capture_output=True, check=True)
    return result.stdout.decode().strip()


def make_repository(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Make a repository whose one commit holds the files byte for byte; return its folder."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit_files(folder, files)
    return folder


def commit_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Commit files byte for byte, whatever .gitattributes says."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        add_entry(folder, "100644", git(folder, "hash-object", "-w", "--stdin", data=content), name)
    commit(folder)


def add_symlink(folder: Path, name: str, target: str) -> None:
    """Put a symbolic link into the next commit."""
    (folder / name).symlink_to(target)
    add_entry(folder, "120000", git(folder, "hash-object", "-w", "--stdin", data=target.encode()), name)


def add_entry(folder: Path, mode: str, object_id: str, name: str) -> None:
    """Put an entry into the next commit; with mode 160000 it is a submodule."""
    git(folder, "update-index", "--add", "--cacheinfo", f"{mode},{object_id},{name}")


def commit(folder: Path) -> None:
    git(folder, "commit", "--quiet", "--allow-empty", "--message=Commit")


def serve(site: Site, repository: Path, path: str, *first_answers: Answerer) -> str:
    """Serve a repository at a path of a site, as `git http-backend` does; return its address.

    The first questions whether there is a repository can be answered otherwise.
    """

    def answer(request: BaseHTTPRequestHandler) -> None:
        question = request.path.removeprefix(path)
        environment = {
            **_ENVIRONMENT,
            "GIT_PROJECT_ROOT": str(repository),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": question.partition("?")[0],
            "QUERY_STRING": question.partition("?")[2],
            "REQUEST_METHOD": request.command,
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        }
        body = request.rfile.read(int(request.headers.get("Content-Length", "0")))
        command = ["git", "-c", "safe.directory=*", "-c", "uploadpack.allowFilter=true", "http-backend"]
        output = subprocess.run(command, env=environment, input=body, capture_output=True, check=True).stdout
        head, _, content = output.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        request.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(content)

    site.on(f"{path}/git-upload-pack", answer)
    site.on(f"{path}/info/refs", *first_answers, answer)
    return f"{site.url}{path}"
