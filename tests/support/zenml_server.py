"""A ZenML server of a test's own on loopback, which counts as remote, and a process that is connected to it."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import httpx

ROOT: Final = Path(__file__).parents[2]
_START_SECONDS: Final = 240


@contextmanager
def zenml_server(folder: Path) -> Iterator[str]:
    """Yield the address of a server whose records lie in a folder."""
    port = _free_port()
    environment = {
        **_without_zenml(os.environ),
        "ZENML_CONFIG_PATH": str(folder / "server"),
        "ZENML_SERVER": "true",
        "ZENML_SERVER_AUTO_ACTIVATE": "true",
        "ZENML_DEFAULT_USER_NAME": "default",
        "ZENML_DEFAULT_USER_PASSWORD": "",
        "ZENML_ANALYTICS_OPT_IN": "false",
        "ZENML_LOGGING_VERBOSITY": "ERROR",
    }
    command = [sys.executable, "-m", "uvicorn", "zenml.zen_server.zen_server_api:app", "--host", "127.0.0.1"]
    log = folder / "server.log"
    with (
        log.open("w", encoding="utf-8") as lines,
        subprocess.Popen(
            [*command, "--port", str(port)], cwd=folder, env=environment, stdout=lines, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            _wait(f"http://127.0.0.1:{port}", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command ended with."""

    exit_code: int
    stdout: str
    stderr: str


class CommandProcess:
    """Runs command lines in one process, one after the other: importing ZenML and SageMaker takes longer than any."""

    def __init__(self, process: "subprocess.Popen[str]", asked: IO[str], answers: IO[str]) -> None:
        self._process = process
        self._asked = asked
        self._answers = answers

    def __call__(self, module: str, *arguments: str, **variables: str) -> Ended:
        """Run `python -m module arguments`, with further variables of the environment.

        The command is `main` of the module, or what stands after a colon.
        """
        self._asked.write(json.dumps({"module": module, "arguments": arguments, "variables": variables}) + "\n")
        self._asked.flush()
        line = self._answers.readline()
        assert line, f"the process of commands has ended with {self._process.wait(timeout=10)}"
        return Ended(**json.loads(line))


@contextmanager
def command_process(folder: Path, environment: Mapping[str, str]) -> Iterator[CommandProcess]:
    """Yield a process for command lines, with ZenML's configuration in a folder."""
    variables = {
        **_without_zenml(os.environ),
        "ZENML_CONFIG_PATH": str(folder / "client"),
        "ZENML_REPOSITORY_PATH": str(folder),
        "ZENML_CUSTOM_SOURCE_ROOT": str(ROOT),
        "ZENML_ANALYTICS_OPT_IN": "false",
        "ZENML_LOGGING_VERBOSITY": "WARN",
        "PYTHONPATH": str(ROOT),
        **environment,
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.commands_process"],
        cwd=folder,
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield CommandProcess(process, process.stdin, process.stdout)


def _without_zenml(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith("ZENML_")}


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text(encoding="utf-8")[-2000:]
        try:
            if httpx.get(f"{address}/ready", timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise TimeoutError(log.read_text(encoding="utf-8")[-2000:])
