from typing import Any

import pytest
from pydantic import ValidationError

from llm_engineering.infrastructure.aws.job_configuration import NowhereToRunError, SageMakerJob, Where, required_job
from pipelines.parameters import Training
from tests.support.jobs import wanted_job

TRAINING: dict[str, Any] = {"base_model": "ada/tides", "sft": {}}


def test_without_a_word_a_pipeline_works_locally() -> None:
    assert Training.model_validate(TRAINING).where is Where.LOCAL


def test_a_job_needs_to_be_described() -> None:
    with pytest.raises(ValidationError, match="`where` is sagemaker, and `sagemaker` is empty"):
        Training.model_validate({**TRAINING, "where": "sagemaker"})


def test_a_description_that_is_not_used_may_stay() -> None:
    job = wanted_job()

    assert Training.model_validate({**TRAINING, "where": "local", "sagemaker": job.model_dump()}).sagemaker == job
    assert required_job(Where.LOCAL, job) is None
    assert required_job(Where.SAGEMAKER, job) is job
    with pytest.raises(NowhereToRunError, match=r"training_sagemaker\.yaml"):
        required_job(Where.SAGEMAKER, None)


def test_a_wait_counts_the_work_too() -> None:
    with pytest.raises(ValidationError, match=r"spot\.max_wait_hours is 1, less than max_hours, which is 2"):
        wanted_job(spot={"max_wait_hours": 1})
    assert wanted_job(spot={"enabled": False, "max_wait_hours": 1}).longest_hours == 2
    assert wanted_job(spot={"max_wait_hours": 5}).longest_hours == 5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"instanc_type": "ml.g5.xlarge"}, "Extra inputs are not permitted"),
        ({"output": "https://bucket/folder"}, "String should match pattern"),
        ({"output": "s3://bucket/a b"}, "String should match pattern"),
        ({"output": "s3://bucket/*"}, "String should match pattern"),
        ({"instance_type": "g5.xlarge"}, "String should match pattern"),
        ({"environment": {"HF_TOKEN": "x"}}, "HF_TOKEN looks like a secret"),
        ({"max_hours": 0}, "greater than 0"),
    ],
)
def test_what_aws_would_not_take_is_refused_before(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        wanted_job(**changes)


def test_a_folder_may_be_a_whole_bucket() -> None:
    assert SageMakerJob.model_validate({**wanted_job().model_dump(), "output": "s3://bucket"}).output == "s3://bucket"
