"""Step: a model that a job of SageMaker has trained."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from zenml import step

from llm_engineering.application.train.checks import TrainingData
from llm_engineering.application.train.configuration import TrainingPlan
from llm_engineering.domain.training import TrainedModel
from llm_engineering.infrastructure.aws.job_configuration import SageMakerJob
from llm_engineering.infrastructure.aws.job_prices import JobReport
from llm_engineering.infrastructure.aws.job_result import connected_calls, job_requests, job_result
from llm_engineering.infrastructure.aws.job_training import fetched_model
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer
from steps.progress import told, told_log
from steps.training.job_work import training_job_work
from steps.training.materializer import TrainedModelMaterializer

_MATERIALIZERS = {"trained_model": TrainedModelMaterializer, "training_job": ResultMaterializer}


@step(enable_cache=False, output_materializers=_MATERIALIZERS)  # jobs and weights lie outside of ZenML
def train_on_sagemaker(
    plan: TrainingPlan, data: TrainingData, job: SageMakerJob
) -> tuple[Annotated[TrainedModel, "trained_model"], Annotated[JobReport, "training_job"]]:
    """Return the last model, and what the job took; a job that does the same already is waited for, not paid twice."""
    settings = Settings()
    calls = connected_calls(settings)
    with TemporaryDirectory() as scratch:
        work = training_job_work(settings, plan, data, job, Path(scratch))
        model, report = job_result(
            calls,
            job_requests(settings, job, work, calls.region),
            lambda finished: fetched_model(
                calls, finished, plan, settings.data_folder, limit_gb=job.max_download_gb, say=told
            ),
            say=told,
            tell_log=told_log,
        )
    return model, report
