import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from llm_engineering.application.crawl.crawl import crawl_links
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.report import CrawlReport
from llm_engineering.application.ports import DOCUMENTS, DocumentStore, JsonObject
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import Category
from llm_engineering.infrastructure.crawling import crawlers_for
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from tests.support.repositories import commit_files, make_repository, serve
from tests.support.site import Reply, Site, running_site

pytestmark = pytest.mark.integration

ADA = Author.from_full_name("Ada Lovelace")
LIMITS = CrawlLimits(page_tries=1, max_page_bytes=200_000, page_timeout_seconds=10)
PROSE = (
    "<p>Bread needs four things and a good deal of patience, which most recipes forget to say at the start.</p>"
    "<p>The dough rests for a night in a cool place, and the next morning it has twice the size that it had.</p>"
)


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


def article(title: str) -> Reply:
    return Reply(f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{PROSE}</body></html>".encode())


def crawl(links: list[str], store: DocumentStore, *allowed: str) -> CrawlReport:
    with crawlers_for(LIMITS, allowed_private_hosts=allowed or ["127.0.0.1"]) as crawlers:
        return crawl_links(links, ADA, store=store, crawlers=crawlers)


def contents(store: DocumentStore) -> dict[str, JsonObject]:
    """Everything that is stored but the times, by its link."""
    found = [json for category in Category for json in store.find(DOCUMENTS[category], {})]
    return {json["link"]: {key: value for key, value in json.items() if key != "crawled_at"} for json in found}


def test_every_kind_of_link_ends_with_its_reason(tmp_path: Path, site: Site, documents: DocumentStore) -> None:
    local = make_repository(tmp_path / "notes", {"a.md": b"# A\n", "b.png": b"\0"})
    hosted = make_repository(tmp_path / "engine", {"run.py": b"print()\n"})
    site.on("/robots.txt", Reply(b"User-agent: *\nDisallow: /private\n"))
    expected = {
        site.on("/bread", article("Bread")): "stored",
        local.as_uri(): "stored",
        serve(site, hosted / ".git", "/engine.git"): "stored",
        f"{site.url}/nothing": "not_found",
        site.on("/gone", Reply(status=410)): "gone",
        site.on("/closed", Reply(status=403)): "forbidden",
        site.on("/broken", Reply(status=500)): "http_error",
        site.on("/paper", Reply(b"%PDF-1.7", content_type="application/pdf")): "not_html",
        site.on("/empty", Reply(b"")): "no_content",
        site.on("/large", Reply(b"x" * 200_001)): "too_large",
        f"{site.url}/private/a": "robots_disallowed",
        "http://127.0.0.2/secret": "address_not_allowed",
        "http://169.254.169.254/latest/meta-data": "address_not_allowed",
        "https://no-such-host.invalid/a": "unreachable",
        f"{site.url}/no.git": "not_found",
        (tmp_path / "nowhere").as_uri(): "not_found",
        tmp_path.as_uri(): "not_a_repository",
    }

    report = crawl(list(expected), documents)

    assert {outcome.link: outcome.reason or outcome.status for outcome in report.outcomes} == expected
    assert report.dropped_by_reason == {"binary": 1}
    assert set(contents(documents)) == {
        f"{site.url}/bread",
        f"{local.as_uri()}/a.md",
        f"{site.url}/engine.git#run.py",
    }


def test_a_second_crawl_changes_nothing(tmp_path: Path, site: Site, documents: DocumentStore) -> None:
    folder = make_repository(tmp_path / "notes", {"a.md": b"# A\n", "b.md": b"# B\n"})
    links = [site.on("/bread", article("Bread")), str(folder)]
    crawl(links, documents)
    first = contents(documents)

    report = crawl(links, documents)

    assert report.links_by_status == {"stored": 0, "unchanged": 2, "failed": 0}
    assert contents(documents) == first


def test_a_new_commit_updates_the_files_that_changed(tmp_path: Path, documents: DocumentStore) -> None:
    folder = make_repository(tmp_path / "notes", {"a.md": b"# A\n", "b.md": b"# B\n"})
    crawl([str(folder)], documents)
    commit_files(folder, {"b.md": b"# New\n", "c.md": b"# C\n"})

    report = crawl([str(folder)], documents)

    assert report.documents == {"inserted": 1, "updated": 1, "unchanged": 1}
    assert contents(documents)[f"{folder.as_uri()}/b.md"]["content"]["Content"] == "# New\n"


@pytest.mark.parametrize("links_before_kill", range(4))
def test_a_crawl_that_was_killed_is_completed_by_the_next(
    tmp_path: Path, site: Site, documents: DocumentStore, links_before_kill: int
) -> None:
    folder = make_repository(tmp_path / "notes", {f"{number}.md": b"# %d\n" % number for number in range(300)})
    links = [site.on("/one", article("One")), str(folder), site.on("/two", article("Two")), f"{site.url}/nothing"]
    crawl(links, documents)
    file = tmp_path / "killed.sqlite3"
    command = [sys.executable, "-m", "tests.support.crawling_process", str(file), *links]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        for _ in range(links_before_kill):
            assert process.stdout is not None
            process.stdout.readline()
        process.kill()

    with closing(SqliteDocumentStore.open(file, timeout_seconds=10)) as killed:
        crawl(links, killed)

        assert contents(killed) == contents(documents)
