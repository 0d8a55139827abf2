"""The commands that see to jobs of SageMaker, as a user runs them, on AWS on loopback."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from loguru import logger

from llm_engineering.infrastructure.aws.calls import BotoCalls
from tests.support.aws import ROLE, calls_at, moto_server
from tests.support.jobs import requests_for_job, some_work, wanted_job
from tests.support.sagemaker_control import served
from tests.support.sagemaker_jobs import JobPlane, make_bucket
from tests.support.training import instruct_samples
from tools.sagemaker import main

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_server() as address:
        yield address


@pytest.fixture
def plane(moto: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[JobPlane]:
    """Yield an AWS with one job, which the commands reach as that of the environment."""
    plane = JobPlane(looks=5)
    with served(plane) as address:
        for name, value in {
            "AWS_ENDPOINT_URL": moto,
            "AWS_ENDPOINT_URL_SAGEMAKER": address,
            "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY": "test-id",
            "AWS_SECRET_KEY": "test-secret",
            "AWS_ARN_ROLE": ROLE,
            "AWS_CONFIG_FILE": str(tmp_path / "none"),
        }.items():
            monkeypatch.setenv(name, value)
        parameters: dict[str, Any] = {"base_model": "ada/tides", "sft": {}, "sagemaker": wanted_job().model_dump()}
        (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"parameters": parameters}), encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        plane.answer("CreateTrainingJob", requests_for_job(wanted_job(), some_work(tmp_path)).attempt(1))
        yield plane
    logger.remove()


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_jobs_are_listed_and_stopped(plane: JobPlane) -> None:
    (name,) = plane.jobs

    listed, stopped, again = (
        ran("jobs", "--config", "mine.yaml"),
        ran("stop-job", name),
        ran("jobs", "--config", "mine.yaml"),
    )

    assert listed.exit_code == 0, listed.output
    assert "Jobs in eu-west-1" in listed.stdout
    assert "Training" in listed.stdout
    assert "ml.g5.xlarge" in listed.stdout
    assert stopped.stdout.startswith(f"{name} is told to stop")
    assert again.exit_code == 0
    assert plane.jobs[name]["_is_stopped"]


def test_without_a_job_that_is_said(plane: JobPlane) -> None:
    plane.jobs.clear()

    assert ran("jobs", "--config", "mine.yaml").stdout == "There is no job of twin in eu-west-1.\n"
    unknown = ran("stop-job", "twin-train-1")
    assert unknown.exit_code == 1
    assert "Requested resource not found" in unknown.stderr


def test_a_file_without_a_job_is_told(plane: JobPlane, tmp_path: Path) -> None:
    (tmp_path / "plain.yaml").write_text("parameters: {base_model: ada/tides, sft: {}}\n", encoding="utf-8")

    result = ran("jobs", "--config", "plain.yaml")

    assert result.exit_code == 1
    assert "plain.yaml has no `sagemaker:`" in result.stderr


def test_rights_are_given_beside_those_that_are_there(plane: JobPlane, moto: str) -> None:
    calls: BotoCalls = calls_at(moto)
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    calls.call("iam", "create_role", RoleName="runner", AssumeRolePolicyDocument=trust)
    calls.call("iam", "create_user", UserName="ada")
    command = ("allow-training", "--config", "mine.yaml", "--role", "runner", "--user", "ada")

    shown = ran(*command, "--dry-run")
    assert shown.exit_code == 0, shown.output
    assert "iam.put_role_policy" in shown.stdout
    assert calls.call("iam", "list_role_policies", RoleName="runner")["PolicyNames"] == []
    assert [ran(*command).exit_code for _ in range(2)] == [0, 0]

    found = calls.call("iam", "get_role_policy", RoleName="runner", PolicyName="execution_training")
    statements = {each["Sid"]: each for each in found["PolicyDocument"]["Statement"]}
    assert statements["ReadDataAndCheckpointsWriteResults"]["Resource"] == [
        "arn:aws:s3:::twin-bucket/twin/*",
        "arn:aws:s3:::twin-bucket/twin/checkpoints/*",
    ]
    assert statements["PullTheTrainingImage"]["Resource"] == (
        "arn:aws:ecr:eu-west-1:123456789012:repository/llm-twin-training"
    )
    attached = calls.call("iam", "list_attached_user_policies", UserName="ada")["AttachedPolicies"]
    assert [each["PolicyName"] for each in attached] == ["ada-training"]


def test_a_role_that_is_not_there_is_told(plane: JobPlane) -> None:
    result = ran("allow-training", "--config", "mine.yaml", "--role", "nobody")

    assert result.exit_code == 1
    assert "NoSuchEntity" in result.stderr


@pytest.mark.slow
def test_a_dry_run_of_a_training_shows_each_call_and_makes_none(
    plane: JobPlane, moto: str, tiny_chat_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tools.run import main as run

    calls = calls_at(moto)
    make_bucket(calls)
    plane.jobs.clear()
    plane.asked.clear()
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "data"))
    text = "".join(f"{sample.model_dump_json()}\n" for sample in instruct_samples())
    (tmp_path / "set.jsonl").write_text(text, encoding="utf-8")
    job = wanted_job(pass_hub_token=True).model_dump(mode="json")
    monkeypatch.setenv("HUGGINGFACE_ACCESS_TOKEN", "hf_secret")
    parameters = {
        "base_model": str(tiny_chat_model),
        "tuning": "qlora",
        "sft": {"data": str(tmp_path / "set.jsonl"), "max_length": 128},
        "where": "sagemaker",
        "sagemaker": job,
    }
    (tmp_path / "there.yaml").write_text(yaml.safe_dump({"parameters": parameters}), encoding="utf-8")

    result = CliRunner().invoke(run, ["--run-training", "--training-config-filename", "there.yaml", "--dry-run"])

    assert result.exit_code == 0, result.output
    assert '"train": 12' in result.stdout
    assert "cost: at most 3.60 USD" in result.stdout
    assert result.stdout.index("s3.upload_file") < result.stdout.index("sagemaker.create_training_job")
    assert '"HUGGINGFACE_ACCESS_TOKEN": "****"' in result.stdout
    assert "hf_secret" not in result.output
    assert plane.changes == []
    assert calls.pages("s3", "list_objects_v2", "Contents", Bucket="twin-bucket") == []
