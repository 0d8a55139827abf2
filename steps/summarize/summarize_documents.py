"""Step: summaries of documents."""

import asyncio
from functools import partial
from typing import Annotated

from zenml import step

from llm_engineering.application.crawl.sources import CrawlRules
from llm_engineering.application.summarize.summaries import Summaries, summaries_of
from llm_engineering.application.summarize.summary import Summarizing
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.infrastructure.summarizing import opened_summarizer
from llm_engineering.infrastructure.summary_sources import source_text
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer
from steps.progress import progress_bar


@step(enable_cache=False, output_materializers=ResultMaterializer)  # documents, prompts and model lie outside of ZenML
def summarize_documents(
    documents: list[str], summarizing: Summarizing, reading: CrawlRules
) -> Annotated[Summaries, "summaries"]:
    """Return the summaries of documents that links or paths name, and the reasons why some have none."""
    settings = Settings()
    with (
        opened_document_store(settings) as store,
        asyncio.Runner() as runner,
        opened_summarizer(settings, store, summarizing, runner) as summarizer,
        progress_bar("Summarizing", len(documents)) as advance,
    ):
        return summaries_of(
            documents,
            partial(source_text, store=store, rules=reading),
            lambda source: runner.run(summarizer.summary(source)),
            advance,
        )
