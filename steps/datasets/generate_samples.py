"""Step: samples that are made of documents."""

import asyncio
from typing import Annotated

from loguru import logger
from zenml import step

from llm_engineering.application.datasets.generating import GeneratedSamples, generated_samples
from llm_engineering.application.datasets.generation import Generation
from llm_engineering.application.datasets.generator import GenerationEstimate
from llm_engineering.application.preprocess.cleaning import CleanedDocuments
from llm_engineering.infrastructure.datasets.generators import opened_generator
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer
from steps.progress import growing_bar


@step(enable_cache=False, output_materializers=ResultMaterializer)  # prompts, replies and model lie outside of ZenML
def generate_samples(
    documents: CleanedDocuments, generation: Generation
) -> Annotated[GeneratedSamples, "generated_samples"]:
    """Return the samples of the documents; replies that an earlier run got are not asked for again."""
    return asyncio.run(_generated(Settings(), documents, generation))


async def _generated(settings: Settings, documents: CleanedDocuments, generation: Generation) -> GeneratedSamples:
    with opened_document_store(settings) as store, growing_bar("Making samples") as progress:

        def plan(estimate: GenerationEstimate) -> None:
            logger.info("generating: {plan}", plan=estimate.sentence)
            progress.expect(estimate.extracts)

        async with opened_generator(settings, store, generation) as generator:
            return await generated_samples(
                documents.items, generation, generator, on_planned=plan, on_progress=progress.advance
            )
