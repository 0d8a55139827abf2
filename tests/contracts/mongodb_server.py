"""A MongoDB to test against: the server of TEST_MONGODB_URL, or one on loopback that this process starts."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr
from pymongo import MongoClient

_START_SECONDS = 30


@contextmanager
def running_mongodb(folder: Path) -> Iterator[SecretStr]:
    """Yield the connection string of a server; a server that is started keeps its files in the folder."""
    given = os.environ.get("TEST_MONGODB_URL")
    if given:
        yield SecretStr(given)
        return
    with started_server(folder) as (url, _):
        yield url


@contextmanager
def started_server(folder: Path) -> Iterator[tuple[SecretStr, subprocess.Popen[bytes]]]:
    """Start nx-27017 on a free port and yield its connection string and process.

    It speaks MongoDB's wire protocol over SQLite. A process file of its own lets several run at once, a data folder
    keeps its databases apart.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    command = [sys.executable, "-m", "nx_27017.nx_27017", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--data-dir", "data", "--pid-file", f"{port}.pid", "--log-file", "server.log"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_until_it_answers(port)
            yield SecretStr(f"mongodb://127.0.0.1:{port}"), server
        finally:
            server.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_answers(port: int) -> None:
    client: MongoClient[dict[str, object]] = MongoClient(
        "127.0.0.1", port, serverSelectionTimeoutMS=_START_SECONDS * 1000
    )
    with client:
        client.admin.command("ping")
