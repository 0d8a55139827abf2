"""Training of a tiny model: what it learns, what is saved, and what can go wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.numpy import load_file
from transformers import TrainerCallback
from transformers.trainer_callback import ExportableState

from llm_engineering.application.evaluate.model_scoring.folders import weights_hash
from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.application.prompts.contract import ContractCheck, checked_folder
from llm_engineering.application.prompts.registry import code_prompts
from llm_engineering.application.train.checks import asked
from llm_engineering.application.train.configuration import TrainingPlan
from llm_engineering.application.train.program import checked_stages, trained_model
from llm_engineering.domain.language_models import ModelRequest
from llm_engineering.domain.training import TrainedModel, TrainingMethod, WeightsKind
from llm_engineering.infrastructure.language_models.transformers_folder import TransformersModel
from llm_engineering.infrastructure.models.folders import read_trained_model
from llm_engineering.infrastructure.training.errors import (
    BaseModelMissingError,
    DiskFullError,
    MemoryExhaustedError,
    PrecisionUnavailableError,
    QloraNeedsCudaError,
    UnslothUnavailableError,
    UnusableBaseModelError,
)
from llm_engineering.infrastructure.training.models import without_known_warnings
from llm_engineering.infrastructure.training.trl_trainer import TrlTrainer
from tests.support.tiny_chat_model import saved_tiny_chat_model
from tests.support.training import (
    CONTRACT,
    KilledError,
    TrackerInMemory,
    instruct_samples,
    one_thread,
    sources,
    tiny_dpo,
    tiny_plan,
    tiny_sft,
)

__all__ = ["one_thread"]

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.anyio, pytest.mark.usefixtures("one_thread")]
WITHOUT_GPU = pytest.mark.skipif(torch.cuda.is_available(), reason="what is refused can be had here")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass(frozen=True)
class Training:
    plan: TrainingPlan
    model: TrainedModel
    tracker: TrackerInMemory


def trained(plan: TrainingPlan, callbacks: Sequence[Any] = ()) -> Training:
    tracker, trainer = TrackerInMemory(), TrlTrainer(plan, callbacks=callbacks)
    stages = checked_stages(plan, sources(plan), trainer, CONTRACT)
    folder = Path(plan.saving.folder)
    model = trained_model(plan, stages, trainer=trainer, contract=CONTRACT, folder=folder, tracker=tracker)
    return Training(plan, model, tracker)


@pytest.fixture(scope="module", params=["lora", "full"])
def training(
    request: pytest.FixtureRequest, tiny_chat_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Training:
    return trained(tiny_plan(tiny_chat_model, tmp_path_factory.mktemp("trained") / "models", tuning=request.param))


def test_the_loss_falls_and_the_margin_rises(training: Training) -> None:
    sft, dpo = training.model.stages

    assert sft.values("loss")[-1] < sft.values("loss")[0] - 0.3
    assert sft.values("eval_loss")[-1] < sft.values("eval_loss")[0] - 0.3
    assert dpo.values("rewards/margins")[0] == 0
    assert dpo.values("rewards/margins")[-1] > 0.2
    assert dpo.values("eval_rewards/margins")[-1] > 0.2
    assert dpo.values("eval_loss")[-1] < dpo.values("eval_loss")[0]


def test_the_figures_say_how_it_went(training: Training) -> None:
    sft, dpo = training.model.stages

    assert (sft.steps, dpo.steps, sft.precision) == (12, 8, "float32")
    # 12 samples, each read four times in 12 steps of 4.
    assert sft.epochs == 4
    assert sft.dataset.train == 12
    assert sft.tokens == 4 * sum(len(each.prompt) + len(each.answer) for each in read_by(training))
    assert sft.tokens_per_second > 0
    assert (sft.peak_memory_bytes or 0) > 10_000_000
    assert [figures.step for figures in sft.history if "eval_loss" in figures.values] == [0, 6, 12]


def read_by(training: Training) -> Sequence[Any]:
    sft, _ = checked_stages(training.plan, sources(training.plan), TrlTrainer(training.plan), CONTRACT)
    return sft.train


def test_the_tracker_is_told_of_each_step(training: Training) -> None:
    steps = [(stage, figures.step) for stage, figures in training.tracker.steps if "loss" in figures.values]

    assert steps == [*(("sft", step) for step in range(1, 13)), *(("dpo", step) for step in range(1, 9))]
    assert {len(training.tracker.samples[stage]) for stage in ("sft", "dpo")} == {1}


def test_what_is_saved_is_whole_and_runs_no_code(training: Training) -> None:
    folder = Path(training.plan.saving.folder)
    kinds = {"adapter", "merged"} if training.plan.tuning == "lora" else {"full"}

    for stage in ("sft", "dpo"):
        assert {path.name for path in (folder / stage).iterdir()} == kinds
        for kind in kinds:
            names = {path.name for path in (folder / stage / kind).iterdir()}
            weights = "adapter_model.safetensors" if kind == "adapter" else "model.safetensors"
            assert {weights, "tokenizer.json", "chat_template.jinja", "contract.json", "training.json"} <= names
            assert {name for name in names if not name.endswith((".json", ".safetensors", ".jinja"))} == set()
            assert read_trained_model(folder / stage / kind).kind == kind
            assert checked_folder(folder / stage / kind, code_prompts(), is_other_allowed=False) is ContractCheck.SAME


async def test_the_model_is_served(training: Training) -> None:
    question = asked(instruct_samples()[0], CONTRACT)
    model: LanguageModel = TransformersModel.from_model_id(training.model.folder)

    completion = await model.completion(ModelRequest(messages=question, max_output_tokens=8))
    await model.close()

    assert completion.usage.completion_tokens > 0
    # The sample reply of the report is what the served model says to the same instruction.
    reply = training.model.replies[-1]
    again = TransformersModel.from_model_id(training.model.folder)
    (sample,) = [
        each for each in sources(training.plan)[TrainingMethod.DPO].samples if each.instruction == reply.instruction
    ]
    served = await again.completion(ModelRequest(messages=asked(sample, CONTRACT), max_output_tokens=8))
    await again.close()
    assert served.text.strip() == reply.said


def test_an_adapter_and_the_merged_model_compute_the_same(training: Training, tiny_chat_model: Path) -> None:
    if training.plan.tuning != "lora":
        pytest.skip("all weights were trained")
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    folder, tokens = Path(training.plan.saving.folder) / "dpo", torch.arange(20)[None]
    base = AutoModelForCausalLM.from_pretrained(tiny_chat_model)
    merged = AutoModelForCausalLM.from_pretrained(folder / "merged")
    with torch.inference_mode(), without_known_warnings():
        untrained = base(tokens).logits.clone()
        adapted = PeftModel.from_pretrained(base, str(folder / "adapter")).eval()(tokens).logits
        assert torch.allclose(adapted, merged(tokens).logits, atol=1e-4)
        assert not torch.allclose(adapted, untrained, atol=1e-2)


def test_an_adapter_names_its_base_model_as_it_was_named(training: Training, tiny_chat_model: Path) -> None:
    adapter = Path(training.plan.saving.folder) / "dpo/adapter/adapter_config.json"
    if training.plan.tuning == "lora":
        assert f'"base_model_name_or_path": "{tiny_chat_model}"' in adapter.read_text(encoding="utf-8")


def test_several_samples_share_a_row_and_none_is_lost(tiny_chat_model: Path, tmp_path: Path) -> None:
    stage = tiny_sft(packing=True, batch_size=1, max_steps=None, epochs=1, evaluation_steps=None)

    found = trained(tiny_plan(tiny_chat_model, tmp_path / "models", sft=stage, dpo=None))

    (sft,) = found.model.stages
    assert sft.tokens == sum(len(each.prompt) + len(each.answer) for each in checked_tokens(found.plan))
    assert sft.steps < 12  # one step for each sample without


def checked_tokens(plan: TrainingPlan) -> Sequence[Any]:
    (sft,) = checked_stages(plan, sources(plan), TrlTrainer(plan), CONTRACT)
    return sft.train


class Interruption(TrainerCallback):
    """Ends a training after its fifth step."""

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step == 5:
            raise KilledError


def test_training_stops_when_the_loss_on_the_test_side_stops_falling(tiny_chat_model: Path, tmp_path: Path) -> None:
    wild = {"learning_rate": 0.9, "schedule": "constant", "warmup_share": 0.0, "evaluation_steps": 2, "save_steps": 2}
    saving = {"folder": str(tmp_path / "models"), "sample_replies": 0}
    fields: dict[str, Any] = {"dpo": None, "tuning": "full", "saving": saving}
    stopping = tiny_sft(**wild, max_steps=40, early_stopping=2)
    plan = tiny_plan(tiny_chat_model, tmp_path, sft=stopping, **fields)
    with pytest.raises(KilledError):
        trained(plan, [Interruption()])

    stopped = trained(plan).model
    taken = load_file(Path(stopped.folder) / "model.safetensors")

    two_steps = trained(tiny_plan(tiny_chat_model, tmp_path, sft=tiny_sft(**wild, max_steps=2), **fields)).model

    (sft,) = stopped.stages
    # After the interruption it still knows that step 4 was no better than step 2.
    assert (sft.stopped_early, sft.steps, sft.resumed_from_step) == (True, 6, 4)
    # Before training, then after two, four and six steps: the best of the latter is taken.
    assert sft.values("eval_loss")[1] == min(sft.values("eval_loss")[1:])
    expected = load_file(Path(two_steps.folder) / "model.safetensors")
    assert [name for name in expected if expected[name].tobytes() != taken[name].tobytes()] == []


class FullDisk(TrainerCallback, ExportableState):
    """Fills the disk while the checkpoint of step 8 is written, after the weights and before the trainer's state."""

    step = 0

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.step = state.global_step

    def state(self) -> dict[str, Any]:
        if self.step == 8:
            with Path("/dev/full").open("w", encoding="utf-8") as full:  # a device on which there is never room
                full.write("x" * 100_000)
        return {"args": {}, "attributes": {}}


def test_a_full_disk_leaves_the_last_checkpoint_from_which_it_goes_on(tiny_chat_model: Path, tmp_path: Path) -> None:
    plan = tiny_plan(tiny_chat_model, tmp_path / "models", dpo=None, sft=tiny_sft(evaluation_steps=None))

    with pytest.raises(DiskFullError, match="make room and run it again") as raised:
        trained(plan, [FullDisk()])

    assert raised.value.last is not None
    assert raised.value.last.name == "checkpoint-4"
    (work,) = (tmp_path / ".models.training").iterdir()
    assert [path.name for path in (work / "checkpoints").iterdir()] == ["checkpoint-4"]
    (sft,) = trained(plan).model.stages
    assert (sft.resumed_from_step, sft.steps) == (4, 12)


class NoMemory(TrainerCallback):
    """Ends a stage as CUDA does."""

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


def test_where_memory_runs_out_it_is_said_what_to_reduce(tiny_chat_model: Path, tmp_path: Path) -> None:
    plan = tiny_plan(tiny_chat_model, tmp_path / "models", dpo=None)

    with pytest.raises(MemoryExhaustedError) as raised:
        trained(plan, [NoMemory()])

    assert "batch_size 4, accumulation 1, max_length 128, gradient_checkpointing false, tuning lora" in str(
        raised.value
    )
    assert "Set `sft.batch_size` to 2 and `sft.accumulation` to 2, which trains the same" in raised.value.remedy
    assert "set `gradient_checkpointing: true`" in raised.value.remedy


def test_saving_memory_changes_nothing_but_the_time(training: Training, tiny_chat_model: Path, tmp_path: Path) -> None:
    if training.plan.tuning == "full":
        pytest.skip("one of both is enough")
    saving = {"folder": str(tmp_path / "models"), "sample_replies": 0}
    plan = tiny_plan(tiny_chat_model, tmp_path, dpo=None, gradient_checkpointing=True, saving=saving)

    (sft,) = trained(plan).model.stages

    assert sft.values("loss") == pytest.approx(training.model.stages[0].values("loss"), abs=1e-4)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"base_model": "nobody/nothing"}, BaseModelMissingError, "no local folder, and the Hub did not give it"),
        pytest.param({"tuning": "qlora"}, QloraNeedsCudaError, "needs a GPU with CUDA", marks=WITHOUT_GPU),
        pytest.param({"precision": "bfloat16"}, PrecisionUnavailableError, "NVIDIA Ampere", marks=WITHOUT_GPU),
        ({"unsloth": True}, UnslothUnavailableError, "it is not installed"),
        ({"unsloth": True, "tuning": "full"}, UnslothUnavailableError, "used for adapters only"),
    ],
)
def test_what_cannot_be_had_is_told_before_anything_is_loaded(
    tiny_chat_model: Path, tmp_path: Path, changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    plan = TrainingPlan(**{**dict(tiny_plan(tiny_chat_model, tmp_path / "models")), **changes})

    with pytest.raises(error, match=message):
        checked_stages(plan, sources(plan), TrlTrainer(plan), CONTRACT)


def test_a_model_without_a_template_cannot_be_trained(tmp_path: Path) -> None:
    plan = tiny_plan(saved_tiny_chat_model(tmp_path / "base", template=None), tmp_path / "models")

    with pytest.raises(UnusableBaseModelError, match="it has no chat template"):
        checked_stages(plan, sources(plan), TrlTrainer(plan), CONTRACT)


def test_a_folder_without_weights_cannot_be_trained(tmp_path: Path) -> None:
    base = saved_tiny_chat_model(tmp_path / "base")
    (base / "model.safetensors").unlink()
    plan = tiny_plan(base, tmp_path / "models")

    with pytest.raises(UnusableBaseModelError, match="no weights in safetensors"):
        checked_stages(plan, sources(plan), TrlTrainer(plan), CONTRACT)


def test_dpo_alone_learns_too(tiny_chat_model: Path, tmp_path: Path) -> None:
    plan = tiny_plan(
        tiny_chat_model, tmp_path / "models", sft=None, dpo=tiny_dpo(evaluation_steps=None, learning_rate=0.02)
    )

    found = trained(plan)

    assert found.model.stages[0].values("rewards/margins")[-1] > 0.2
    assert found.model.kind is WeightsKind.MERGED


def test_what_another_machine_trains_is_read_here_without_its_devices(tiny_chat_model: Path, tmp_path: Path) -> None:
    plan = tiny_plan(tiny_chat_model, tmp_path / "models", tuning="qlora", dpo=None)

    (stage,) = checked_stages(plan, sources(plan), TrlTrainer(plan, only_reads=True), CONTRACT)

    assert stage.dataset.train == 12


def test_a_base_model_may_lie_elsewhere_than_where_it_is_named(tiny_chat_model: Path, tmp_path: Path) -> None:
    plan = tiny_plan(Path("/home/ada/base"), tmp_path / "models", dpo=None)

    base = TrlTrainer(plan, base_at=tiny_chat_model).base

    assert (base.name, base.revision) == ("/home/ada/base", weights_hash(tiny_chat_model))
