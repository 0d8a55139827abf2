"""The `GitClient` that runs the program git.

A repository is copied into a temporary folder without files being checked out: hooks, filters, line endings, symbolic
links and submodules, which make a checkout of other people's repositories dangerous or inexact, never come into play.
"""

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from llm_engineering.application.crawl.fetching import (
    FailureReason,
    FetchError,
    LinkFailedError,
    RepositoryError,
)
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.links import (
    Link,
    LocalLink,
    SshLink,
    WebLink,
    web_link,
    without_credentials,
)
from llm_engineering.application.crawl.snapshots import EntryKind, Snapshot, TreeEntry
from llm_engineering.infrastructure.address_guard import AddressGuard
from llm_engineering.infrastructure.git_blobs import read_blobs
from llm_engineering.infrastructure.git_process import GitProcess, GitResult
from llm_engineering.infrastructure.guarded_network import deadline_in
from llm_engineering.infrastructure.http_client import SUCCESS, HttpClient

OLDEST_GIT: Final = (2, 37)
"""The first version with http.curloptResolve, which pins the address that was vetted; older ones do for other links."""

_SSH_PORT: Final = 22
_ABSENT: Final = frozenset({401, 403, 404, 410})
"""Hosting services answer one of these for a private repository as for one that does not exist."""
_ADVERTISEMENT: Final = "/info/refs?service=git-upload-pack"
_ADVERTISEMENT_TYPE: Final = "application/x-git-upload-pack-advertisement"
_SETTINGS: Final[Mapping[str, str]] = {
    "core.hooksPath": "/dev/null",
    "gc.auto": "0",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "30",
    "safe.directory": "*",  # only git's server side reads a local repository, and runs nothing that it names
    "uploadpack.allowFilter": "true",
}
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

    def contents(self, entries: Iterable[TreeEntry]) -> Iterator[tuple[TreeEntry, bytes]]:
        """Yield each of the files with its bytes."""
        return read_blobs(self.git, self.repository, entries, self.read_timeout_seconds)


class CommandLineGit:
    """Gets repositories over HTTPS, SSH or from a folder.

    Over HTTP the address is asked for first, without git: that finds out where it redirects to, step by step under
    the guard, and whether there is a repository. git then gets the final address and may not follow redirects.
    Credentials are never asked for; SSH keys and `~/.netrc` work as usual.

    Args:
        guard: Says which hosts may be connected to.
        client: Asks for addresses over HTTP.
        limits: Bytes and seconds for a copy.
    """

    def __init__(self, guard: AddressGuard, client: HttpClient, limits: CrawlLimits) -> None:
        self._guard = guard
        self._client = client
        self._limits = limits

    @contextmanager
    def snapshot(self, link: Link) -> Iterator[Snapshot]:
        """Yield the snapshot of a repository's default branch; of a local one, of the branch that is checked out.

        What is not committed in a local repository is not seen.

        Raises:
            RepositoryError: There is no repository, it cannot be reached, or it exceeds a limit.
            FetchError: The host is not allowed, unknown, or does not answer.
        """
        source = self._source(link)
        # The files of a killed process may still change while they are deleted.
        with tempfile.TemporaryDirectory(prefix="llm-twin-git-", ignore_cleanup_errors=True) as name:
            git = GitProcess(Path(name), {**_SETTINGS, **source.settings}, source.protocol)
            if isinstance(link, WebLink):
                self._check_version(git)
            yield self._cloned(git, source, Path(name) / "repository.git")

    def _source(self, link: Link) -> "_Source":
        if isinstance(link, LocalLink):
            return _local_source(link)
        if isinstance(link, SshLink):
            self._guard.vetted_addresses(link.host, link.port, ports={_SSH_PORT})
            return _Source(link.address, protocol="ssh")
        return self._web_source(link)

    def _web_source(self, link: WebLink) -> "_Source":
        question = web_link(f"{link.address.rstrip('/')}{_ADVERTISEMENT}")
        with deadline_in(self._limits.page_timeout_seconds):
            answer = self._client.get(question, max_bytes=1, is_cut=True)
        if answer.status not in SUCCESS:
            raise _status_error(link, answer.status)
        address = answer.link.address.removesuffix(_ADVERTISEMENT)
        if answer.headers.get("content-type") != _ADVERTISEMENT_TYPE or address == answer.link.address:
            raise _no_repository(link)
        return _Source(address, protocol=answer.link.scheme, settings=self._pinned(answer.link))

    def _pinned(self, link: WebLink) -> dict[str, str]:
        """Return the setting by which git connects to the addresses that were vetted."""
        addresses = self._guard.vetted_addresses(link.host, link.port)
        if link.host in addresses:
            return {}
        listed = ",".join(f"[{address}]" if ":" in address else address for address in addresses)
        return {"http.curloptResolve": f"{link.host}:{link.port}:{listed}"}

    def _check_version(self, git: GitProcess) -> None:
        version = self._run(git, "version").output.decode(errors="replace")
        numbers = re.search(r"(\d+)\.(\d+)", version)
        if numbers is None or (int(numbers[1]), int(numbers[2])) < OLDEST_GIT:
            raise RepositoryError(
                FailureReason.GIT_MISSING,
                f"{version.strip()[:80]!r} is too old to read repositories over HTTP.",
                remedy=f"Install git {'.'.join(map(str, OLDEST_GIT))} or newer.",
            )

    def _cloned(self, git: GitProcess, source: "_Source", repository: Path) -> Snapshot:
        # Files over the cap are not even sent, where the server can leave them out.
        limit = f"--filter=blob:limit={self._limits.max_file_bytes + 1}"
        options = ("--quiet", "--bare", "--depth=1", "--single-branch", "--no-tags", "--template=", limit)
        cloned = self._run(git, "clone", *options, "--", source.address, str(repository))
        if cloned.exit_status:
            raise _clone_error(source.address, cloned)
        # Without it git knows no place to get more from, whatever it is asked for.
        self._run(git, f"--git-dir={repository}", "config", "--remove-section", "remote.origin")
        commit = self._run(git, f"--git-dir={repository}", "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        if commit.exit_status:
            raise RepositoryError(
                FailureReason.EMPTY_REPOSITORY,
                f"The repository {without_credentials(source.address)} has no commit on its default branch.",
                remedy="Remove the link, or commit and push something first.",
            )
        tree = self._run(git, f"--git-dir={repository}", "ls-tree", "-r", "-z", "-l", "--full-tree", "HEAD")
        if tree.exit_status:
            raise _clone_error(source.address, tree)
        return ClonedSnapshot(
            commit=commit.output.decode().strip(),
            entries=_entries(tree.output),
            git=git,
            repository=repository,
            read_timeout_seconds=self._limits.read_timeout_seconds,
        )

    def _run(self, git: GitProcess, *arguments: str) -> GitResult:
        return git.run(
            *arguments,
            timeout_seconds=self._limits.clone_timeout_seconds,
            max_bytes=self._limits.max_clone_bytes,
        )


@dataclass(frozen=True, slots=True)
class _Source:
    """What git is told about where a repository comes from."""

    address: str
    protocol: str
    settings: Mapping[str, str] = field(default_factory=dict)


def _local_source(link: LocalLink) -> _Source:
    if not link.path.exists():
        raise RepositoryError(
            FailureReason.NOT_FOUND,
            f"There is no folder {str(link.path)!r}.",
            remedy="Correct the path; a relative one starts from the working directory.",
        )
    if not link.path.is_dir():
        raise _no_repository(link)
    return _Source(link.address, protocol="file")


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


def _no_repository(link: Link) -> RepositoryError:
    return RepositoryError(
        FailureReason.NOT_A_REPOSITORY,
        f"There is no git repository at {without_credentials(link.address)}.",
        remedy="Give the address that git clone takes, or the top folder of a local repository.",
    )


def _status_error(link: WebLink, status: int) -> LinkFailedError:
    if status in _ABSENT:
        return RepositoryError(
            FailureReason.NOT_FOUND,
            f"There is no public repository at {link.address} (status {status}).",
            remedy="Correct the link; a private repository can be read over SSH, as git@host:owner/name.git.",
        )
    return FetchError(
        FailureReason.HTTP_ERROR,
        f"{link.address} answers with status {status}.",
        remedy="Try again later; if it stays so, remove the link.",
    )


def _clone_error(address: str, result: GitResult) -> RepositoryError:
    cause = result.message or f"it ended with status {result.exit_status}"
    reasons = (reason for pattern, reason in _REASONS if pattern.search(result.message))
    return RepositoryError(
        next(reasons, FailureReason.GIT_FAILED),
        f"git cannot copy {without_credentials(address)}: {cause.rstrip('.')}.",
        remedy="See whether git clone works with it; if not, correct or remove the link.",
    )
