"""CommandLineGit keeps the promises of the GitClient port, whether a repository lies in a folder or on a host."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.links import Link, LocalLink, parse_link
from llm_engineering.application.crawl.snapshots import GitClient
from llm_engineering.infrastructure.address_guard import AddressGuard
from llm_engineering.infrastructure.git_client import CommandLineGit
from llm_engineering.infrastructure.http_client import HttpClient
from tests.contracts.git_client import GitClientContract, Repositories
from tests.support.repositories import (
    Committed,
    add_entry,
    add_symlink,
    commit_files,
    git,
    make_repository,
    serve,
)
from tests.support.site import Reply, Site, running_site

pytestmark = pytest.mark.integration


class LocalRepositories:
    """Repositories in folders of a folder."""

    def __init__(self, parent: Path) -> None:
        self.parent = parent

    def committed(
        self,
        files: Mapping[str, bytes],
        *,
        name: str = "engine",
        symlinks: Sequence[tuple[str, str]] = (),
        submodules: Sequence[str] = (),
    ) -> Committed:
        folder = self.parent / name
        if not folder.exists():
            make_repository(folder, {})
        for path, target in symlinks:
            add_symlink(folder, path, target)
        for path in submodules:
            add_entry(folder, "160000", git(folder, "rev-parse", "HEAD"), path)
        commit_files(folder, files)
        return Committed(self.link_to(folder), git(folder, "rev-parse", "HEAD"))

    def failing(self, reason: FailureReason) -> Link:
        folder = self.parent / reason
        if reason is FailureReason.NOT_A_REPOSITORY:
            folder.mkdir(parents=True)
        if reason is FailureReason.EMPTY_REPOSITORY:
            folder.mkdir(parents=True)
            git(folder, "init", "--quiet")
        return self.link_to(folder)

    def link_to(self, folder: Path) -> Link:
        return LocalLink(folder)


class HostedRepositories(LocalRepositories):
    """Repositories in folders of a folder, served over HTTP."""

    def __init__(self, parent: Path, site: Site) -> None:
        super().__init__(parent)
        self._site = site

    def failing(self, reason: FailureReason) -> Link:
        link = super().failing(reason)
        if reason is FailureReason.NOT_A_REPOSITORY:
            self._site.on(f"/{reason}.git/info/refs", Reply(b"<p>A page</p>"))
        if reason is FailureReason.NOT_FOUND:
            self._site.on(f"/{reason}.git/info/refs", Reply(status=404))
        return link

    def link_to(self, folder: Path) -> Link:
        return parse_link(serve(self._site, folder / ".git", f"/{folder.name}.git"))


class CommandLineGitContract(GitClientContract):
    @pytest.fixture
    def client(self) -> Iterator[GitClient]:
        guard = AddressGuard(["127.0.0.1"])
        with closing(HttpClient(guard, user_agent="test", read_timeout_seconds=10)) as client:
            yield CommandLineGit(guard, client, CrawlLimits())


class TestLocalRepositories(CommandLineGitContract):
    @pytest.fixture
    def repositories(self, tmp_path: Path) -> Repositories:
        return LocalRepositories(tmp_path / "my repositories")


class TestHostedRepositories(CommandLineGitContract):
    @pytest.fixture
    def repositories(self, tmp_path: Path) -> Iterator[Repositories]:
        with running_site() as site:
            yield HostedRepositories(tmp_path, site)
