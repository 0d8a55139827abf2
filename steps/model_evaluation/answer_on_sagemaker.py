"""Step: what models say that a job of SageMaker has loaded."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from zenml import step

from llm_engineering.application.evaluate.model_scoring.configuration import ModelEvaluating
from llm_engineering.application.evaluate.model_scoring.questions import EvaluationMaterial
from llm_engineering.domain.prompt_contracts import PromptContract
from llm_engineering.infrastructure.aws.container_evaluating import ModelPrints, model_prints
from llm_engineering.infrastructure.aws.job_code import with_code
from llm_engineering.infrastructure.aws.job_configuration import SageMakerJob
from llm_engineering.infrastructure.aws.job_evaluating import evaluation_work, fetched_records, job_models
from llm_engineering.infrastructure.aws.job_prices import JobReport
from llm_engineering.infrastructure.aws.job_result import connected_calls, job_requests, job_result
from llm_engineering.infrastructure.evaluation.checks import checked_models
from llm_engineering.infrastructure.evaluation.model_source import SettingsModelSource, model_folder
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer
from steps.progress import told, told_log


@step(enable_cache=False, output_materializers=ResultMaterializer)  # jobs and answers lie outside of ZenML
def answer_on_sagemaker(
    material: EvaluationMaterial, evaluating: ModelEvaluating, job: SageMakerJob
) -> Annotated[JobReport, "evaluation_job"]:
    """Return what the job took; what its models said is kept where the next step looks for it, as if said here."""
    settings = Settings()
    calls = connected_calls(settings)
    contract = checked_models(settings, evaluating, material.contract_hash)
    prints = asyncio.run(_prints(settings, evaluating, contract))
    folders = {model.name: model_folder(settings, model) for model in job_models(evaluating)}
    with TemporaryDirectory() as scratch, opened_document_store(settings) as store:
        work = evaluation_work(
            evaluating,
            material,
            contract,
            folders={name: folder for name, folder in folders.items() if folder is not None},
            prints=prints,
            scratch=Path(scratch),
        )
        requests = job_requests(settings, job, with_code(work, job.source, Path(scratch)), calls.region)
        _, report = job_result(
            calls,
            requests,
            lambda finished: fetched_records(calls, finished, store, prints, limit_gb=job.max_download_gb, say=told),
            say=told,
            tell_log=told_log,
        )
    return report


async def _prints(settings: Settings, evaluating: ModelEvaluating, contract: PromptContract) -> dict[str, ModelPrints]:
    """Return by what `score_models` will look for what each model said."""
    window = None if evaluating.perplexity is None else evaluating.perplexity.window_tokens
    source = SettingsModelSource(settings, contract, evaluating.speaking, window)
    return {model.name: await model_prints(source, model) for model in job_models(evaluating)}
