"""Reads files out of git's object store, one after the other, with one process."""

import os
import select
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final, cast

from llm_engineering.application.crawl.fetching import FailureReason, RepositoryError
from llm_engineering.application.crawl.snapshots import TreeEntry
from llm_engineering.infrastructure.git_process import GitProcess

_PIECE_BYTES: Final = 65536


def read_blobs(
    git: GitProcess, repository: Path, entries: Iterable[TreeEntry], timeout_seconds: float
) -> Iterator[tuple[TreeEntry, bytes]]:
    """Yield each entry with the bytes that were committed: no filter, line ending or encoding is applied to them.

    Args:
        git: Runs git.
        repository: Path of a bare repository.
        entries: Files whose objects are in it, with their sizes.
        timeout_seconds: Longest wait for one of them.

    Raises:
        RepositoryError: An object is not there or cannot be read, or does not come in time.
    """
    with git.started(
        f"--git-dir={repository}",
        "cat-file",
        "--batch",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        # Both are pipes, because pipes were asked for above.
        questions, answers = cast("IO[bytes]", process.stdin).fileno(), cast("IO[bytes]", process.stdout).fileno()
        for entry in entries:
            yield entry, _content(questions, answers, entry, time.monotonic() + timeout_seconds)


def _content(questions: int, answers: int, entry: TreeEntry, deadline: float) -> bytes:
    """Ask for one object. git answers with a line "<id> blob <size>", the bytes and a line break."""
    header = f"{entry.object_id} blob {entry.size}\n".encode()
    try:
        os.write(questions, f"{entry.object_id}\n".encode())
    except BrokenPipeError as error:
        raise _unreadable(entry, "git has ended") from error
    answer = b""
    while len(answer) < len(header) + (entry.size or 0) + 1:
        piece = _next_piece(answers, deadline)
        answer += piece
        if not piece or not answer.startswith(header[: len(answer)]):
            raise _unreadable(entry, f"git answers {answer[:100]!r}")
    return answer[len(header) : -1]


def _next_piece(answers: int, deadline: float) -> bytes:
    """Return the next bytes of a pipe; empty if nothing comes any more."""
    ready, _, _ = select.select([answers], [], [], max(0.0, deadline - time.monotonic()))
    return os.read(answers, _PIECE_BYTES) if ready else b""


def _unreadable(entry: TreeEntry, cause: str) -> RepositoryError:
    return RepositoryError(
        FailureReason.GIT_FAILED,
        f"The file {entry.path!r:.200} cannot be read from the copy of its repository: {cause}.",
        remedy="Try again; if it stays so, check the repository with git fsck.",
    )
