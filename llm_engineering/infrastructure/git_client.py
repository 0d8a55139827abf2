"""The `GitClient` that runs the program git.

A repository is copied into a temporary folder without files being checked out: hooks, filters, line endings, symbolic
links and submodules, which make a checkout of other people's repositories dangerous or inexact, never come into play.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from llm_engineering.application.crawl.fetching import FailureReason, RepositoryError
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.links import Link, WebLink, without_credentials
from llm_engineering.application.crawl.repository_files import NOTEBOOK_FACTOR
from llm_engineering.application.crawl.snapshots import EntryKind, Snapshot, TreeEntry
from llm_engineering.infrastructure.address_guard import AddressGuard
from llm_engineering.infrastructure.git_blobs import read_blobs
from llm_engineering.infrastructure.git_folders import temporary_folder
from llm_engineering.infrastructure.git_process import GitProcess, GitResult, bytes_in
from llm_engineering.infrastructure.git_sources import GitSource, GitSources
from llm_engineering.infrastructure.http_client import HttpClient

OLDEST_GIT: Final = (2, 37)
"""The first version with http.curloptResolve, which pins the address that was vetted; older ones do for other links."""

_SETTINGS: Final[Mapping[str, str]] = {
    "core.hooksPath": "/dev/null",
    "gc.auto": "0",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "30",
    "safe.directory": "*",  # only git's server side reads a local repository, and runs nothing that it names
    "uploadpack.allowFilter": "true",
}
_HEAD: Final = re.compile(rb"^([0-9a-f]{40,64})\tHEAD$", re.MULTILINE)
_KINDS: Final[Mapping[bytes, EntryKind]] = {b"120000": EntryKind.SYMLINK, b"160000": EntryKind.SUBMODULE}
_REASONS: Final[tuple[tuple[re.Pattern[str], FailureReason], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE), reason)
    for pattern, reason in (
        ("host key verification failed|permission denied|authentication failed", FailureReason.FORBIDDEN),
        ("repository not found|could not be found|does not exist", FailureReason.NOT_FOUND),
        ("does not appear to be a git repository", FailureReason.NOT_A_REPOSITORY),
        ("could not resolve|connection refused|no route to host|unable to connect", FailureReason.UNREACHABLE),
        ("timed out|too slow", FailureReason.TIMEOUT),
        ("certificate|ssl|tls", FailureReason.TLS_ERROR),
    )
)
"""What git's messages mean; the first pattern that is found decides."""


@dataclass(frozen=True, slots=True)
class ClonedSnapshot:
    """The files at the newest commit of a copied repository."""

    commit: str
    entries: Sequence[TreeEntry]
    git: GitProcess
    repository: Path
    read_timeout_seconds: float
    received_bytes: int

    def contents(self, entries: Iterable[TreeEntry]) -> Iterator[tuple[TreeEntry, bytes]]:
        """Yield each of the files with its bytes."""
        return read_blobs(self.git, self.repository, entries, self.read_timeout_seconds)


class CommandLineGit:
    """Gets repositories over HTTPS, SSH or from a folder; may be used by several threads at once.

    git gets the address that a link finally leads to, and may not follow redirects. Credentials are never asked for;
    SSH keys and `~/.netrc` work as usual.

    Args:
        guard: Says which hosts may be connected to.
        client: Asks for addresses over HTTP.
        limits: Bytes and seconds for a copy.
        sleep: Waits so many seconds before an address is asked for again.
    """

    def __init__(
        self, guard: AddressGuard, client: HttpClient, limits: CrawlLimits, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._sources = GitSources(guard, client, limits, sleep)
        self._limits = limits

    def newest_commit(self, link: Link) -> str:
        """Return the hash of the newest commit of a repository's default branch; nothing is copied.

        Raises:
            RepositoryError: There is no repository, it cannot be reached, or it has no commit.
            FetchError: The host is not allowed, unknown, or does not answer.
        """
        with self._git_for(link) as (git, source, _):
            listed = self._run(git, "ls-remote", "--quiet", "--", source.address, "HEAD")
        if listed.exit_status:
            raise _git_error("ask", source.address, listed)
        # The pattern also lists what ends in /HEAD, such as the default branch of a remote of a local repository.
        commit = _HEAD.search(listed.output)
        if commit is None:
            raise _no_commit(source.address)
        return commit[1].decode()

    @contextmanager
    def snapshot(self, link: Link) -> Iterator[Snapshot]:
        """Yield the snapshot of a repository's default branch; of a local one, of the branch that is checked out.

        What is not committed in a local repository is not seen.

        Raises:
            RepositoryError: There is no repository, it cannot be reached, or it exceeds a limit.
            FetchError: The host is not allowed, unknown, or does not answer.
        """
        with self._git_for(link) as (git, source, folder):
            yield self._cloned(git, source, folder / "repository.git")

    @contextmanager
    def _git_for(self, link: Link) -> Iterator[tuple[GitProcess, GitSource, Path]]:
        """Yield git as it is set for a link, where the link leads, and a folder that git may fill."""
        source = self._sources.source(link)
        with temporary_folder() as folder:
            git = GitProcess(folder, {**_SETTINGS, **source.settings}, source.protocol)
            if isinstance(link, WebLink):
                self._check_version(git)
            yield git, source, folder

    def _check_version(self, git: GitProcess) -> None:
        version = self._run(git, "version").output.decode(errors="replace")
        numbers = re.search(r"(\d+)\.(\d+)", version)
        if numbers is None or (int(numbers[1]), int(numbers[2])) < OLDEST_GIT:
            raise RepositoryError(
                FailureReason.GIT_MISSING,
                f"{version.strip()[:80]!r} is too old to read repositories over HTTP.",
                remedy=f"Install git {'.'.join(map(str, OLDEST_GIT))} or newer.",
            )

    def _cloned(self, git: GitProcess, source: GitSource, repository: Path) -> Snapshot:
        # Files over the cap are not even sent, where the server can leave them out.
        limit = f"--filter=blob:limit={self._limits.max_file_bytes * NOTEBOOK_FACTOR + 1}"
        options = ("--quiet", "--bare", "--depth=1", "--single-branch", "--no-tags", "--template=", limit)
        cloned = self._run(git, "clone", *options, "--", source.address, str(repository))
        if cloned.exit_status:
            raise _git_error("copy", source.address, cloned)
        # Without it git knows no place to get more from, whatever it is asked for.
        self._run(git, f"--git-dir={repository}", "config", "--remove-section", "remote.origin")
        commit = self._run(git, f"--git-dir={repository}", "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        if commit.exit_status:
            raise _no_commit(source.address)
        tree = self._run(git, f"--git-dir={repository}", "ls-tree", "-r", "-z", "-l", "--full-tree", "HEAD")
        if tree.exit_status:
            raise _git_error("copy", source.address, tree)
        return ClonedSnapshot(
            commit=commit.output.decode().strip(),
            entries=_entries(tree.output),
            git=git,
            repository=repository,
            read_timeout_seconds=self._limits.read_timeout_seconds,
            received_bytes=0 if source.protocol == "file" else bytes_in(repository),
        )

    def _run(self, git: GitProcess, *arguments: str) -> GitResult:
        return git.run(
            *arguments,
            timeout_seconds=self._limits.clone_timeout_seconds,
            max_bytes=self._limits.max_clone_bytes,
        )


def _entries(tree: bytes) -> list[TreeEntry]:
    """Return the entries of `git ls-tree -r -z -l`: "<mode> <type> <id> <size>", a tab, the path, a null byte."""
    return [_entry(*line.partition(b"\t")[::2]) for line in tree.split(b"\0") if line]


def _entry(facts: bytes, path: bytes) -> TreeEntry:
    mode, _, object_id, size = facts.split()
    return TreeEntry(
        path=path.decode(errors="surrogateescape"),
        kind=_KINDS.get(mode, EntryKind.FILE),
        size=int(size) if size.isdigit() else None,  # "-" of a submodule, "BAD" of what was not sent
        object_id=object_id.decode(),
    )


def _no_commit(address: str) -> RepositoryError:
    return RepositoryError(
        FailureReason.EMPTY_REPOSITORY,
        f"The repository {without_credentials(address)} has no commit on its default branch.",
        remedy="Remove the link, or commit and push something first.",
    )


def _git_error(action: str, address: str, result: GitResult) -> RepositoryError:
    cause = result.message or f"it ended with status {result.exit_status}"
    reasons = (reason for pattern, reason in _REASONS if pattern.search(result.message))
    return RepositoryError(
        next(reasons, FailureReason.GIT_FAILED),
        f"git cannot {action} {without_credentials(address)}: {cause.rstrip('.')}.",
        remedy="See whether git clone works with it; if not, correct or remove the link.",
    )
