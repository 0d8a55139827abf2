"""Pipeline: the links of some authors become an index."""

from zenml import pipeline
from zenml.enums import ExecutionMode

from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.sources import CrawlRules
from llm_engineering.application.index.switch_rule import Switching
from llm_engineering.application.preprocess.chunking import Chunking
from pipelines.digital_data_etl import crawled_author
from pipelines.feature_engineering import index_documents
from pipelines.parameters import AuthorLinks
from steps.etl.require_crawled import require_crawled


@pipeline(execution_mode=ExecutionMode.FAIL_FAST)  # raises what the step raised
def end_to_end_data(
    authors: list[AuthorLinks],
    *,
    limits: CrawlLimits,
    allowed_private_hosts: list[str],
    javascript: bool,
    contact: str | None,
    max_failed_share: float,
    chunking: Chunking,
    switching: Switching,
) -> None:
    """Collect the links of each author, then bring the index up to date with all their documents.

    Every author is crawled before the first verdict on a crawl, so that the failure of one loses nothing of
    the others; nothing is indexed if too many links of an author failed.
    """
    rules = CrawlRules(
        limits=limits, allowed_private_hosts=tuple(allowed_private_hosts), javascript=javascript, contact=contact
    )
    crawls = [crawled_author(author.author_full_name, list(author.links), rules) for author in authors]
    joins = [joined for _, joined in crawls]
    verdicts = [require_crawled(report, max_failed_share, after=joins) for report, _ in crawls]
    index_documents([author.author_full_name for author in authors], chunking, switching, after=verdicts)
