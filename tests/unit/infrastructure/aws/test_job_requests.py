import json
from dataclasses import replace
from pathlib import Path

import pytest

from llm_engineering.infrastructure.aws.job_files import job_files
from llm_engineering.infrastructure.aws.job_requests import TooLongParameterError, read_parameters
from tests.support.jobs import requests_for_job, some_work, wanted_job


def test_a_request_says_all_that_aws_needs(tmp_path: Path) -> None:
    work = some_work(tmp_path)
    requests = requests_for_job(wanted_job(tags={"team": "ada"}), work)

    request = requests.attempt(1)

    name = requests.work_name
    assert request == {
        "TrainingJobName": f"{name}-1",
        "AlgorithmSpecification": {
            "TrainingImage": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/llm-twin-training:1",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python", "-m", "tools.sagemaker_job"],
            "ContainerArguments": ["train"],
        },
        "RoleArn": "arn:aws:iam::123456789012:role/llm-twin-execution",
        "HyperParameters": {"program": '"train"', "base_model": '"ada/tides"', "seed": "42"},
        "InputDataConfig": [
            {
                "ChannelName": "sft",
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": f"s3://twin-bucket/twin/data/{work.channels['sft'].digest}/",
                        "S3DataDistributionType": "FullyReplicated",
                    }
                },
                "InputMode": "File",
            }
        ],
        "OutputDataConfig": {"S3OutputPath": "s3://twin-bucket/twin/jobs"},
        "CheckpointConfig": {
            "S3Uri": f"s3://twin-bucket/twin/checkpoints/{name}",
            "LocalPath": "/opt/ml/checkpoints",
        },
        "ResourceConfig": {"InstanceType": "ml.g5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 100},
        "StoppingCondition": {"MaxRuntimeInSeconds": 7200},
        "EnableManagedSpotTraining": False,
        "Tags": [{"Key": "team", "Value": "ada"}, {"Key": "llm-twin-job", "Value": "twin"}],
    }


def test_spare_instances_are_waited_for_as_long_as_is_said(tmp_path: Path) -> None:
    job = wanted_job(spot={"max_wait_hours": 5}, checkpoints="s3://other-bucket/kept/")

    request = requests_for_job(job, some_work(tmp_path)).attempt(2)

    assert request["EnableManagedSpotTraining"] is True
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 7200, "MaxWaitTimeInSeconds": 18_000}
    assert request["CheckpointConfig"]["S3Uri"].startswith("s3://other-bucket/kept/twin-train-")
    assert request["TrainingJobName"].endswith("-2")


def test_the_name_follows_from_the_work_and_not_from_the_machine(tmp_path: Path) -> None:
    work = some_work(tmp_path)
    name = requests_for_job(wanted_job(), work).work_name

    machine = wanted_job(instance_type="ml.p4d.24xlarge", max_hours=9, volume_gb=5, spot={}, tags={"team": "ada"})
    assert requests_for_job(machine, work).work_name == name
    others = [
        requests_for_job(wanted_job(), some_work(tmp_path, seed=43)),
        requests_for_job(wanted_job(), replace(work, channels={})),
        requests_for_job(wanted_job(image="123456789012.dkr.ecr.{region}.amazonaws.com/llm-twin-training:2"), work),
        requests_for_job(wanted_job(), replace(work, code=work.channels["sft"])),
    ]
    (tmp_path / "more").mkdir()
    others.append(requests_for_job(wanted_job(), some_work(tmp_path / "more", "Another tide.")))
    assert len({name, *(other.work_name for other in others)}) == 6


def test_a_token_is_given_only_if_that_is_said(tmp_path: Path) -> None:
    assert "hf_secret" not in json.dumps(requests_for_job(wanted_job(), some_work(tmp_path)).attempt(1))
    request = requests_for_job(wanted_job(pass_hub_token=True, environment={"A": "b"}), some_work(tmp_path)).attempt(1)
    assert request["Environment"] == {"A": "b", "HUGGINGFACE_ACCESS_TOKEN": "hf_secret"}


def test_code_goes_with_the_job_as_the_toolkit_of_aws_wants_it(tmp_path: Path) -> None:
    archive = tmp_path / "sourcedir.tar.gz"
    archive.write_bytes(b"code")
    work = replace(some_work(tmp_path), code=job_files({archive.name: archive}))
    requests = requests_for_job(wanted_job(), work)

    request = requests.attempt(1)

    assert "ContainerEntrypoint" not in request["AlgorithmSpecification"]
    written = request["HyperParameters"]
    assert json.loads(written["sagemaker_program"]) == "sagemaker_entry.py"
    assert written["sagemaker_submit_directory"].endswith('/sourcedir.tar.gz"')
    assert read_parameters(written) == {"program": "train", "base_model": "ada/tides", "seed": 42}


def test_what_does_not_fit_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    requests = requests_for_job(wanted_job(), some_work(tmp_path, lora={"targets": ["q" * 2500]}))

    with pytest.raises(TooLongParameterError, match="`lora` has 2517 characters as JSON") as caught:
        requests.attempt(1)
    assert caught.value.name == "lora"


def test_names_are_as_long_as_aws_takes(tmp_path: Path) -> None:
    requests = requests_for_job(wanted_job(name="a" * 32), some_work(tmp_path))

    assert len(requests.attempt_name(99)) <= 63
