"""Pipeline: documents are summarized."""

from zenml import pipeline
from zenml.enums import ExecutionMode

from llm_engineering.application.crawl.sources import CrawlRules
from llm_engineering.application.summarize.summary import Summarizing
from steps.summarize.require_summaries import require_summaries
from steps.summarize.summarize_documents import summarize_documents


@pipeline(execution_mode=ExecutionMode.FAIL_FAST)  # raises what the step raised
def summarize(documents: list[str], summarizing: Summarizing, reading: CrawlRules, max_failed_share: float) -> None:
    """Summarize documents by the language model of the settings, or by their own sentences if none is set.

    Args:
        documents: Links of stored documents, paths, or addresses of pages and files on the web.
        summarizing: How.
        reading: How files and the web are read.
        max_failed_share: The run fails when a larger share of the documents has no summary.
    """
    require_summaries(summarize_documents(documents, summarizing, reading), max_failed_share)
