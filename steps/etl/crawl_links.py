"""Step: links become documents."""

from typing import Annotated

from zenml import step

from llm_engineering.application.crawl.crawl import crawl_links as report_of_crawl
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.report import CrawlReport
from llm_engineering.application.warehouse.authors import WrittenAuthor
from llm_engineering.infrastructure.crawling import crawlers_for
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer
from steps.progress import progress_bar


@step(enable_cache=False, output_materializers=ResultMaterializer)  # the web changes outside of ZenML
def crawl_links(
    user: WrittenAuthor, links: list[str], limits: CrawlLimits, allowed_private_hosts: list[str]
) -> Annotated[CrawlReport, "crawl_report"]:
    """Store what the links hold and return how each of them ended."""
    with (
        opened_document_store(Settings()) as store,
        crawlers_for(limits, allowed_private_hosts) as crawlers,
        progress_bar("Crawling links", len(links)) as advance,
    ):
        return report_of_crawl(links, user.author, store=store, crawlers=crawlers, on_outcome=lambda _: advance(1))
