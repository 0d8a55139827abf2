"""The pipelines that train and evaluate in jobs of SageMaker: jobs run in processes, as in their container."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from zenml.client import Client

from llm_engineering.application.evaluate.model_scoring.folders import weights_hash
from llm_engineering.application.train.checks import StageSource
from llm_engineering.application.train.configuration import TrainingPlan
from llm_engineering.application.train.program import checked_stages, trained_model
from llm_engineering.domain.registered_models import RegisteredModel
from llm_engineering.domain.training import TrainedModel, TrainingMethod
from llm_engineering.infrastructure.aws.job_errors import UnfinishedJobError
from llm_engineering.infrastructure.aws.job_prices import JobReport
from llm_engineering.infrastructure.models.folders import read_trained_model
from llm_engineering.infrastructure.training.trl_trainer import TrlTrainer
from pipelines.training import training
from tests.support.aws import ROLE, calls_at, moto_server
from tests.support.registered_models import empty_registry
from tests.support.sagemaker_control import served
from tests.support.sagemaker_jobs import BUCKET, JobPlane, Machine, make_bucket
from tests.support.training import (
    CONTRACT,
    instruct_samples,
    killed_plan,
    one_thread,
    preference_samples,
)

__all__ = ["one_thread"]

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.usefixtures("one_thread")]
JOB: dict[str, Any] = {
    "image": "123456789012.dkr.ecr.{region}.amazonaws.com/llm-twin-training:1",
    "instance_type": "ml.g5.xlarge",
    "max_hours": 1,
    "spot": {"max_wait_hours": 2},
    "output": f"s3://{BUCKET}/twin",
    "price": {"per_hour": 1.8, "looked_up": "2026-11-28, invoice"},
}


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_server() as address:
        yield address


@pytest.fixture
def machine(moto: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """Yield the machine of an AWS that the steps reach as that of the environment."""
    plane = JobPlane(looks=0)
    calls = calls_at(moto)
    make_bucket(calls)
    machine = Machine(calls, tmp_path / "machine")
    plane.run = machine.run
    with served(plane) as address, empty_registry():
        for name, value in {
            "AWS_ENDPOINT_URL": moto,
            "AWS_ENDPOINT_URL_SAGEMAKER": address,
            "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY": "test-id",
            "AWS_SECRET_KEY": "test-secret",
            "AWS_ARN_ROLE": ROLE,
            "AWS_CONFIG_FILE": str(tmp_path / "none"),
            "DATA_FOLDER": str(tmp_path / "data"),
        }.items():
            monkeypatch.setenv(name, value)
        yield machine


def trained_here(plan: TrainingPlan, folder: Path) -> TrainedModel:
    """Train without a job and without an interruption."""
    trainer = TrlTrainer(plan)
    given = {
        TrainingMethod.SFT: StageSource(name="sft.jsonl", samples=tuple(instruct_samples())),
        TrainingMethod.DPO: StageSource(name="dpo.jsonl", samples=tuple(preference_samples())),
    }
    stages = checked_stages(plan, given, trainer, CONTRACT)
    return trained_model(plan, stages, trainer=trainer, contract=CONTRACT, folder=folder)


def test_a_training_that_loses_its_instance_ends_in_the_weights_of_one_at_home(
    machine: Machine, tiny_chat_model: Path, tmp_path: Path
) -> None:
    for name, samples in (("sft", instruct_samples()), ("dpo", preference_samples())):
        text = "".join(f"{sample.model_dump_json()}\n" for sample in samples)
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    plan = killed_plan(tiny_chat_model, Path("models/tides"), "lora")
    stages = {
        name: getattr(plan, name).model_copy(update={"data": str(tmp_path / f"{name}.jsonl")})
        for name in ("sft", "dpo")
    }
    plan = plan.model_copy(update=stages)
    machine.taken_back.append("training/sft-*/checkpoints/checkpoint-3.files.json")
    parameters = {
        **plan.model_dump(mode="json"),
        "registration": {"name": "tides"},
        "publication": None,
        "where": "sagemaker",
        "sagemaker": JOB,
    }

    with pytest.raises(UnfinishedJobError, match="MaxWaitTimeExceeded") as caught:
        training(**parameters)
    assert caught.value.existing is not None
    assert caught.value.existing[0].endswith("-1: Stopped")
    training(**parameters)

    local = trained_here(plan, tmp_path / "local/tides")
    model: TrainedModel = Client().get_artifact_version("trained_model").load()
    assert Path(model.folder) == tmp_path / "data/models/tides/dpo/adapter"
    for stage in ("sft", "dpo"):
        here, there = tmp_path / "local/tides" / stage / "adapter", tmp_path / "data/models/tides" / stage / "adapter"
        assert weights_hash(there) == weights_hash(here)
        assert {path.name for path in there.iterdir()} == {path.name for path in here.iterdir()}
        assert (there / "adapter_config.json").read_text() == (here / "adapter_config.json").read_text()
        assert read_trained_model(there).folder == str(there)
    assert (model.stages[0].resumed_from_step or 0) >= 3
    assert model.parameters == local.parameters
    assert [stage.dataset for stage in model.stages] == [stage.dataset for stage in local.stages]
    assert (model.base_model, model.base_revision) == (local.base_model, local.base_revision)
    registered: RegisteredModel = Client().get_artifact_version("registered_model").load()
    assert (registered.name, registered.version, registered.weights_hash) == (
        "tides",
        1,
        weights_hash(Path(model.folder)),
    )
    report: JobReport = Client().get_artifact_version("training_job").load()
    assert (report.attempts, report.training_seconds, report.billable_seconds) == (2, 190, 70)
    assert report.cost == pytest.approx(70 * 1.8 / 3600)
    # What a tracker kept in a file can be uploaded from here.
    assert [path.suffix for path in (tmp_path / "data/comet").iterdir()] == [".zip"]
    assert "sft: step 8 of 8" in machine.outputs[-1]
