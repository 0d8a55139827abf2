"""The commands for SageMaker, as a user runs them, on AWS on loopback."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result
from loguru import logger

from tests.support.aws import ROLE, moto_server
from tests.support.openai_stub import OpenAIStub, Reply
from tests.support.sagemaker_control import ControlPlane, control_plane
from tests.support.sagemaker_stub import sagemaker_stub
from tools.sagemaker import main

pytestmark = pytest.mark.integration

CONFIGURATION = """
parameters:
  name: twin
  hosting: {hosting}
  model: {{hub_id: ada/twin, contract: {contract}}}
  image: 763104351884.dkr.ecr.{{region}}.amazonaws.com/vllm:v1
  instance_type: ml.g5.xlarge
  scaling: {{min_copies: 1, max_copies: 2}}
  price: {{per_hour: 1.5, looked_up: "2026-11-28, invoice"}}
  wait_minutes: 1
"""


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_server() as address:
        yield address


@pytest.fixture
def plane(moto: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ControlPlane]:
    """Yield an AWS that the commands reach as that of the environment."""
    httpx.post(f"{moto}/moto-api/reset", timeout=5).raise_for_status()
    with control_plane() as (plane, address):
        for name, value in {
            "AWS_ENDPOINT_URL": moto,
            "AWS_ENDPOINT_URL_SAGEMAKER": address,
            "AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING": address,
            "AWS_ENDPOINT_URL_PRICING": address,
            "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY": "test-id",
            "AWS_SECRET_KEY": "test-secret",
            "AWS_ARN_ROLE": ROLE,
            "AWS_CONFIG_FILE": str(tmp_path / "none"),
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        write_configuration(tmp_path)
        plane.looks = 0
        yield plane
    logger.remove()


def write_configuration(folder: Path, hosting: str = "component", contract: str = "null") -> None:
    text = CONFIGURATION.format(hosting=hosting, contract=contract)
    (folder / "endpoint.yaml").write_text(text, encoding="utf-8")


def command(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--config", "endpoint.yaml"])


def test_from_deployment_to_deletion(plane: ControlPlane) -> None:
    deployed = command("deploy")
    assert deployed.exit_code == 0, deployed.output
    assert "Up to 2 x ml.g5.xlarge in eu-west-1; one costs an hour: 1.5 USD" in deployed.stderr
    assert deployed.stdout.splitlines() == [
        "SAGEMAKER_ENDPOINT_INFERENCE=twin",
        "SAGEMAKER_COMPONENT_INFERENCE=twin-component",
    ]

    shown = command("status")
    assert "endpoint twin: InService" in shown.stdout
    assert "instances: 1 x ml.g5.xlarge, 1 copies of the model" in shown.stdout
    assert (
        "cost: 1.50 USD per hour, 36.00 a day (1 x 1.5; configuration, looked up 2026-11-28, invoice)" in shown.stdout
    )

    assert command("delete").stdout == "Nothing of twin is left in eu-west-1.\n"
    assert command("delete").stdout == "Nothing of twin is left in eu-west-1.\n"
    assert command("status").stdout == "There is nothing of twin in eu-west-1.\n"


def test_figures_come_as_json_too(plane: ControlPlane) -> None:
    command("deploy")

    figures = json.loads(command("status", "--json").stdout)

    assert (figures["status"], figures["component"], figures["instances"]) == ("InService", "InService", 1)
    assert figures["cost_per_hour"] == 1.5


def test_a_failure_says_what_exists_and_the_next_run_finishes(plane: ControlPlane) -> None:
    plane.will("twin", "Failed", "InsufficientInstanceCapacity")

    failed = command("deploy")

    assert failed.exit_code == 1
    assert "Error: twin is Failed: InsufficientInstanceCapacity." in failed.stderr
    assert "endpoint twin: Failed (InsufficientInstanceCapacity)" in failed.stderr
    assert "set another instance_type" in failed.stderr
    assert "Traceback" not in failed.output
    assert command("deploy").exit_code == 0


def test_a_change_is_deployed(plane: ControlPlane, tmp_path: Path) -> None:
    command("deploy")
    text = (tmp_path / "endpoint.yaml").read_text(encoding="utf-8").replace("ada/twin,", "ada/twin-2,")
    (tmp_path / "endpoint.yaml").write_text(text, encoding="utf-8")

    assert command("update").exit_code == 0

    (model,) = plane.names("Model")
    assert plane.things["Model", model]["PrimaryContainer"]["Environment"]["SM_VLLM_MODEL"] == "ada/twin-2"


@pytest.mark.parametrize("verb", ["deploy", "update", "delete"])
def test_a_dry_run_changes_nothing(plane: ControlPlane, verb: str) -> None:
    if verb != "deploy":
        command("deploy")
    plane.asked.clear()

    shown = command(verb, "--dry-run")

    assert shown.exit_code == 0, shown.output
    assert plane.changes == []
    assert "sagemaker." in shown.stdout
    assert "test-secret" not in shown.output


def test_a_dry_run_needs_no_sign_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    write_configuration(tmp_path)

    shown = command("deploy", "--dry-run")
    refused = command("delete", "--dry-run")

    assert shown.exit_code == 0, shown.output
    assert "sagemaker.create_endpoint {" in shown.stdout
    assert "arn:aws:iam::000000000000:role/llm-twin-execution" in shown.stdout
    assert "shown as if nothing were there" in shown.stderr
    assert refused.exit_code == 1
    assert "aws sso login" in refused.stderr
    logger.remove()


def test_without_a_role_it_says_how_to_get_one(plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ARN_ROLE")

    failed = command("deploy")

    assert failed.exit_code == 1
    assert "AWS_ARN_ROLE is not set" in failed.stderr
    assert "create-sagemaker-execution-role" in failed.stderr


def test_one_key_without_the_other_is_told(plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_KEY")

    assert "AWS_ACCESS_KEY is set, but AWS_SECRET_KEY is not." in command("status").stderr


def test_roles_are_made_and_printed_for_the_settings(plane: ControlPlane, tmp_path: Path) -> None:
    role = command("create-execution-role")
    assert role.stdout == "AWS_ARN_ROLE=arn:aws:iam::123456789012:role/llm-twin-execution\n"

    user = command("create-role", "--keys-file", "keys.env")
    assert "The key of llm-twin-deployer is in keys.env" in user.stdout
    secret = (tmp_path / "keys.env").read_text(encoding="utf-8").splitlines()[1].removeprefix("AWS_SECRET_KEY=")
    assert secret not in user.output

    again = command("create-role", "--keys-file", "keys.env")
    assert again.exit_code == 0
    assert "llm-twin-deployer has a key already" in again.stdout


@pytest.mark.parametrize("verb", ["create-role", "create-execution-role"])
def test_roles_are_shown_before_they_are_made(plane: ControlPlane, tmp_path: Path, verb: str) -> None:
    shown = command(verb, "--dry-run")

    assert shown.exit_code == 0, shown.output
    assert "iam.create_" in shown.stdout
    assert "123456789012" in shown.stdout
    assert not (tmp_path / "aws_keys.env").exists()


def test_an_endpoint_is_asked_as_the_service_would(
    plane: ControlPlane, runtime: OpenAIStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamed, whole = command("test", "--query", "When?"), command("test", "--no-stream")

    assert streamed.exit_code == 0, streamed.output
    assert streamed.stdout == whole.stdout == "The glass tide comes in twice a day.\n"
    assert "first words after" in streamed.stderr
    assert [asked.headers["x-amzn-sagemaker-inference-component"] for asked in runtime.requests] == [
        "twin-component"
    ] * 2


def test_an_endpoint_that_has_gone_down_to_none_says_that_it_wakes(plane: ControlPlane, runtime: OpenAIStub) -> None:
    message = "Inference Component has no capacity to process this request."
    runtime.script(Reply(status=400, error={"code": "ValidationError", "message": message}))

    failed = command("test")

    assert failed.exit_code == 1
    assert "this call wakes one, which takes minutes" in failed.stderr


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with sagemaker_stub() as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", stub.url.removesuffix("/v1"))
        yield stub
