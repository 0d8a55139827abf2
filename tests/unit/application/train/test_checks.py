from typing import Any

import pytest

from llm_engineering.application.train.checks import (
    CheckedStage,
    EmptySplitError,
    LongerThanModelError,
    OtherContractError,
    StageSource,
    TooManyDroppedError,
    WrongSamplesError,
    checked_stage,
    training_data,
)
from llm_engineering.application.train.configuration import DataChecks
from llm_engineering.application.train.trainer import InstructTokens, PreferenceTokens
from llm_engineering.domain.prompt_contracts import PromptContract
from llm_engineering.domain.samples import InstructSample, PreferenceSample, Sample, Split
from llm_engineering.domain.training import TrainingMethod
from tests.support.gated import document, instruct, preference
from tests.support.training import WordTrainer, tiny_dpo, tiny_sft

CURRENT = PromptContract()
SFT, DPO = TrainingMethod.SFT, TrainingMethod.DPO


def sample(
    name: str, answer: str = "It rises.", instruction: str = "What then?", side: str = "train"
) -> InstructSample:
    return InstructSample(id=name, instruction=instruction, answer=answer, split=Split(side))


def checked(*samples: Sample, method: TrainingMethod = SFT, **changes: Any) -> CheckedStage:
    fields: dict[str, Any] = {
        "tokenizer": WordTrainer(),
        "contract": CURRENT,
        "context_tokens": 128,
        "model": "tides/words",
        "checks": DataChecks(max_dropped_share=0.5),
        "settings": tiny_sft(evaluation_steps=None) if method is SFT else tiny_dpo(evaluation_steps=None),
        **changes,
    }
    return checked_stage(method, StageSource(name="tides", samples=samples), **fields)


def test_a_sample_becomes_what_the_model_reads_and_writes() -> None:
    found = checked(sample("one", answer="It rises then."))

    assert found.train == (InstructTokens(prompt=(1, 2), answer=(3, 4, 5, 0)),)
    assert (found.dataset.name, found.dataset.train, found.dataset.test) == ("tides", 1, 0)


def test_a_pair_becomes_one_prompt_and_two_answers() -> None:
    pair = PreferenceSample(id="one", instruction="What then?", chosen="It rises.", rejected="It falls.")

    found = checked(pair, method=DPO)

    assert found.train == (PreferenceTokens(prompt=(1, 2), chosen=(3, 4, 0), rejected=(3, 5, 0)),)


def test_the_system_prompt_of_the_contract_is_read_first() -> None:
    contract = PromptContract(system_prompt="Be brief.", formats={"instruction": "Asked: {instruction}"})

    found = checked(sample("one"), contract=contract)

    # "Be", "brief.", "Asked:", "What", "then?"
    assert found.train[0].prompt == (1, 2, 3, 4, 5)


def test_each_side_goes_its_way_and_what_has_none_is_trained_on() -> None:
    free = InstructSample(id="free", instruction="What now?", answer="It waits.")

    found = checked(sample("a"), sample("b", instruction="Who?", side="test"), free, settings=tiny_sft())

    assert (found.dataset.train, found.dataset.test) == (2, 1)
    assert [each.id for each in found.test_samples] == ["b"]


@pytest.mark.parametrize(
    ("bad", "reason", "detail"),
    [
        (sample("bad", answer=" \n"), "empty", "its instruction or an answer has no text"),
        (sample("bad", instruction=""), "empty", "its instruction or an answer has no text"),
        (sample("bad", answer="so " * 126), "too_long", "it has 129 tokens, allowed are 128"),
    ],
)
def test_what_cannot_be_used_is_left_out_with_its_reason(bad: Sample, reason: str, detail: str) -> None:
    found = checked(sample("good"), bad)

    assert [(drop.item, drop.reason, drop.detail) for drop in found.dropped] == [("bad", reason, detail)]
    assert found.figures["dropped"] == {reason: 1}


def test_a_sample_of_just_the_length_is_used() -> None:
    # Two words, 125 words and the end.
    assert checked(sample("long", answer="so " * 125)).dropped == ()


def test_a_pair_of_two_equal_answers_is_left_out() -> None:
    same = preference("It rises.", "It rises.", name="same")

    found = checked(preference(name="good"), same, method=DPO, contract=CURRENT)

    assert [(drop.item, drop.reason) for drop in found.dropped] == [("same", "same_answers")]


def test_a_run_that_would_lose_too_much_fails_with_the_reasons() -> None:
    samples = [sample("good"), sample("bad", answer=""), sample("worse", answer="so " * 200)]

    with pytest.raises(TooManyDroppedError, match="2 of 3 samples of tides") as raised:
        checked(*samples)

    assert raised.value.counts == {"empty": 1, "too_long": 1}


def test_without_samples_to_train_on_the_run_fails() -> None:
    with pytest.raises(EmptySplitError, match="tides has no train samples for `sft`"):
        checked(sample("one", side="test"))


def test_without_samples_to_test_on_the_run_fails_only_if_it_tests() -> None:
    assert checked(sample("one")).dataset.test == 0
    with pytest.raises(EmptySplitError, match="tides has no test samples for `sft`"):
        checked(sample("one"), settings=tiny_sft(evaluation_steps=5))


@pytest.mark.parametrize(
    ("given", "method", "message"),
    [
        (preference(), SFT, "`sft` learns from instruct samples, but tides has preference samples"),
        (instruct(), DPO, "`dpo` learns from preference samples, but tides has instruct samples"),
    ],
)
def test_samples_of_the_other_kind_are_refused(given: Sample, method: TrainingMethod, message: str) -> None:
    with pytest.raises(WrongSamplesError, match=message):
        checked(given, method=method)


def test_samples_of_another_contract_are_refused() -> None:
    made = instruct(of=document())  # under the contract named "contract"

    with pytest.raises(OtherContractError) as raised:
        checked(made)

    assert (raised.value.made_under, raised.value.current) == ("contract", CURRENT.contract_hash)


def test_longer_samples_than_the_model_reads_are_refused_at_once() -> None:
    with pytest.raises(LongerThanModelError, match=r"`sft\.max_length` is 128, and tides/words reads 64 tokens"):
        checked(sample("one"), context_tokens=64)


def test_the_order_of_a_file_changes_neither_hash_nor_order() -> None:
    first, second = sample("a"), sample("b", instruction="Who?")

    one, other = checked(first, second), checked(second, first)

    assert one.dataset.content_hash == other.dataset.content_hash
    assert len(one.train) == len(other.train) == 2
    # In one order, whatever numbers the words have.
    assert [len(each.prompt) for each in one.train] == [len(each.prompt) for each in other.train]


def test_another_answer_is_another_data_set() -> None:
    assert checked(sample("a")).dataset.content_hash != checked(sample("a", answer="No.")).dataset.content_hash


def test_figures_and_tables_tell_what_was_found() -> None:
    found = checked(sample("good", answer="It rises then."), sample("bad", answer=""))

    data = training_data({SFT: "artifact:1"}, [found])

    assert data.figures["sft"]["tokens"] == 6
    assert data.figures["sft"]["longest_tokens"] == 6
    assert data.figures["sft"]["dropped"] == {"empty": 1}
    assert list(data.tables) == ["Left out of sft"]
