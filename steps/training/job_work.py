"""A training as work for a job, with the data that a run has found."""

from pathlib import Path

from llm_engineering.application.train.checks import TrainingData, training_data
from llm_engineering.application.train.configuration import TrainingPlan
from llm_engineering.application.train.program import checked_stages
from llm_engineering.infrastructure.aws.job_code import with_code
from llm_engineering.infrastructure.aws.job_configuration import SageMakerJob
from llm_engineering.infrastructure.aws.job_requests import JobWork
from llm_engineering.infrastructure.aws.job_training import training_work
from llm_engineering.infrastructure.training.surroundings import current_contract, trained_by
from llm_engineering.infrastructure.training.trl_trainer import TrlTrainer
from llm_engineering.settings import Settings
from steps.training.sources import exact_sources, local_path, stage_sources


def job_training_data(settings: Settings, plan: TrainingPlan) -> TrainingData:
    """Return what was found of the data of a training that another machine does; devices are its business.

    Raises:
        TwinError: The data or the base model are of no use.
    """
    sources = exact_sources(plan)
    trainer = TrlTrainer(plan, token=settings.huggingface_access_token, only_reads=True)
    given = stage_sources(sources, settings.data_folder)
    return training_data(sources, checked_stages(plan, given, trainer, current_contract(settings)))


def training_job_work(
    settings: Settings, plan: TrainingPlan, data: TrainingData, job: SageMakerJob, scratch: Path
) -> JobWork:
    """Return what a job has to do. A step that asks for it becomes a consumer of the artifacts that it trains on.

    Args:
        settings: Of prompts and models.
        plan: What is trained.
        data: What was found of its data.
        job: On what it runs.
        scratch: Folder for files that are made for the job; has to be there until they were sent.

    Raises:
        TwinError: Something of it is not there, or cannot be read.
    """
    paths = {method: local_path(source, settings.data_folder) for method, source in data.sources.items()}
    work = training_work(
        plan,
        data,
        stage_sources(data.sources, settings.data_folder),
        paths={method: path for method, path in paths.items() if path is not None},
        contract=current_contract(settings),
        base=TrlTrainer(plan, token=settings.huggingface_access_token, only_reads=True).base,
        code_version=trained_by() if job.source else None,
        scratch=scratch,
    )
    return with_code(work, job.source, scratch)
