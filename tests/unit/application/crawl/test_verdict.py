import pytest

from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.application.crawl.report import CrawlReport, LinkOutcome, LinkStatus
from llm_engineering.application.crawl.verdict import TooManyLinksFailedError, crawl_verdict


def report(*, stored: int, failed: int) -> CrawlReport:
    good = (LinkOutcome(link=f"https://ada.dev/{n}", domain="ada.dev", status=LinkStatus.STORED) for n in range(stored))
    bad = (
        LinkOutcome(
            link=f"https://ada.dev/bad/{n}",
            domain="ada.dev",
            status=LinkStatus.FAILED,
            reason=FailureReason.NOT_FOUND,
            detail=f"Page {n} is not there.",
        )
        for n in range(failed)
    )
    return CrawlReport(outcomes=(*good, *bad))


def test_a_share_up_to_the_allowed_one_is_good_enough() -> None:
    verdict = crawl_verdict(report(stored=3, failed=1), 0.25)

    assert verdict.figures == {"failed_share": 0.25, "max_failed_share": 0.25}


def test_a_larger_share_fails_and_names_the_links() -> None:
    with pytest.raises(TooManyLinksFailedError, match="1 of 2 links failed") as failed:
        crawl_verdict(report(stored=1, failed=1), 0.4)

    assert "allowed share of 0.4:\n  - Page 0 is not there." in failed.value.problem
    assert failed.value.max_failed_share == 0.4


def test_five_failures_are_named_and_the_others_counted() -> None:
    with pytest.raises(TooManyLinksFailedError, match=r"Page 4 is not there\.\n  - and 2 more") as failed:
        crawl_verdict(report(stored=0, failed=7), 0)

    assert "Page 5" not in str(failed.value)


def test_a_crawl_without_links_has_not_failed() -> None:
    assert crawl_verdict(report(stored=0, failed=0), 0).failed_share == 0
