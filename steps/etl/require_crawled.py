"""Step: the end of a crawl of which too much failed."""

from typing import Annotated

from zenml import step

from llm_engineering.application.crawl.report import CrawlReport
from llm_engineering.application.crawl.verdict import CrawlVerdict, crawl_verdict
from steps.materializers import ResultMaterializer


@step(enable_cache=False, output_materializers=ResultMaterializer)
def require_crawled(report: CrawlReport, max_failed_share: float) -> Annotated[CrawlVerdict, "crawl_verdict"]:
    """Return the verdict on a crawl, or fail the run; the report itself is kept by the step before."""
    return crawl_verdict(report, max_failed_share)
