import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

import pytest

from llm_engineering.application.crawl.crawl import crawl_sources
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.report import CrawlReport
from llm_engineering.application.crawl.sources import CrawlRules, Source
from llm_engineering.application.ports import DOCUMENT_VERSIONS, DOCUMENTS, DocumentStore, JsonObject
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import Category
from llm_engineering.infrastructure.crawling import crawl_parts
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from tests.support.repositories import commit_files, git, make_repository, serve
from tests.support.site import Reply, Site, Versioned, running_site

pytestmark = pytest.mark.integration

ADA = Author.from_full_name("Ada Lovelace")
LIMITS = CrawlLimits(
    page_tries=1, max_page_bytes=200_000, page_timeout_seconds=10, delay_seconds=0, requests_per_host=8
)
PROSE = (
    "<p>Bread needs four things and a good deal of patience, which most recipes forget to say at the start.</p>"
    "<p>The dough rests for a night in a cool place, and the next morning it has twice the size that it had.</p>"
    "<p>Then it goes into the oven, which has to be as hot as it gets, and stays there for most of an hour or so.</p>"
)
"""Long enough that nobody asks for a second opinion on what the article is, which takes most of the time."""


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


def page(title: str) -> bytes:
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{PROSE}</body></html>".encode()


def article(title: str) -> Reply:
    return Reply(page(title))


def sitemap(site: Site, paths: list[str]) -> Reply:
    locations = "".join(f"<url><loc>{site.url}{path}</loc></url>" for path in paths)
    namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return Reply(f'<urlset xmlns="{namespace}">{locations}</urlset>'.encode(), content_type="application/xml")


def crawl(links: list[str], store: DocumentStore, *allowed: str, limits: CrawlLimits = LIMITS) -> CrawlReport:
    rules = CrawlRules(limits=limits, allowed_private_hosts=allowed or ("127.0.0.1",))
    with crawl_parts(store, rules) as parts:
        return crawl_sources([Source(link=link) for link in links], ADA, parts, limits)


def contents(store: DocumentStore) -> dict[str, JsonObject]:
    """Everything that is stored but the times, by its link."""
    found = [json for category in Category for json in store.find(DOCUMENTS[category], {})]
    return {json["link"]: {key: value for key, value in json.items() if key != "crawled_at"} for json in found}


def test_every_kind_of_link_ends_with_its_reason(tmp_path: Path, site: Site, documents: DocumentStore) -> None:
    local = make_repository(tmp_path / "notes", {"a.md": b"# A\n", "b.png": b"\0"})
    hosted = make_repository(tmp_path / "engine", {"run.py": b"print()\n"})
    files = tmp_path / "files"
    files.mkdir()
    (files / "note.md").write_text("# Note\n\nText.\n", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    site.on("/robots.txt", Reply(b"User-agent: *\nDisallow: /private\n"))
    expected = {
        site.on("/bread", article("Bread")): "stored",
        local.as_uri(): "stored",
        files.as_uri(): "stored",
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
        "https://www.linkedin.com/in/ada": "export_needed",
        f"{site.url}/no.git": "not_found",
        (tmp_path / "nowhere").as_uri(): "not_found",
        (tmp_path / "empty").as_uri(): "no_content",
    }

    report = crawl(list(expected), documents)

    assert {outcome.link: outcome.reason or outcome.status for outcome in report.outcomes} == expected
    assert report.dropped_by_reason == {"binary": 1}
    assert set(contents(documents)) == {
        f"{site.url}/bread",
        f"{local.as_uri()}/a.md",
        f"{files.as_uri()}/note.md",
        f"{site.url}/engine.git#run.py",
    }


def test_a_second_crawl_changes_nothing(tmp_path: Path, site: Site, documents: DocumentStore) -> None:
    folder = make_repository(tmp_path / "notes", {"a.md": b"# A\n", "b.md": b"# B\n"})
    links = [site.on("/bread", article("Bread")), str(folder)]
    crawl(links, documents)
    first = contents(documents)

    report = crawl(links, documents)

    assert report.documents == {"inserted": 0, "updated": 0, "unchanged": 3, "gone": 0}
    assert contents(documents) == first


def test_a_page_that_has_not_changed_is_not_sent_again(site: Site, documents: DocumentStore) -> None:
    link = site.on("/bread", Versioned(page("Bread"), etag='"1"'))
    crawl([link], documents)

    report = crawl([link], documents)

    assert report.outcomes[0].unchanged == 1
    assert report.outcomes[0].received_bytes == 0
    assert site.count("/bread") == 2


def test_a_new_commit_updates_the_files_that_changed(tmp_path: Path, documents: DocumentStore) -> None:
    folder = make_repository(tmp_path / "notes", {"a.md": b"# A\n", "b.md": b"# B\n", "gone.md": b"# Gone\n"})
    crawl([str(folder)], documents)
    git(folder, "rm", "-q", "--cached", "gone.md")
    commit_files(folder, {"b.md": b"# New\n", "c.md": b"# C\n"})

    report = crawl([str(folder)], documents)

    assert report.documents == {"inserted": 1, "updated": 1, "unchanged": 1, "gone": 1}
    assert contents(documents)[f"{folder.as_uri()}/b.md"]["content"]["Content"] == "# New\n"
    assert contents(documents)[f"{folder.as_uri()}/gone.md"]["gone_at"]


def test_a_blog_is_crawled_from_its_start_page(site: Site, documents: DocumentStore) -> None:
    paths = [f"/posts/{number}" for number in range(300)]
    for path in paths:
        site.on(path, article(path))
    site.on("/sitemap.xml", sitemap(site, [*paths, "/posts/missing"]))
    site.on("/", Reply(b"<html><body><p>My blog.</p></body></html>"))

    report = crawl([f"{site.url}/"], documents)

    assert report.documents["inserted"] == 300
    assert report.failures_by_reason == {"not_found": 1}
    assert {json["source"] for json in contents(documents).values()} == {f"{site.url}/"}


def killed_crawl(file: Path, links: list[str], visits: int) -> None:
    """Crawl in a process of its own, which is killed after so many visits."""
    command = [sys.executable, "-m", "tests.support.crawling_process", str(file), *links]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        _read_until(process.stdout, visits)
        process.kill()


def _read_until(lines: IO[str], visits: int) -> None:
    while visits and int(lines.readline() or visits) < visits:
        pass


@pytest.mark.parametrize("visits_before_kill", range(4))
def test_a_crawl_that_was_killed_is_completed_by_the_next(
    tmp_path: Path, site: Site, documents: DocumentStore, visits_before_kill: int
) -> None:
    folder = make_repository(tmp_path / "notes", {f"{number}.md": b"# %d\n" % number for number in range(300)})
    links = [site.on("/one", article("One")), str(folder), site.on("/two", article("Two")), f"{site.url}/nothing"]
    crawl(links, documents)
    file = tmp_path / "killed.sqlite3"
    killed_crawl(file, links, visits_before_kill)

    with closing(SqliteDocumentStore.open(file, timeout_seconds=10)) as killed:
        crawl(links, killed)

        assert contents(killed) == contents(documents)


@pytest.mark.slow
@pytest.mark.timeout(900)  # a minute and a half on two idle cores, more on busy ones
def test_of_5000_pages_that_are_killed_five_times_none_is_lost_and_none_is_read_a_third_time(
    tmp_path: Path, site: Site
) -> None:
    paths = [f"/posts/{number}" for number in range(5000)]
    for path in paths:
        site.on(path, article(path))
    site.on("/sitemap.xml", sitemap(site, paths))
    link, file = f"{site.url}/sitemap.xml", tmp_path / "killed.sqlite3"
    moments = random.Random(20240501)
    for kill in range(5):
        killed_crawl(file, [link], visits=800 * kill + moments.randint(50, 700))
    before = site.counts["/sitemap.xml"]

    with closing(SqliteDocumentStore.open(file, timeout_seconds=10)) as store:
        report = crawl([link], store)

        assert len(contents(store)) == 5000
        assert list(store.find(DOCUMENT_VERSIONS, {})) == []
    counts = site.counts
    assert report.resumed >= 3_000
    # A page whose document was written just before a kill, and its visit not noted, is unchanged the second time.
    assert report.documents["inserted"] + report.documents["unchanged"] == 5000
    assert {path: counts[path] for path in paths if not 1 <= counts[path] <= 2} == {}
    # What was in flight at a kill is read once more: at most eight visits and what waits to be stored each time.
    assert sum(counts[path] - 1 for path in paths) <= 5 * 40
    assert counts["/sitemap.xml"] == before == 1
