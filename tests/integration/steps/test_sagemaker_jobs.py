"""The pipelines that train and evaluate in jobs of SageMaker: jobs run in processes, as in their container."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from zenml.client import Client

from llm_engineering.application.evaluate.model_scoring.configuration import ModelEvaluating
from llm_engineering.application.evaluate.model_scoring.folders import weights_hash
from llm_engineering.application.evaluate.model_scoring.questions import EvaluationMaterial
from llm_engineering.application.evaluate.model_scoring.report import EvaluationReport
from llm_engineering.application.train.checks import StageSource
from llm_engineering.application.train.configuration import TrainingPlan
from llm_engineering.application.train.program import checked_stages, trained_model
from llm_engineering.domain.registered_models import RegisteredModel
from llm_engineering.domain.training import TrainedModel, TrainingMethod
from llm_engineering.infrastructure.aws.job_errors import UnfinishedJobError
from llm_engineering.infrastructure.aws.job_prices import JobReport
from llm_engineering.infrastructure.models.folders import read_trained_model
from llm_engineering.infrastructure.training.trl_trainer import TrlTrainer
from pipelines.evaluating import evaluating
from pipelines.parameters import Evaluating
from pipelines.training import training
from steps.model_evaluation.score_models import score_models
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
from tools.job_dry_run import print_jobs
from tools.pipeline_start import PreparedRun
from tools.run_configuration import RunConfiguration

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


def base_of(adapter: Path) -> str:
    content = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    return str(content["base_model_name_or_path"])


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

    machine.variables["EXPERIMENT_TRACKER"] = "off"  # seconds that show nothing

    with pytest.raises(UnfinishedJobError, match="MaxWaitTimeExceeded") as caught:
        training(**parameters)
    machine.variables.clear()
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
        assert base_of(there) == base_of(here) == str(tiny_chat_model)
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


def test_models_that_answer_in_a_job_are_scored_as_if_they_had_answered_at_home(
    machine: Machine,
    tiny_chat_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [sample.model_dump(mode="json") for sample in instruct_samples(train=2, test=2)]
    (tmp_path / "set.json").write_text(json.dumps(rows), encoding="utf-8")
    shutil.copytree(tiny_chat_model, tmp_path / "data/models/sft/merged")
    wanted = Evaluating.model_validate({
        "models": [{"name": "base", "folder": str(tiny_chat_model)}, {"name": "sft", "folder": "models/sft/merged"}],
        "baseline": "base",
        "data": {"dataset": str(tmp_path / "set.json"), "held_out": 2, "golden": 0},
        "speaking": {"max_output_tokens": 8},
        "perplexity": {"texts": "answers", "window_tokens": 64},
        "where": "sagemaker",
        "sagemaker": {**JOB, "spot": None},
    })

    print_jobs([PreparedRun("evaluating", RunConfiguration(wanted, settings={}))])
    shown = capsys.readouterr().out
    assert "cost: at most 1.80 USD" in shown
    assert shown.count("s3.upload_file") > 2
    assert "sagemaker.create_training_job" in shown
    assert machine.asked == []

    evaluating(**wanted.model_dump(mode="json"))

    report: EvaluationReport = Client().get_artifact_version("model_evaluation").load()
    assert {name: model.cost.reused for name, model in report.models.items()} == {"base": 2, "sft": 2}
    job: JobReport = Client().get_artifact_version("evaluation_job").load()
    assert (job.used_spot, job.attempts, job.billable_seconds) == (False, 1, 40)
    asked = machine.asked[0]
    assert {channel["ChannelName"] for channel in asked["InputDataConfig"]} == {"job", "model-base", "model-sft"}
    # What models may have learned by heart is looked for at home.
    sent = json.loads((tmp_path / "machine" / asked["TrainingJobName"] / "input/data/job/material.json").read_bytes())
    assert (sent["training"], len(sent["items"])) == ([], 2)

    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "home"))
    shutil.copytree(tmp_path / "data/models", tmp_path / "home/models")
    plain = ModelEvaluating.model_validate(wanted.model_dump(include=set(ModelEvaluating.model_fields)))
    material: EvaluationMaterial = Client().get_artifact_version("evaluation_material").load()
    home = score_models.entrypoint(material, plain)
    assert {name: model.cost.reused for name, model in home.models.items()} == {"base": 0, "sft": 0}
    assert said_in(home) == said_in(report)
    scores = [[each.scores["bits_per_byte"] for each in found.evaluation.models] for found in (home, report)]
    assert [score.value for score in scores[0]] == pytest.approx([score.value for score in scores[1]])


def said_in(report: EvaluationReport) -> dict[str, list[str | None]]:
    """Return what each model said to the questions, in their order."""
    return {name: [question.answers[name].text for question in report.questions] for name in report.models}


def test_a_job_that_cannot_use_its_configuration_says_why(machine: Machine, tmp_path: Path) -> None:
    root = tmp_path / "machine/broken"
    asked = {
        "TrainingJobName": "broken",
        "HyperParameters": {"program": '"train"', "base_model": '"ada/tides"', "data": "{}", "sft": '{"epoch": 1}'},
        "InputDataConfig": [],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/twin/jobs"},
        "CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/twin/checkpoints/broken"},
        "AlgorithmSpecification": {
            "ContainerEntrypoint": ["python", "-m", "tools.sagemaker_job"],
            "ContainerArguments": ["train", "--base_model", "ada/tides"],
        },
        "Environment": {"HUGGINGFACE_ACCESS_TOKEN": "sft.epoch"},
    }

    end = machine.run(asked)

    assert end.status == "Failed"
    failure = (root / "output/failure").read_text(encoding="utf-8")
    assert "Extra inputs are not permitted" in failure
    # Whatever a message quotes: no secret stands in it.
    assert "sft.epoch" not in failure
    assert failure in end.reason
