"""Repositories are read with the real git from a host that serves them."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from llm_engineering.application.crawl.git import GitCrawler
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.visits import VisitEnd
from llm_engineering.domain.documents import RepositoryDocument
from llm_engineering.infrastructure.address_guard import AddressGuard
from llm_engineering.infrastructure.git_client import CommandLineGit
from llm_engineering.infrastructure.http_client import HttpClient
from tests.support.repositories import commit_files, make_repository, serve
from tests.support.site import Site, running_site
from tests.support.visiting import Visitation, visited

pytestmark = pytest.mark.integration

FILES = {"LICENSE": b"Mozilla Public License Version 2.0\n", "engine.py": b"run()\n", "README.md": b"# Engine\n"}


@pytest.fixture
def crawler() -> Iterator[GitCrawler]:
    guard = AddressGuard(["127.0.0.1"])
    with closing(HttpClient(guard, user_agent="test", read_timeout_seconds=10)) as client:
        yield GitCrawler(CommandLineGit(guard, client, CrawlLimits()), CrawlLimits(), lambda: datetime.now(UTC))


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


def paths(visitation: Visitation) -> list[tuple[str, str | None]]:
    """Return path and licence of each document."""
    return [
        (document.path, document.licence)
        for document in visitation.documents
        if isinstance(document, RepositoryDocument)
    ]


def test_a_repository_is_read_once_per_commit(crawler: GitCrawler, tmp_path: Path, site: Site) -> None:
    folder = make_repository(tmp_path / "engine", FILES)
    address = serve(site, folder / ".git", "/engine.git")

    first = visited(crawler, address)
    unchanged = visited(crawler, address, first.end.freshness)
    commit_files(folder, {"engine.py": b"run(2)\n"})
    changed = visited(crawler, address, first.end.freshness)

    assert paths(first) == [("README.md", "MPL-2.0"), ("engine.py", "MPL-2.0")]
    assert first.end.is_complete
    assert first.end.received_bytes > 0
    assert unchanged == Visitation((), VisitEnd(freshness=first.end.freshness, is_unchanged=True))
    assert [document.content.text for document in changed.documents] == ["# Engine\n", "run(2)\n"]


def test_a_local_repository(crawler: GitCrawler, tmp_path: Path) -> None:
    folder = make_repository(tmp_path / "engine", FILES)

    visitation = visited(crawler, str(folder))

    addresses = [f"{folder.as_uri()}/README.md", f"{folder.as_uri()}/engine.py"]
    assert [document.link for document in visitation.documents] == addresses
    assert (visitation.end.is_complete, visitation.end.received_bytes) == (True, 0)
