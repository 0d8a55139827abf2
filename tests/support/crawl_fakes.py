"""Fakes of the ports that crawlers read the world through; they pass the contract suites in `tests/contracts`."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.message import Message

from pydantic import SecretStr

from llm_engineering.application.crawl.fetching import FailureReason, FetchError, RepositoryError
from llm_engineering.application.crawl.links import Link, parse_link
from llm_engineering.application.crawl.port import HTML_PAGES, NOTHING_KNOWN, Freshness, Page
from llm_engineering.application.crawl.snapshots import EntryKind, TreeEntry
from tests.support.repositories import Committed
from tests.support.site import HTML


class PagesInMemory:
    """A site in memory, and the fetcher of its pages; what it does not hold is not found."""

    def __init__(self, site: str = "https://ada.dev") -> None:
        self.fetched: list[str] = []
        """The addresses that were asked for, in order."""
        self._site = site
        self._pages: dict[str, Page] = {}
        self._redirects: dict[str, str] = {}
        self._failures: dict[str, FailureReason] = {}

    def page(self, path: str, body: bytes, *, content_type: str = HTML, etag: str = "", last_modified: str = "") -> str:
        """Put a page at a path, with the values of its headers, none where empty; return its address."""
        url = self._site + path
        header = Message()
        header["Content-Type"] = content_type
        self._pages[url] = Page(
            url,
            header.get_content_type() if content_type else "",
            body,
            header.get_content_charset(),
            freshness={name: value for name, value in (("etag", etag), ("last_modified", last_modified)) if value},
            received_bytes=len(body),
        )
        return url

    def redirect(self, path: str, target: str) -> str:
        """Lead from a path to an address; return the path's."""
        self._redirects[self._site + path] = target
        return self._site + path

    def failing(self, reason: FailureReason) -> str:
        """Return an address at which there is no page, for a reason."""
        url = f"{self._site}/{reason}"
        self._failures[url] = reason
        return url

    def fetch(
        self, url: str, *, known: Freshness = NOTHING_KNOWN, accept: str = HTML_PAGES, token: SecretStr | None = None
    ) -> Page:
        self.fetched.append(url)
        target = self._target(url)
        if target not in self._pages:
            raise self._error(target, self._failures.get(target, FailureReason.NOT_FOUND))
        page = self._pages[target]
        if page.freshness and target != url:
            page = replace(page, freshness={**page.freshness, "redirected_to": target})
        if page.freshness and page.freshness == known:
            return replace(page, body=b"", is_unchanged=True, received_bytes=0)
        return page

    def _target(self, url: str) -> str:
        passed: set[str] = set()
        while url in self._redirects:
            if url in passed:
                raise self._error(url, FailureReason.TOO_MANY_REDIRECTS)
            passed.add(url)
            url = self._redirects[url]
        return url

    @staticmethod
    def _error(url: str, reason: FailureReason) -> FetchError:
        return FetchError(reason, f"There is no page at {url}: {reason}.", remedy="Ask for another one.")


@dataclass
class SnapshotInMemory:
    """The files of a commit; each path is its own object."""

    commit: str
    entries: Sequence[TreeEntry]
    files: Mapping[str, bytes]
    is_open: bool = True
    received_bytes: int = 0

    def contents(self, entries: Iterable[TreeEntry]) -> Iterator[tuple[TreeEntry, bytes]]:
        for entry in entries:
            if not self.is_open or entry.object_id not in self.files:
                problem = f"The file {entry.path!r} cannot be read."
                raise RepositoryError(FailureReason.GIT_FAILED, problem, remedy="Read what is there, in time.")
            yield entry, self.files[entry.object_id]


class RepositoriesInMemory:
    """An account at a host of git repositories in memory, and the client that gets them."""

    def __init__(self, account: str = "https://github.com/ada") -> None:
        self.open_snapshots = 0
        """How many snapshots are being read."""
        self.snapshots = 0
        """How many snapshots were ever begun."""
        self._account = account
        self._commits = 0
        self._newest: dict[Link, SnapshotInMemory] = {}
        self._failures: dict[Link, FailureReason] = {}

    def committed(
        self,
        files: Mapping[str, bytes],
        *,
        name: str = "engine",
        symlinks: Sequence[tuple[str, str]] = (),
        submodules: Sequence[str] = (),
    ) -> Committed:
        """Make a commit that holds these files, links (path and target) and submodules; return it."""
        self._commits += 1
        link = parse_link(f"{self._account}/{name}.git")
        entries = [
            *(TreeEntry(path, EntryKind.FILE, len(content), path) for path, content in files.items()),
            *(TreeEntry(path, EntryKind.SYMLINK, len(os.fsencode(target)), path) for path, target in symlinks),
            *(TreeEntry(path, EntryKind.SUBMODULE, None, path) for path in submodules),
        ]
        entries.sort(key=lambda entry: os.fsencode(entry.path))
        commit = f"{self._commits:040x}"
        self._newest[link] = SnapshotInMemory(commit, entries, dict(files))
        return Committed(link, commit)

    def failing(self, reason: FailureReason) -> Link:
        """Return a link at which there is no repository, for a reason."""
        link = parse_link(f"{self._account}/{reason}.git")
        self._failures[link] = reason
        return link

    def newest_commit(self, link: Link) -> str:
        return self._found(link).commit

    def _found(self, link: Link) -> SnapshotInMemory:
        if link not in self._newest:
            reason = self._failures.get(link, FailureReason.NOT_FOUND)
            problem = f"There is no repository at {link.address}: {reason}."
            raise RepositoryError(reason, problem, remedy="Ask for another one.")
        return self._newest[link]

    @contextmanager
    def snapshot(self, link: Link) -> Iterator[SnapshotInMemory]:
        snapshot = replace(self._found(link))
        self.open_snapshots += 1
        self.snapshots += 1
        try:
            yield snapshot
        finally:
            snapshot.is_open = False
            self.open_snapshots -= 1
