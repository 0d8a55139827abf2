"""An author's whole footprint, crawled, interrupted, changed, forgotten and asked for over the command lines."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from llm_engineering.application.ports import DOCUMENTS
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from tests.e2e.conftest import Twin, figures, table
from tests.e2e.footprint import (
    ANIMALS,
    post,
    publish,
    publish_faults,
    write_export,
    write_notes,
    write_repository,
)
from tests.support.site import Reply, Site, running_site, running_sites

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ETL = ("tools.run", "--run-etl", "--etl-config-filename")
FEATURES = ("--run-feature-engineering", "--feature-engineering-config-filename")
SHOWN = ("links", "new", "robots", "failed")
RULES = (
    "  allowed_private_hosts: [127.0.0.1, 127.0.0.2]\n"
    "  limits: {delay_seconds: 0, page_tries: 1, gone_after_hours: 0}\n"
)


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


def config(twin: Twin, *links: object, more: str = "") -> str:
    """Write the YAML file of a crawl of these links, the first of which is a blog."""
    blog, *others = links
    items = f"\n    - {{link: {blog}, crawler: blog, owner: Ada, licence: CC-BY-4.0}}"
    items += "".join(f"\n    - {link}" for link in others)
    return twin.config("ada.yaml", f"parameters:\n  author_full_name: Ada Lovelace\n  links:{items}\n{RULES}{more}")


def documents(data: Path) -> list[dict[str, Any]]:
    """Return what is in the document store, in the order of links."""
    with closing(SqliteDocumentStore.open(data / "documents.sqlite3", timeout_seconds=5)) as store:
        found = [item for collection in DOCUMENTS.values() for item in store.find(collection, {})]
    return sorted(found, key=lambda item: str(item["link"]))


def test_a_footprint_is_stored_and_told_domain_by_domain(twin: Twin) -> None:
    pytest.importorskip("markitdown", reason="the extra `files` is not installed")
    with running_sites("127.0.0.1", "127.0.0.2") as (site, other):
        copy = other.on("/owl-again", Reply(post("owl")))
        links = (
            publish(site, others=[*publish_faults(site), "/posts/owl?utm_source=feed"]),
            copy,
            write_export(twin.folder / "export.zip"),
            write_repository(twin.folder / "engine"),
            write_notes(twin.folder / "notes"),
            "https://www.linkedin.com/in/ada",
        )
        output = twin.run(*ETL, config(twin, *links))

    report = figures(output, "crawl_report")
    assert report["links"] == "stored 12, listed 1, failed 7"
    assert report["documents"] == "inserted 18"
    assert set(report["dropped"].split(", ")) == {"no_words 1", "not_opened 1", "binary 1"}
    domains = table(output, "per domain")
    assert {name: " ".join(f"{domain[head]} {head}" for head in SHOWN) for name, domain in domains.items()} == {
        "127.0.0.1": "15 links 8 new 1 robots 5 failed",
        "127.0.0.2": "1 links 1 new 0 robots 0 failed",
        "local": "3 links 9 new 0 robots 0 failed",
        "www.linkedin.com": "1 links 0 new 0 robots 1 failed",
    }
    assert set(table(output, "why failed")["127.0.0.1"][""].split(", ")) == {
        "paywalled 1",
        "too_many_redirects 1",
        "http_error 1",
        "not_html 1",
        "not_found 1",
    }
    assert figures(output, "join_report")["duplicates"] == "1"
    stored = documents(twin.data)
    assert Counter(item["platform"] for item in stored) == {"127.0.0.1": 8, "local": 6, "linkedin": 3, "127.0.0.2": 1}
    assert [item["link"] for item in stored if item.get("duplicate_of")] == [copy]
    assert {(item["owner"], item["licence"]) for item in stored if item["platform"] == "127.0.0.1"} == {
        ("Ada", "CC-BY-4.0")
    }


def test_a_crawl_that_is_killed_goes_on_where_it_stopped(twin: Twin, site: Site) -> None:
    animals = [f"{animal}{number}" for animal in ANIMALS for number in range(5)]
    path = config(twin, publish(site, animals))
    site.latency_seconds = 0.05
    process = twin.started(*ETL, path)
    site.on_request = lambda asked: process.kill() if asked == 25 else None
    process.communicate(timeout=60)
    assert process.returncode == -9
    asked_before = {path for path in site.counts if path.startswith("/posts/")}

    site.on_request = lambda _: None
    report = figures(twin.run(*ETL, path), "crawl_report")

    assert 10 <= int(report["resumed links"]) <= len(asked_before)
    assert report["failed by reason"] == "none"
    assert len(documents(twin.data)) == 40
    asked_twice = [path for path, count in site.counts.items() if count > 1 and path.startswith("/posts/")]
    assert len(asked_twice) <= 4


def test_what_is_gone_or_forgotten_leaves_the_index_for_good(twin: Twin, site: Site) -> None:
    links = (publish(site, ("owl", "fox", "hen")),)
    run = (
        *ETL,
        config(twin, *links),
        *FEATURES,
        twin.config("features.yaml", "parameters: {author_full_names: [Ada Lovelace]}"),
    )
    ask = ("tools.rag", "--query", "Who knows where friends may sleep?", "--k", "10")
    assert figures(twin.run(*run), "index_report")["embedded chunks"] == "3"

    site.on("/posts/fox", Reply(status=410))
    told = twin.run("tools.data_warehouse", "--forget", f"{site.url}/posts/hen", "--yes")
    output = twin.run(*run)

    assert table(told, "what")["documents"] == {"removed": "1"}
    assert figures(output, "crawl_report")["documents"] == "unchanged 1, gone 1"
    assert figures(output, "raw_documents")["dropped"] == "gone 1"
    assert site.count("/posts/hen") == 1
    words = set(twin.run(*ask).split())
    assert "owl" in words
    assert words.isdisjoint({"fox", "hen"})
