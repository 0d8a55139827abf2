"""The service under load: `python -m benchmarks.service_load --help`.

Locust asks on loopback, in a process of its own; the service quotes passages, without a language model. Beside it
stands the service that one writes first (`benchmarks.service_baseline`), on the same points and asked in the same way.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import httpx
import psutil

from benchmarks.service_index import PAUSE, REPEATED, built_index
from llm_engineering.domain.errors import TwinError
from tools.console import configured_console, told_errors

ROOT: Final = Path(__file__).parents[1]
_START_SECONDS: Final = 300
_MEGABYTE: Final = 2**20
_SOAK_CLIENTS: Final = 8
_SAMPLES: Final = 20
_HEAD: Final = (
    f"{'':24}{'clients':>8}{'req/s':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'CPU ms':>8}{'failed':>8}{'RAM MB':>8}"
)


class NotStartedError(TwinError):
    """A server that is to be measured does not start."""

    def __init__(self, name: str, log: Path) -> None:
        super().__init__(f"{name} does not start.", remedy=f"Its log is {log}.")


class NothingAnsweredError(TwinError):
    """A server did not answer a single question in the time that it had."""

    def __init__(self, name: str, seconds: float) -> None:
        super().__init__(f"{name} answered nothing in {seconds:g} s.", remedy="Measure longer: --seconds.")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is measured."""

    name: str
    url: str
    process: psutil.Process

    @property
    def megabytes(self) -> float:
        """Memory that it has resident."""
        return float(self.process.memory_info().rss / _MEGABYTE)

    @property
    def cpu_milliseconds(self) -> float:
        """Time of processors that it has taken so far."""
        taken = self.process.cpu_times()
        return float(1_000 * (taken.user + taken.system))


@dataclass(frozen=True, slots=True)
class Load:
    """What came of asking for some time; times in milliseconds."""

    clients: int
    requests: int
    failures: int
    per_second: float
    p50: float
    p95: float
    p99: float
    cpu: float
    """Time of processors that the server took for an answer."""


@click.command(help="Requests per second, response times and memory of the service, beside a plain one.")
@click.option("--chunks", type=click.IntRange(min=1), default=10_000, show_default=True, help="Size of the index.")
@click.option(
    "--clients", default="1,8,32", show_default=True, help="How many ask at the same time, one after another."
)
@click.option(
    "--pause",
    type=click.FloatRange(min=0),
    default=0,
    show_default=True,
    metavar="SECONDS",
    help="How long each of them reads an answer before the next question, on average.",
)
@click.option(
    "--seconds", type=click.IntRange(min=1), default=20, show_default=True, help="How long each of them asks."
)
@click.option(
    "--soak", type=click.FloatRange(min=0), default=0, metavar="MINUTES", help="Ask so long, watching memory."
)
@click.option("--baseline/--no-baseline", default=True, show_default=True, help="Measure the plain one too.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the index is kept for the next time; by default it is thrown away.",
)
@told_errors
def main(
    chunks: int, clients: str, seconds: int, *, pause: float, soak: float, folder: Path | None, baseline: bool
) -> None:
    """Print the table."""
    configured_console(level="WARNING")
    counts = [int(each) for each in clients.split(",")]
    with tempfile.TemporaryDirectory() as temporary:
        home = (folder or Path(temporary)).absolute()
        built_index(home, chunks)
        click.echo(_HEAD)
        with running("LLM Twin", ["tools.ml_service", "--port"], home) as server:
            _print_loads(server, counts, seconds, pause=pause)
            _print_loads(server, counts, seconds, pause=pause, again=True)
            if soak:
                _print_soak(server, soak)
        if baseline:
            with running("qdrant-client, local", ["benchmarks.service_baseline", str(home)], home) as server:
                _print_loads(server, counts, seconds, pause=pause)


@contextmanager
def running(name: str, module: list[str], home: Path) -> Iterator[Server]:
    """Yield a server in a process of its own that answers questions; it is ended afterwards.

    Raises:
        NotStartedError: It does not answer.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "DATA_FOLDER": str(home), "SERVICE_RATE_LIMIT": "none", "SERVICE_MAX_WAITING": "1000"}
    log = home / "server.log"
    with log.open("wb") as sink:
        command = [sys.executable, "-m", *module, str(port)]
        process = subprocess.Popen(command, stdout=sink, stderr=sink, env=environment, cwd=ROOT)
        try:
            server = Server(name, f"http://127.0.0.1:{port}", psutil.Process(process.pid))
            if not _answers(server, process):
                raise NotStartedError(name, log)
            yield server
        finally:
            process.terminate()
            process.wait(30)


def _answers(server: Server, process: "subprocess.Popen[bytes]") -> bool:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.post(f"{server.url}/rag", json={"query": "warm up"}, timeout=60).is_success:
                return True
        except httpx.TransportError:
            time.sleep(0.2)
    return False


def load(server: Server, clients: int, seconds: float, *, pause: float = 0, again: bool = False) -> Load:
    """Return what comes of so many clients that ask one question after the other.

    Args:
        server: Whom they ask.
        clients: How many ask at the same time.
        seconds: How long.
        pause: Seconds between an answer and the next question of the same client: half to one and a half of these. The
            first questions are spread over as long.
        again: Whether they ask the same hundred questions over and over, instead of new ones.

    Raises:
        NothingAnsweredError: There was no answer in that time.
    """
    spawned = clients / max(1.0, pause)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "stats"
        command = [
            sys.executable, "-m", "locust", "--locustfile", str(ROOT / "benchmarks/service_users.py"), "--headless",
            "--only-summary", "--users", str(clients), "--spawn-rate", str(spawned), "--run-time", f"{seconds:.0f}s",
            "--host", server.url, "--json-file", str(target), "--exit-code-on-error", "0", "--loglevel", "ERROR",
        ]  # fmt: skip
        environment = {**os.environ, "PYTHONPATH": str(ROOT), PAUSE: str(pause), **({REPEATED: "1"} if again else {})}
        cpu_before = server.cpu_milliseconds
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, cwd=folder)
        cpu = server.cpu_milliseconds - cpu_before
        found = json.loads(target.with_suffix(".json").read_text(encoding="utf-8"))
    if not found:
        raise NothingAnsweredError(server.name, seconds)
    (stats,) = found
    times = {float(time_ms): count for time_ms, count in stats["response_times"].items()}
    elapsed = stats["last_request_timestamp"] - stats["start_time"]
    return Load(
        clients=clients,
        requests=stats["num_requests"],
        failures=stats["num_failures"],
        per_second=stats["num_requests"] / elapsed,
        cpu=cpu / stats["num_requests"],
        **{f"p{share}": percentile(times, share) for share in (50, 95, 99)},
    )


def percentile(times: dict[float, int], share: int) -> float:
    """Return the time that a share of the requests, in percent, did not exceed; `times` counts requests by time."""
    wanted = share / 100 * sum(times.values())
    seen = 0
    for milliseconds, number in sorted(times.items()):
        seen += number
        if seen >= wanted:
            return milliseconds
    return float("nan")


def _print_loads(server: Server, counts: list[int], seconds: float, *, pause: float, again: bool = False) -> None:
    name = f"{server.name}, again" if again else server.name
    for clients in counts:
        click.echo(row(name, load(server, clients, seconds, pause=pause, again=again), server.megabytes))


def row(name: str, measured: Load, megabytes: float) -> str:
    """Return a line of the table."""
    times = f"{measured.p50:>9.0f}{measured.p95:>9.0f}{measured.p99:>9.0f}{measured.cpu:>8.0f}"
    return f"{name:24}{measured.clients:>8}{measured.per_second:>9.1f}{times}{measured.failures:>8}{megabytes:>8.0f}"


def _print_soak(server: Server, minutes: float) -> None:
    click.echo(f"Soak: {_SOAK_CLIENTS} clients for {minutes:g} minutes")
    for part in range(_SAMPLES):
        measured = load(server, _SOAK_CLIENTS, max(1.0, 60 * minutes / _SAMPLES))
        click.echo(row(f"  {60 * minutes * (part + 1) / _SAMPLES:.0f} s", measured, server.megabytes))


if __name__ == "__main__":
    main()
