"""Step: pages that say nearly the same are joined."""

from typing import Annotated

from zenml import step

from llm_engineering.application.crawl.duplicates import JoinReport, joined_duplicates
from llm_engineering.application.crawl.report import CrawlReport
from llm_engineering.application.warehouse.authors import WrittenAuthor
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer


@step(enable_cache=False, output_materializers=ResultMaterializer)  # the store changes outside of ZenML
def join_duplicates(user: WrittenAuthor, crawled: CrawlReport) -> Annotated[JoinReport, "join_report"]:  # noqa: ARG001 - what was crawled is joined after it
    """Mark all but one of the pages of the author that say nearly the same."""
    with opened_document_store(Settings()) as store:
        return joined_duplicates(store, user.author.id)
