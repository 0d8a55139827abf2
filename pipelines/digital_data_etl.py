"""Pipeline: an author's links become documents in the warehouse."""

from zenml import pipeline
from zenml.enums import ExecutionMode
from zenml.steps.entrypoint_function_utils import StepArtifact

from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.sources import CrawlRules, Source
from steps.etl.crawl_links import crawl_links
from steps.etl.get_or_create_user import get_or_create_user
from steps.etl.join_duplicates import join_duplicates
from steps.etl.require_crawled import require_crawled


@pipeline(execution_mode=ExecutionMode.FAIL_FAST)  # raises what the step raised
def digital_data_etl(
    author_full_name: str,
    links: list[Source],
    *,
    limits: CrawlLimits,
    allowed_private_hosts: list[str],
    javascript: bool,
    contact: str | None,
    max_failed_share: float,
) -> None:
    """Collect what an author has written; fails at the end if more than the given share of the links failed.

    Args:
        author_full_name: Whose links they are.
        links: Pages, blogs, profiles, repositories, export archives and local files.
        limits: Caps on pages, sizes and times.
        allowed_private_hosts: Hosts that may be crawled though they are not on the public internet.
        javascript: Whether pages without content are shown to a browser.
        contact: How a site's owner reaches whoever runs this.
        max_failed_share: Largest share of links, 0 to 1, that may fail.
    """
    rules = CrawlRules(
        limits=limits, allowed_private_hosts=tuple(allowed_private_hosts), javascript=javascript, contact=contact
    )
    report, joined = crawled_author(author_full_name, links, rules)
    require_crawled(report, max_failed_share, after=joined)


def crawled_author(author_full_name: str, links: list[Source], rules: CrawlRules) -> tuple[StepArtifact, StepArtifact]:
    """Call the steps that collect an author's links, inside whichever pipeline is being built.

    Returns:
        The report of the crawl and that of the joining of duplicates.
    """
    user = get_or_create_user(author_full_name)
    report: StepArtifact = crawl_links(user, links, rules)
    joined: StepArtifact = join_duplicates(user, report)
    return report, joined
