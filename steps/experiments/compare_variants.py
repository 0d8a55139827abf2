"""Step: what two variants answer, and which of them is better."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from zenml import step

from llm_engineering.application.experiments.comparison import AnswerComparison
from llm_engineering.application.experiments.configuration import OfflineExperiment
from llm_engineering.application.experiments.offline import compared_answers
from llm_engineering.application.experiments.questions import ComparedQuestions
from llm_engineering.infrastructure.experiments import opened_variants
from llm_engineering.infrastructure.factory import language_model, opened_document_store, prompt_source
from llm_engineering.settings import Settings
from steps.experiments.materializer import ComparisonMaterializer
from steps.progress import progress_bar


@step(enable_cache=False, output_materializers=ComparisonMaterializer)  # index, model and answers lie outside of ZenML
def compare_variants(
    questions: ComparedQuestions, experiment: OfflineExperiment
) -> Annotated[AnswerComparison, "answer_comparison"]:
    """Return the outcome of an experiment; answers that an earlier run got are not asked for again."""
    return asyncio.run(_compared(Settings(), questions, experiment))


async def _compared(
    settings: Settings, questions: ComparedQuestions, experiment: OfflineExperiment
) -> AnswerComparison:
    with opened_document_store(settings) as store:
        model = language_model(settings, prompt_source(settings, store))
    try:
        async with opened_variants(settings, experiment, model=model) as variants:
            with (
                opened_document_store(settings) as store,
                progress_bar("Answering", 2 * len(questions.items)) as advance,
            ):
                return await compared_answers(
                    experiment, questions, variants, store, now=lambda: datetime.now(UTC), on_progress=advance
                )
    finally:
        await model.close()
