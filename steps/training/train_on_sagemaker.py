"""Step: a model that a job of SageMaker has trained."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from zenml import step

from llm_engineering.application.train.checks import TrainingData
from llm_engineering.application.train.configuration import TrainingPlan
from llm_engineering.domain.training import TrainedModel
from llm_engineering.infrastructure.aws.job_code import with_code
from llm_engineering.infrastructure.aws.job_configuration import SageMakerJob
from llm_engineering.infrastructure.aws.job_prices import JobReport
from llm_engineering.infrastructure.aws.job_result import connected_calls, job_requests, job_result
from llm_engineering.infrastructure.aws.job_training import fetched_model, training_work
from llm_engineering.infrastructure.training.surroundings import current_contract, trained_by
from llm_engineering.infrastructure.training.trl_trainer import TrlTrainer
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer
from steps.progress import told, told_log
from steps.training.materializer import TrainedModelMaterializer
from steps.training.sources import local_path, stage_sources

_MATERIALIZERS = {"trained_model": TrainedModelMaterializer, "training_job": ResultMaterializer}


@step(enable_cache=False, output_materializers=_MATERIALIZERS)  # jobs and weights lie outside of ZenML
def train_on_sagemaker(
    plan: TrainingPlan, data: TrainingData, job: SageMakerJob
) -> tuple[Annotated[TrainedModel, "trained_model"], Annotated[JobReport, "training_job"]]:
    """Return the last model, and what the job took; a job that does the same already is waited for, not paid twice."""
    settings = Settings()
    calls = connected_calls(settings)
    sources = stage_sources(data.sources, settings.data_folder)
    paths = {method: local_path(source, settings.data_folder) for method, source in data.sources.items()}
    with TemporaryDirectory() as scratch:
        work = training_work(
            plan,
            data,
            sources,
            paths={method: path for method, path in paths.items() if path is not None},
            contract=current_contract(settings),
            base=TrlTrainer(plan, token=settings.huggingface_access_token, only_reads=True).base,
            code_version=trained_by() if job.source else None,
            scratch=Path(scratch),
        )
        requests = job_requests(settings, job, with_code(work, job.source, Path(scratch)), calls.region)
        model, report = job_result(
            calls,
            requests,
            lambda finished: fetched_model(
                calls, finished, plan, settings.data_folder, limit_gb=job.max_download_gb, say=told
            ),
            say=told,
            tell_log=told_log,
        )
    return model, report
