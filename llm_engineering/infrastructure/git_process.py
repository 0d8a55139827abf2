"""Runs git so that it does nothing but what it is asked for, and ends when it should."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from llm_engineering.application.crawl.fetching import FailureReason, RepositoryError
from llm_engineering.application.crawl.links import without_credentials

_PASSED_ON: Final = ("HOME", "LOGNAME", "PATH", "SSH_AUTH_SOCK", "SSL_CERT_DIR", "SSL_CERT_FILE", "TMPDIR", "USER")
"""All that git gets of the environment: no proxy, and no setting that a variable GIT_... could bring."""
_ENVIRONMENT: Final[Mapping[str, str]] = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oConnectTimeout=30",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",  # reasons are read from the messages
}
_FIRST_POLL_SECONDS: Final = 0.005
_LONGEST_POLL_SECONDS: Final = 0.2
_TOLD_LINES: Final = 6
_TOLD_CHARACTERS: Final = 600
_UNPRINTABLE: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x09\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class GitResult:
    """How a run of git ended."""

    exit_status: int
    output: bytes
    message: str
    """The last lines that it complained with, shortened and without credentials."""


class GitProcess:
    """git with a configuration of its own. That of the machine and of the user is not read.

    Each run is a process group, which is killed as a whole when the run takes too long or too much disk, and when
    this process is interrupted.

    Args:
        folder: A folder that git may fill; settings and output of git are written there too.
        settings: git's configuration, by keys such as "http.sslVerify".
        protocol: The one that git may connect with, in git's words: "https", "ssh", "file".
    """

    def __init__(self, folder: Path, settings: Mapping[str, str], protocol: str) -> None:
        self._folder = folder
        (folder / "settings").write_text(_settings_file(settings), encoding="utf-8")
        self._environment = {
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            **_ENVIRONMENT,
            "GIT_ALLOW_PROTOCOL": protocol,
            "GIT_CONFIG_GLOBAL": str(folder / "settings"),
        }

    def run(self, *arguments: str, timeout_seconds: float, max_bytes: int) -> GitResult:
        """Run git to its end.

        Args:
            arguments: What follows "git" on a command line.
            timeout_seconds: How long it may run.
            max_bytes: How large the folder may become while it runs.

        Raises:
            RepositoryError: git is not installed, or exceeds the time or the size.
        """
        output_file, message_file = self._folder / "output", self._folder / "message"
        with (
            output_file.open("wb") as output,
            message_file.open("wb") as message,
            self.started(*arguments, stdin=subprocess.DEVNULL, stdout=output.fileno(), stderr=message.fileno()) as git,
        ):
            self._wait(git, timeout_seconds, max_bytes)
        return GitResult(git.returncode, output_file.read_bytes(), _told(message_file.read_bytes()))

    @contextmanager
    def started(self, *arguments: str, stdin: int, stdout: int, stderr: int) -> Iterator[subprocess.Popen[bytes]]:
        """Start git; it is killed at the end of the `with` block if it still runs then.

        Raises:
            RepositoryError: git is not installed, or the folder is no longer there.
        """
        program = shutil.which("git")
        if program is None:
            raise RepositoryError(
                FailureReason.GIT_MISSING,
                "The program git was not found.",
                remedy="Install git and see that it is on the PATH.",
            )
        if not self._folder.is_dir():
            raise RepositoryError(
                FailureReason.GIT_FAILED,
                f"The temporary copy of the repository in {str(self._folder)!r} is gone.",
                remedy="Try again, and see that nothing clears the folder for temporary files meanwhile.",
            )
        with subprocess.Popen(  # noqa: S603 - a list of arguments and no shell; addresses stand behind "--"
            [program, *arguments],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            bufsize=0,
            cwd=self._folder,
            env=self._environment,
            start_new_session=True,
        ) as git:
            try:
                yield git
            finally:
                if git.poll() is None:
                    os.killpg(git.pid, signal.SIGKILL)

    def _wait(self, git: subprocess.Popen[bytes], timeout_seconds: float, max_bytes: int) -> None:
        deadline = time.monotonic() + timeout_seconds
        poll_seconds = _FIRST_POLL_SECONDS
        while True:
            with suppress(subprocess.TimeoutExpired):
                git.wait(poll_seconds)
            if bytes_in(self._folder) > max_bytes:
                raise RepositoryError(
                    FailureReason.TOO_LARGE,
                    f"The copy of the repository is larger than {max_bytes} bytes.",
                    remedy="Raise max_clone_bytes in the YAML of the run, or remove the link.",
                )
            if git.returncode is not None:
                return
            if time.monotonic() > deadline:
                raise RepositoryError(
                    FailureReason.TIMEOUT,
                    f"git did not end within {timeout_seconds:g} seconds.",
                    remedy="Try again later, or raise clone_timeout_seconds in the YAML of the run.",
                )
            poll_seconds = min(2 * poll_seconds, _LONGEST_POLL_SECONDS)


def bytes_in(folder: Path) -> int:
    """Return the size of all files in a folder; files that vanish meanwhile count nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += (Path(parent) / name).lstat().st_size
    return total


def _settings_file(settings: Mapping[str, str]) -> str:
    sections = (key.rpartition(".") for key in settings)
    lines = [
        f'[{section}]\n\t{name} = "{value}"\n'
        for (section, _, name), value in zip(sections, settings.values(), strict=True)
    ]
    return "".join(lines)


def _told(message: bytes) -> str:
    """Return the last lines of a message, fit for a log."""
    lines = [line.strip() for line in message.decode(errors="replace").splitlines() if line.strip()]
    told = _UNPRINTABLE.sub("", " ".join(lines[-_TOLD_LINES:]))
    return without_credentials(told)[-_TOLD_CHARACTERS:]
