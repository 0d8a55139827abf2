from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.application.crawl.report import CrawlReport, DomainFigures, FailedLink, LinkOutcome, LinkStatus
from llm_engineering.domain.outcomes import Dropped

STORED = LinkOutcome(
    link="https://a.org/1",
    domain="a.org",
    status=LinkStatus.STORED,
    inserted=3,
    updated=1,
    unchanged=2,
    gone=4,
    dropped={"binary": 1},
    received_bytes=500,
)
UNCHANGED = LinkOutcome(link="https://a.org/2", domain="a.org", status=LinkStatus.UNCHANGED, unchanged=1)
GONE = LinkOutcome(
    link="https://b.org/", domain="b.org", status=LinkStatus.FAILED, reason=FailureReason.GONE, detail="It is gone."
)
MISSING = GONE.model_copy(update={"link": "https://b.org/2", "reason": FailureReason.NOT_FOUND})
BLOCKED = GONE.model_copy(update={"link": "https://b.org/3", "reason": FailureReason.ROBOTS_DISALLOWED})
REPORT = CrawlReport(
    outcomes=(STORED, UNCHANGED, GONE, MISSING, BLOCKED),
    duplicates=("https://a.org/1",),
    dropped=(Dropped(item="a.png", reason="binary", detail="It is no text."),),
)


def test_links_are_counted_by_status_and_reason() -> None:
    assert {status: count for status, count in REPORT.links_by_status.items() if count} == {
        "stored": 1,
        "unchanged": 1,
        "failed": 3,
    }
    assert REPORT.failures_by_reason == {"gone": 1, "not_found": 1, "robots_disallowed": 1}
    assert REPORT.failed_share == 0.6


def test_documents_and_what_was_left_out_are_counted() -> None:
    assert REPORT.documents == {"inserted": 3, "updated": 1, "unchanged": 3, "gone": 4}
    assert REPORT.dropped_by_reason == {"binary": 1}


def test_there_is_a_row_for_each_domain() -> None:
    assert sorted(REPORT.domains, key=lambda row: row.domain) == [
        DomainFigures(
            domain="a.org",
            links=2,
            new=3,
            changed=1,
            unchanged=3,
            gone=4,
            blocked_by_robots=0,
            failed=0,
            deferred=0,
            failed_by_reason={},
            received_bytes=500,
        ),
        DomainFigures(
            domain="b.org",
            links=3,
            new=0,
            changed=0,
            unchanged=0,
            gone=0,
            blocked_by_robots=1,
            failed=2,
            deferred=0,
            failed_by_reason={"gone": 1, "not_found": 1},
            received_bytes=0,
        ),
    ]
    assert [row.domain for row in REPORT.domains] == ["b.org", "a.org"]
    assert REPORT.figures["per_domain"]["b.org"] == {
        "links": 3,
        "blocked_by_robots": 1,
        "failed": 2,
        "failed_by_reason": {"gone": 1, "not_found": 1},
    }


def test_the_tables_show_domains_and_failures() -> None:
    assert list(REPORT.tables) == ["failed links", "domains"]
    assert REPORT.tables["failed links"][0] == FailedLink(
        link="https://b.org/", reason=FailureReason.GONE, what_to_do="It is gone.", found_through=""
    )
    assert len(REPORT.tables["failed links"]) == 3


def test_a_report_survives_json() -> None:
    assert CrawlReport.model_validate_json(REPORT.model_dump_json()) == REPORT


def test_of_no_links_none_failed() -> None:
    empty = CrawlReport(outcomes=())

    assert empty.failed_share == 0.0
    assert set(empty.links_by_status.values()) == {0}
