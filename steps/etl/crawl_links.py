"""Step: links become documents."""

from typing import Annotated

from zenml import step

from llm_engineering.application.crawl.crawl import crawl_sources
from llm_engineering.application.crawl.report import CrawlReport
from llm_engineering.application.crawl.sources import CrawlRules, Source
from llm_engineering.application.warehouse.authors import WrittenAuthor
from llm_engineering.infrastructure.crawling import crawl_parts
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer
from steps.progress import crawl_progress


@step(enable_cache=False, output_materializers=ResultMaterializer)  # the web changes outside of ZenML
def crawl_links(user: WrittenAuthor, links: list[Source], rules: CrawlRules) -> Annotated[CrawlReport, "crawl_report"]:
    """Store what the links hold and lead to, and return how each of them ended."""
    settings = Settings()
    with (
        opened_document_store(settings) as store,
        crawl_parts(store, rules, settings.git_tokens) as parts,
        crawl_progress(f"Crawling {user.author.full_name}") as show,
    ):
        return crawl_sources(links, user.author, parts, rules.limits, show)
