"""Configurations of jobs, and work that needs no model, for tests."""

from pathlib import Path
from typing import Any

from llm_engineering.infrastructure.aws.job_configuration import SageMakerJob
from llm_engineering.infrastructure.aws.job_files import job_files
from llm_engineering.infrastructure.aws.job_requests import JobProgram, JobRequests, JobWork
from tests.support.aws import ROLE
from tests.support.sagemaker_control import REGION
from tests.support.sagemaker_jobs import BUCKET

IMAGE = "123456789012.dkr.ecr.{region}.amazonaws.com/llm-twin-training:1"


def wanted_job(**changes: Any) -> SageMakerJob:
    """Return on what a job runs."""
    values = {
        "image": IMAGE,
        "instance_type": "ml.g5.xlarge",
        "max_hours": 2,
        "output": f"s3://{BUCKET}/twin/",
        "price": {"per_hour": 1.8, "looked_up": "2026-11-28, invoice"},
    }
    return SageMakerJob.model_validate({**values, **changes})


def some_work(folder: Path, text: str = "The tide.", **parameters: Any) -> JobWork:
    """Return work on one file with a text."""
    path = folder / "samples.jsonl"
    path.write_text(text, encoding="utf-8")
    return JobWork(
        program=JobProgram.TRAIN,
        parameters={"base_model": "ada/tides", "seed": 42, **parameters},
        channels={"sft": job_files({path.name: path})},
    )


def requests_for_job(job: SageMakerJob, work: JobWork) -> JobRequests:
    """Return the requests for a job."""
    return JobRequests(job, work, role=ROLE, region=REGION, hub_token="hf_secret")
