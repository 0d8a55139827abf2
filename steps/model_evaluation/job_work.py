"""The answers of models as work for a job."""

import asyncio
from pathlib import Path

from llm_engineering.application.evaluate.model_scoring.configuration import ModelEvaluating
from llm_engineering.application.evaluate.model_scoring.questions import EvaluationMaterial
from llm_engineering.domain.prompt_contracts import PromptContract
from llm_engineering.infrastructure.aws.container_evaluating import ModelPrints, model_prints
from llm_engineering.infrastructure.aws.job_code import with_code
from llm_engineering.infrastructure.aws.job_configuration import SageMakerJob
from llm_engineering.infrastructure.aws.job_evaluating import evaluation_work, job_models
from llm_engineering.infrastructure.aws.job_requests import JobWork
from llm_engineering.infrastructure.evaluation.checks import checked_models
from llm_engineering.infrastructure.evaluation.model_source import SettingsModelSource, model_folder
from llm_engineering.settings import Settings


def evaluation_job_work(
    settings: Settings, material: EvaluationMaterial, evaluating: ModelEvaluating, job: SageMakerJob, scratch: Path
) -> tuple[JobWork, dict[str, ModelPrints]]:
    """Return what a job has to do, and by what the evaluation will look for what each of its models said.

    Args:
        settings: Of models and prompts.
        material: What models are asked, and what they read.
        evaluating: Which models, and how they are asked.
        job: On what it runs.
        scratch: Folder for files that are made for the job; has to be there until they were sent.

    Raises:
        TwinError: A model cannot be used, or the code cannot go with the job.
    """
    contract = checked_models(settings, evaluating, material.contract_hash)
    prints = asyncio.run(_prints(settings, evaluating, contract))
    folders = {model.name: model_folder(settings, model) for model in job_models(evaluating)}
    work = evaluation_work(
        evaluating,
        material,
        contract,
        folders={name: folder for name, folder in folders.items() if folder is not None},
        prints=prints,
        scratch=scratch,
    )
    return with_code(work, job.source, scratch), prints


async def _prints(settings: Settings, evaluating: ModelEvaluating, contract: PromptContract) -> dict[str, ModelPrints]:
    window = None if evaluating.perplexity is None else evaluating.perplexity.window_tokens
    source = SettingsModelSource(settings, contract, evaluating.speaking, window)
    return {model.name: await model_prints(source, model) for model in job_models(evaluating)}
