"""Step: what models say that a job of SageMaker has loaded."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from zenml import step

from llm_engineering.application.evaluate.model_scoring.configuration import ModelEvaluating
from llm_engineering.application.evaluate.model_scoring.questions import EvaluationMaterial
from llm_engineering.infrastructure.aws.job_configuration import SageMakerJob
from llm_engineering.infrastructure.aws.job_evaluating import fetched_records
from llm_engineering.infrastructure.aws.job_prices import JobReport
from llm_engineering.infrastructure.aws.job_result import connected_calls, job_requests, job_result
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer
from steps.model_evaluation.job_work import evaluation_job_work
from steps.progress import told, told_log


@step(enable_cache=False, output_materializers=ResultMaterializer)  # jobs and answers lie outside of ZenML
def answer_on_sagemaker(
    material: EvaluationMaterial, evaluating: ModelEvaluating, job: SageMakerJob
) -> Annotated[JobReport, "evaluation_job"]:
    """Return what the job took; what its models said is kept where the next step looks for it, as if said here."""
    settings = Settings()
    calls = connected_calls(settings)
    with TemporaryDirectory() as scratch, opened_document_store(settings) as store:
        work, prints = evaluation_job_work(settings, material, evaluating, job, Path(scratch))
        _, report = job_result(
            calls,
            job_requests(settings, job, work, calls.region),
            lambda finished: fetched_records(calls, finished, store, prints, limit_gb=job.max_download_gb, say=told),
            say=told,
            tell_log=told_log,
        )
    return report
