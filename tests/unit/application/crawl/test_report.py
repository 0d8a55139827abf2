from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.application.crawl.report import CrawlReport, LinkOutcome, LinkStatus
from llm_engineering.domain.outcomes import Dropped

STORED = LinkOutcome(
    link="https://a.org/1", domain="a.org", status=LinkStatus.STORED, inserted=3, updated=1, unchanged=2, dropped=1
)
UNCHANGED = LinkOutcome(link="https://a.org/2", domain="a.org", status=LinkStatus.UNCHANGED, unchanged=1)
GONE = LinkOutcome(
    link="https://b.org/", domain="b.org", status=LinkStatus.FAILED, reason=FailureReason.GONE, detail="It is gone."
)
MISSING = GONE.model_copy(update={"link": "https://b.org/2", "reason": FailureReason.NOT_FOUND})
REPORT = CrawlReport(
    outcomes=(STORED, UNCHANGED, GONE, MISSING, MISSING),
    duplicates=("https://a.org/1",),
    dropped=(Dropped(item="a.png", reason="binary", detail="It is no text."),),
)


def test_links_are_counted_by_status_domain_and_reason() -> None:
    assert REPORT.links_by_status == {"stored": 1, "unchanged": 1, "failed": 3}
    assert REPORT.links_by_domain == {"a.org": {"stored": 1, "unchanged": 1}, "b.org": {"failed": 3}}
    assert list(REPORT.failures_by_reason.items()) == [("not_found", 2), ("gone", 1)]
    assert REPORT.failed_share == 0.6


def test_documents_and_what_was_left_out_are_counted() -> None:
    assert REPORT.documents == {"inserted": 3, "updated": 1, "unchanged": 3}
    assert REPORT.dropped_by_reason == {"binary": 1}


def test_a_report_survives_json() -> None:
    assert CrawlReport.model_validate_json(REPORT.model_dump_json()) == REPORT


def test_of_no_links_none_failed() -> None:
    empty = CrawlReport(outcomes=())

    assert empty.failed_share == 0.0
    assert empty.links_by_status == {"stored": 0, "unchanged": 0, "failed": 0}
