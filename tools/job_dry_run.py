"""Says what a training or an evaluation would take: its data, and in a job of SageMaker each call of AWS.

Nothing is sent or started.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click

from llm_engineering.application.evaluate.model_scoring.configuration import ModelEvaluating
from llm_engineering.infrastructure.aws.dry_run import EXAMPLE_ACCOUNT
from llm_engineering.infrastructure.aws.job_configuration import SageMakerJob, required_job
from llm_engineering.infrastructure.aws.job_prices import estimate, job_price
from llm_engineering.infrastructure.aws.job_requests import JobWork
from llm_engineering.infrastructure.aws.job_result import job_requests
from llm_engineering.infrastructure.aws.job_running import JobRunning
from llm_engineering.infrastructure.aws.waiting import Waiting
from llm_engineering.settings import Settings
from pipelines.parameters import Evaluating, Training
from steps.model_evaluation.job_work import evaluation_job_work
from steps.model_evaluation.load_evaluation_material import loaded_material
from steps.training.job_work import job_training_data, training_job_work
from tools.pipeline_start import PreparedRun
from tools.sagemaker_calls import STANDARD_ROLE, opened_calls

MadeWork = Callable[[Path], JobWork]
"""Gives the work of a job, with files that it needs in a folder."""
_ENDED: Final = ("Failed", "Stopped")


def print_jobs(runs: Sequence[PreparedRun]) -> None:
    """Print what each run of `training` and `evaluating` would work on, and how its job would be started.

    Raises:
        TwinError: The data, a model or the configuration of AWS cannot be used.
    """
    settings = Settings()
    for run in runs:
        parameters = run.configuration.parameters
        if isinstance(parameters, Training):
            _print_training(settings, parameters)
        elif isinstance(parameters, Evaluating):
            _print_evaluation(settings, parameters)


def _print_training(settings: Settings, parameters: Training) -> None:
    plan, job = parameters.plan, required_job(parameters.where, parameters.sagemaker)
    data = job_training_data(settings, plan)
    click.echo(json.dumps(data.figures, indent=2))
    if job is None:
        click.echo("It would be trained here.")
    else:
        _print_calls(settings, job, lambda scratch: training_job_work(settings, plan, data, job, scratch))


def _print_evaluation(settings: Settings, parameters: Evaluating) -> None:
    job = required_job(parameters.where, parameters.sagemaker)
    wanted = ModelEvaluating.model_validate(parameters.model_dump(include=set(ModelEvaluating.model_fields)))
    material = loaded_material(settings, wanted)
    click.echo(json.dumps(material.figures, indent=2))
    if job is None:
        click.echo("All models would answer here.")
    else:
        _print_calls(settings, job, lambda scratch: evaluation_job_work(settings, material, wanted, job, scratch)[0])


def _print_calls(settings: Settings, job: SageMakerJob, work: MadeWork) -> None:
    calls = opened_calls(settings, "a training job", dry_run=True, needs_sign_in=False)
    role = f"arn:aws:iam::{EXAMPLE_ACCOUNT}:role/{STANDARD_ROLE}"
    with TemporaryDirectory() as scratch:
        requests = job_requests(settings, job, work(Path(scratch)), calls.region, example_role=role)
        click.echo(f"cost: {estimate(job_price(calls, job, job.instance_type), job)}")
        # Nothing is done: the calls are what is shown.
        running = JobRunning(calls, requests, Waiting(), click.echo)
        found = running.attempts()
        if found and found[-1].status not in _ENDED:
            click.echo(f"job {found[-1].name} is {found[-1].status}: it would be taken, and no other one started")
            return
        running.start(found)
