"""Step: what two variants answer, and which of them is better."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Annotated

from zenml import step

from llm_engineering.application.experiments.comparison import AnswerComparison
from llm_engineering.application.experiments.configuration import OfflineExperiment
from llm_engineering.application.experiments.offline import compared_answers
from llm_engineering.application.experiments.questions import ComparedQuestions
from llm_engineering.application.experiments.style_metric import style_score
from llm_engineering.infrastructure.experiments import opened_judge, opened_variants
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
    async with AsyncExitStack() as opened:
        store = opened.enter_context(opened_document_store(settings))
        # Whatever is missing is told before a question is asked.
        style = style_score(store, experiment.author) if experiment.needs_style else None
        judge = None
        if experiment.judge is not None:
            judge = await opened.enter_async_context(opened_judge(settings, experiment.judge, experiment.author, store))
        model = language_model(settings, prompt_source(settings, store))
        opened.push_async_callback(model.close)
        variants = await opened.enter_async_context(opened_variants(settings, experiment, model=model))
        steps = (2 if judge is None else 3) * len(questions.items)
        advance = opened.enter_context(progress_bar("Answering", steps))
        return await compared_answers(
            experiment,
            questions,
            variants,
            store,
            now=lambda: datetime.now(UTC),
            style=style,
            judge=judge,
            on_progress=advance,
        )
