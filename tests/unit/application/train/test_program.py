import json
from pathlib import Path
from typing import Any

import pytest

from llm_engineering.application.prompts.contract import folder_contract
from llm_engineering.application.train.configuration import TrainingPlan
from llm_engineering.application.train.program import checked_stages, trained_model
from llm_engineering.application.train.trainer import TrainingProgress
from llm_engineering.domain.training import TrainedModel, TrainingMethod, WeightsKind
from llm_engineering.infrastructure.models.folders import read_trained_model
from tests.support.training import (
    CONTRACT,
    KilledError,
    TrackerInMemory,
    WordTrainer,
    sources,
    tiny_dpo,
    tiny_plan,
    tiny_sft,
)

SFT, DPO = TrainingMethod.SFT, TrainingMethod.DPO
ALL_STEPS = [(SFT, 1), (SFT, 2), (DPO, 1), (DPO, 2)]


@pytest.fixture
def plan(tmp_path: Path) -> TrainingPlan:
    return tiny_plan(Path("words"), tmp_path / "models", sft=tiny_sft(max_steps=2), dpo=tiny_dpo(max_steps=2))


def trained(plan: TrainingPlan, trainer: WordTrainer, stages: int = 2, **given: Any) -> TrainedModel:
    checked = checked_stages(plan, sources(plan), trainer, CONTRACT)[:stages]
    return trained_model(plan, checked, trainer=trainer, contract=CONTRACT, folder=Path(plan.saving.folder), **given)


def weights(place: Path) -> list[str]:
    return (place / "weights.txt").read_text(encoding="utf-8").splitlines()


def test_dpo_goes_on_from_what_sft_made(plan: TrainingPlan) -> None:
    model = trained(plan, WordTrainer())

    assert weights(Path(model.folder)) == ["merged", "sft 1", "sft 2", "dpo 1", "dpo 2"]
    assert [stage.method for stage in model.stages] == [SFT, DPO]
    assert (model.name, model.kind) == ("dpo", WeightsKind.MERGED)
    assert (model.base_model, model.base_revision, model.base_licence) == ("tides/words", "r1", "mit")


def test_each_stage_is_saved_as_adapter_and_merged(plan: TrainingPlan, tmp_path: Path) -> None:
    trained(plan, WordTrainer())

    found = {str(path.parent.relative_to(tmp_path)) for path in tmp_path.rglob("weights.txt")}
    assert found == {f"models/{method}/{kind}" for method in ("sft", "dpo") for kind in ("adapter", "merged")}
    assert weights(tmp_path / "models/sft/adapter") == ["adapter", "sft 1", "sft 2"]


def test_beside_the_weights_lie_contract_and_training(plan: TrainingPlan, tmp_path: Path) -> None:
    model = trained(plan, WordTrainer(), code_version="abc")

    contract = folder_contract(tmp_path / "models/dpo/merged")
    assert contract == CONTRACT.model_copy(update={"chat_template": "words"})
    assert model.contract_hash == contract.contract_hash
    saved = read_trained_model(tmp_path / "models/dpo/merged")
    assert saved == model.model_copy(update={"replies": ()})
    assert saved.code_version == "abc"
    assert saved.parameters["seed"] == 42
    assert len(read_trained_model(tmp_path / "models/sft/merged").stages) == 1


def test_texts_of_the_author_are_not_written_beside_the_weights(plan: TrainingPlan, tmp_path: Path) -> None:
    model = trained(plan, WordTrainer())

    written = json.loads((tmp_path / "models/dpo/merged/training.json").read_text(encoding="utf-8"))
    assert "replies" not in written
    assert [reply.method for reply in model.replies] == [SFT, DPO]
    assert model.replies[1].expected == "It rises and it falls by the moon."
    assert model.replies[1].said.startswith("dpo What is the")


@pytest.mark.parametrize("place", ALL_STEPS[:3])
def test_a_killed_run_goes_on_and_repeats_nothing(plan: TrainingPlan, place: tuple[TrainingMethod, int]) -> None:
    trainer = WordTrainer(fails_at=place)
    with pytest.raises(KilledError):
        trained(plan, trainer)

    model = trained(plan, trainer)

    assert trainer.trained == ALL_STEPS
    assert weights(Path(model.folder)) == ["merged", "sft 1", "sft 2", "dpo 1", "dpo 2"]


def test_a_finished_run_leaves_models_only(plan: TrainingPlan, tmp_path: Path) -> None:
    trained(plan, WordTrainer())

    assert [path.name for path in tmp_path.iterdir()] == ["models"]


def test_other_settings_of_dpo_do_not_repeat_sft(plan: TrainingPlan) -> None:
    trainer = WordTrainer(fails_at=(DPO, 1))
    with pytest.raises(KilledError):
        trained(plan, trainer)
    trainer.trained.clear()

    trained(plan.model_copy(update={"dpo": tiny_dpo(max_steps=2, beta=0.5)}), trainer)

    assert trainer.trained == [(DPO, 1), (DPO, 2)]


def test_another_seed_starts_from_the_beginning(plan: TrainingPlan) -> None:
    trainer = WordTrainer(fails_at=(DPO, 1))
    with pytest.raises(KilledError):
        trained(plan, trainer)
    trainer.trained.clear()

    trained(plan.model_copy(update={"seed": 7}), trainer)

    assert trainer.trained == ALL_STEPS


def test_one_stage_can_be_trained_now_and_the_other_later(plan: TrainingPlan) -> None:
    trainer = WordTrainer()

    first = trained(plan, trainer, stages=1)
    assert first.name == "sft"
    second = trained(plan, trainer)

    assert second.name == "dpo"
    assert trainer.trained == ALL_STEPS


def test_a_tracker_is_told_everything_and_closed(plan: TrainingPlan) -> None:
    tracker = TrackerInMemory()

    trained(plan, WordTrainer(), tracker=tracker)

    assert tracker.parameters["base_model"] == "words"
    assert [(stage, figures.step) for stage, figures in tracker.steps] == [
        ("sft", 1),
        ("sft", 2),
        ("dpo", 1),
        ("dpo", 2),
    ]
    assert tracker.figures["kind"] == "merged"
    assert list(tracker.samples) == ["sft", "dpo"]
    assert tracker.finished == 1


def test_a_tracker_is_closed_when_a_training_fails(plan: TrainingPlan) -> None:
    tracker = TrackerInMemory()

    with pytest.raises(KilledError):
        trained(plan, WordTrainer(fails_at=(SFT, 1)), tracker=tracker)

    assert tracker.finished == 1


def test_only_the_main_process_writes_and_tracks(plan: TrainingPlan, tmp_path: Path) -> None:
    tracker = TrackerInMemory()

    model = trained(plan, WordTrainer(is_main=False), tracker=tracker)

    assert not (tmp_path / "models").exists()
    assert (model.name, model.replies, tracker.steps) == ("dpo", (), [])


def test_progress_is_told(plan: TrainingPlan) -> None:
    told: list[TrainingProgress] = []

    trained(plan, WordTrainer(), on_progress=told.append)

    assert [(each.method, each.step, each.steps) for each in told] == [
        (SFT, 1, 2),
        (SFT, 2, 2),
        (DPO, 1, 2),
        (DPO, 2, 2),
    ]


def test_a_plan_of_dpo_alone_starts_from_the_base_model(plan: TrainingPlan) -> None:
    model = trained(plan.model_copy(update={"sft": None}), WordTrainer())

    assert weights(Path(model.folder)) == ["merged", "dpo 1", "dpo 2"]
