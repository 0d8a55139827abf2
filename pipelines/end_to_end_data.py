"""Pipeline: the links of some authors become an index."""

from zenml import pipeline
from zenml.enums import ExecutionMode

from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.preprocess.chunking import Chunking
from pipelines.digital_data_etl import crawl_report
from pipelines.feature_engineering import index_documents
from pipelines.parameters import AuthorLinks
from steps.etl.require_crawled import require_crawled


@pipeline(execution_mode=ExecutionMode.FAIL_FAST)  # raises what the step raised
def end_to_end_data(
    authors: list[AuthorLinks],
    limits: CrawlLimits,
    allowed_private_hosts: list[str],
    max_failed_share: float,
    chunking: Chunking,
) -> None:
    """Collect the links of each author, then bring the index up to date with all their documents.

    Every author is crawled before the first verdict on a crawl, so that the failure of one loses nothing of
    the others; nothing is indexed if too many links of an author failed.
    """
    reports = [
        crawl_report(author.author_full_name, list(author.links), limits, allowed_private_hosts) for author in authors
    ]
    verdicts = [require_crawled(report, max_failed_share, after=reports) for report in reports]
    index_documents([author.author_full_name for author in authors], chunking, after=verdicts)
