"""Whether enough of a crawl succeeded to go on with it."""

from llm_engineering.application.crawl.report import CrawlReport, LinkStatus
from llm_engineering.domain.errors import TwinError
from llm_engineering.domain.outcomes import Figures, Result

_NAMED_FAILURES = 5


class TooManyLinksFailedError(TwinError):
    """A larger share of the links failed than the configuration allows."""

    def __init__(self, report: CrawlReport, max_failed_share: float) -> None:
        failed = [outcome for outcome in report.outcomes if outcome.status is LinkStatus.FAILED]
        named = "".join(f"\n  - {outcome.detail or outcome.link}" for outcome in failed[:_NAMED_FAILURES])
        more = f"\n  - and {len(failed) - _NAMED_FAILURES} more" if len(failed) > _NAMED_FAILURES else ""
        super().__init__(
            f"{len(failed)} of {len(report.outcomes)} links failed, more than the allowed share of "
            f"{max_failed_share:g}:{named}{more}",
            remedy="Correct the links, or raise max_failed_share. What the other links gave is stored.",
        )
        self.report = report
        self.max_failed_share = max_failed_share


class CrawlVerdict(Result):
    """A crawl that is good enough."""

    failed_share: float
    max_failed_share: float

    @property
    def figures(self) -> Figures:
        """The share of links that failed, and how large it might have been."""
        return self.model_dump()


def crawl_verdict(report: CrawlReport, max_failed_share: float) -> CrawlVerdict:
    """Return the verdict on a crawl of which at most the given share (0 to 1) failed.

    Raises:
        TooManyLinksFailedError: More failed.
    """
    if report.failed_share > max_failed_share:
        raise TooManyLinksFailedError(report, max_failed_share)
    return CrawlVerdict(failed_share=report.failed_share, max_failed_share=max_failed_share)
