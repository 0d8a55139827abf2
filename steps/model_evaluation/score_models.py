"""Step: what models answer, and what the answers are worth."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

from zenml import step

from llm_engineering.application.evaluate.model_scoring.configuration import ModelEvaluating
from llm_engineering.application.evaluate.model_scoring.evaluation import Judges, Tools, evaluated_models
from llm_engineering.application.evaluate.model_scoring.grading import Grader
from llm_engineering.application.evaluate.model_scoring.questions import EvaluationMaterial
from llm_engineering.application.evaluate.model_scoring.report import EvaluationReport
from llm_engineering.application.experiments.judge import Judge
from llm_engineering.application.experiments.style_metric import style_score
from llm_engineering.application.ports import DocumentStore
from llm_engineering.infrastructure.evaluation.checks import checked_models
from llm_engineering.infrastructure.evaluation.model_source import SettingsModelSource
from llm_engineering.infrastructure.evaluation.rouge import RougeOverlap
from llm_engineering.infrastructure.experiments import opened_judge_model
from llm_engineering.infrastructure.factory import opened_document_store, prompt_source
from llm_engineering.settings import Settings
from steps.model_evaluation.materializer import EvaluationMaterializer
from steps.progress import progress_bar


@step(enable_cache=False, output_materializers=EvaluationMaterializer)  # models, index and answers lie outside of ZenML
def score_models(
    material: EvaluationMaterial, evaluating: ModelEvaluating
) -> Annotated[EvaluationReport, "model_evaluation"]:
    """Return the scores of all models; what an earlier run asked for or computed is taken from the store."""
    return asyncio.run(_scored(Settings(), material, evaluating))


async def _scored(settings: Settings, material: EvaluationMaterial, evaluating: ModelEvaluating) -> EvaluationReport:
    contract = checked_models(settings, evaluating, material.contract_hash)
    window = None if evaluating.perplexity is None else evaluating.perplexity.window_tokens
    async with AsyncExitStack() as opened:
        store = opened.enter_context(opened_document_store(settings))
        tools = Tools(
            source=SettingsModelSource(settings, contract, evaluating.speaking, window),
            store=store,
            overlap=RougeOverlap(),
            style=style_score(store, material.author),
            judges=await opened.enter_async_context(_opened_judges(settings, evaluating, material.author, store)),
            progress=progress_bar,
            now=lambda: datetime.now(UTC),
        )
        return await evaluated_models(evaluating, material, tools)


@asynccontextmanager
async def _opened_judges(
    settings: Settings, evaluating: ModelEvaluating, author: str | None, store: DocumentStore
) -> AsyncIterator[Judges | None]:
    judging = evaluating.judge
    if judging is None:
        yield None
        return
    prompts = prompt_source(settings, store)
    judge, grade = prompts.prompt("judge", judging.prompt), prompts.prompt("grade")
    async with opened_judge_model(settings, judging, prompts) as model:
        yield Judges(
            grader=Grader(model=model, prompt=grade, judging=judging, author=author),
            judge=Judge(model=model, prompt=judge, judging=judging, author=author),
            concurrency=evaluating.judge_concurrency,
        )
