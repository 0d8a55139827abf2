"""Says what a training would take: its data, and in a job of SageMaker each call of AWS. Nothing is sent or started."""

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from llm_engineering.application.train.checks import TrainingData
from llm_engineering.application.train.configuration import TrainingPlan
from llm_engineering.infrastructure.aws.dry_run import EXAMPLE_ACCOUNT
from llm_engineering.infrastructure.aws.job_configuration import SageMakerJob, required_job
from llm_engineering.infrastructure.aws.job_prices import estimate, job_price
from llm_engineering.infrastructure.aws.job_result import job_requests
from llm_engineering.infrastructure.aws.job_running import JobRunning
from llm_engineering.infrastructure.aws.waiting import Waiting
from llm_engineering.settings import Settings
from pipelines.parameters import Training
from steps.training.job_work import job_training_data, training_job_work
from tools.pipeline_start import PreparedRun
from tools.sagemaker_calls import STANDARD_ROLE, opened_calls


def print_training_jobs(runs: Sequence[PreparedRun]) -> None:
    """Print what each run of `training` would train on, and how its job would be started.

    Raises:
        TwinError: The data, the base model or the configuration of AWS cannot be used.
    """
    settings = Settings()
    for run in runs:
        parameters = run.configuration.parameters
        if isinstance(parameters, Training):
            data = job_training_data(settings, parameters.plan)
            click.echo(json.dumps(data.figures, indent=2))
            job = required_job(parameters.where, parameters.sagemaker)
            if job is None:
                click.echo("It would be trained here.")
                continue
            with TemporaryDirectory() as scratch:
                _print_calls(settings, job, parameters.plan, data, Path(scratch))


def _print_calls(settings: Settings, job: SageMakerJob, plan: TrainingPlan, data: TrainingData, scratch: Path) -> None:
    calls = opened_calls(settings, "a training job", dry_run=True, needs_sign_in=False)
    work = training_job_work(settings, plan, data, job, scratch)
    role = f"arn:aws:iam::{EXAMPLE_ACCOUNT}:role/{STANDARD_ROLE}"
    requests = job_requests(settings, job, work, calls.region, example_role=role)
    click.echo(f"cost: {estimate(job_price(calls, job, job.instance_type), job)}")
    # Nothing is done: the calls are what is shown.
    running = JobRunning(calls, requests, Waiting(), click.echo)
    found = running.attempts()
    last = found[-1] if found else None
    if last is not None and last.status not in {"Failed", "Stopped"}:
        click.echo(f"job {last.name} is {last.status}: it would be waited for, and no other one started")
        return
    running.start(found)
