import pytest
from pydantic import ValidationError

from llm_engineering.application.train.configuration import DpoStage, SftStage, TrainingPlan, Tuning
from llm_engineering.domain.training import TrainingMethod, WeightsKind


def plan(**changes: object) -> TrainingPlan:
    fields: dict[str, object] = {"base_model": "tides/words", "sft": {}}
    return TrainingPlan.model_validate({**fields, **changes})


def test_sft_runs_before_dpo() -> None:
    assert list(plan(dpo={}, sft={}).stages) == [TrainingMethod.SFT, TrainingMethod.DPO]


def test_a_stage_without_a_word_has_its_own_defaults() -> None:
    both = plan(dpo={})

    assert both.sft == SftStage(learning_rate=2e-4)
    assert both.dpo == DpoStage(learning_rate=5e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sft": None}, "Neither `sft` nor `dpo` is set"),
        ({"saving": {"adapter": False, "merged": False}}, "are both false"),
        ({"sft": {"early_stopping": 2, "evaluation_steps": None}}, "`early_stopping` is set, and `evaluation_steps`"),
        (
            {"sft": {"early_stopping": 2, "evaluation_steps": 20, "save_steps": 50}},
            "`save_steps` is 50, which is no multiple of `evaluation_steps` \\(20\\)",
        ),
        ({"sft": {"batchsize": 4}}, "batchsize"),
        ({"tuning": "lara"}, "'lora', 'qlora' or 'full'"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        plan(**changes)


def test_the_whole_model_is_the_result_where_it_is_saved() -> None:
    assert plan().kinds == (WeightsKind.ADAPTER, WeightsKind.MERGED)
    assert plan(saving={"merged": False}).kinds == (WeightsKind.ADAPTER,)
    assert plan(saving={"adapter": False}).kinds == (WeightsKind.MERGED,)
    assert plan(tuning=Tuning.FULL).kinds == (WeightsKind.FULL,)
