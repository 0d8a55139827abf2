"""Pipeline: an author's links become documents in the warehouse."""

from zenml import pipeline
from zenml.enums import ExecutionMode
from zenml.steps.entrypoint_function_utils import StepArtifact

from llm_engineering.application.crawl.limits import CrawlLimits
from steps.etl.crawl_links import crawl_links
from steps.etl.get_or_create_user import get_or_create_user
from steps.etl.require_crawled import require_crawled


@pipeline(execution_mode=ExecutionMode.FAIL_FAST)  # raises what the step raised
def digital_data_etl(
    author_full_name: str,
    links: list[str],
    limits: CrawlLimits,
    allowed_private_hosts: list[str],
    max_failed_share: float,
) -> None:
    """Collect an author's links; fails at the end if more than the given share of them failed.

    Args:
        author_full_name: Whose links they are.
        links: Article pages, and git repositories by address or local path.
        limits: Caps on sizes and times.
        allowed_private_hosts: Hosts that may be crawled though they are not on the public internet.
        max_failed_share: Largest share of links, 0 to 1, that may fail.
    """
    require_crawled(crawl_report(author_full_name, links, limits, allowed_private_hosts), max_failed_share)


def crawl_report(
    author_full_name: str, links: list[str], limits: CrawlLimits, allowed_private_hosts: list[str]
) -> StepArtifact:
    """Call the steps that collect an author's links, inside whichever pipeline is being built."""
    user = get_or_create_user(author_full_name)
    report: StepArtifact = crawl_links(user, links, limits, allowed_private_hosts)
    return report
