"""Samples as others write them."""

from typing import Any

import pytest

from llm_engineering.application.datasets.given_samples import DatasetFileError, given_samples
from llm_engineering.domain.samples import InstructSample, PreferenceSample, Sample, Split
from tests.support.gated import document, made_of


def read(*records: dict[str, Any], split: str | None = None) -> list[Sample]:
    return given_samples([(split, record) for record in records], "a test")


@pytest.mark.parametrize(
    "record",
    [
        {"instruction": "Why?", "answer": "So."},
        {"instruction": "Why?", "output": "So.", "input": ""},
        {"prompt": "Why?", "completion": "So."},
        {"question": "Why?", "response": "So."},
        {"messages": [{"role": "system", "content": "x"}, {"role": "user", "content": "Why?"},
                      {"role": "assistant", "content": "So."}]},
        {"conversations": [{"from": "human", "value": "Why?"}, {"from": "gpt", "value": "So."}]},
    ],
)  # fmt: skip
def test_instruct_samples_are_read_under_all_names_in_use(record: dict[str, Any]) -> None:
    (sample,) = read(record)
    assert isinstance(sample, InstructSample)
    assert (sample.instruction, sample.answer) == ("Why?", "So.")


@pytest.mark.parametrize(
    "record",
    [
        {"instruction": "Why?", "chosen": "So.", "rejected": "No."},
        {"prompt": [{"role": "user", "content": "Why?"}], "chosen": [{"role": "assistant", "content": "So."}],
         "rejected": [{"role": "assistant", "content": "No."}]},
        {"chosen": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}],
         "rejected": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "No."}]},
    ],
)  # fmt: skip
def test_preference_samples_too(record: dict[str, Any]) -> None:
    (sample,) = read(record)
    assert isinstance(sample, PreferenceSample)
    assert (sample.instruction, sample.chosen, sample.rejected) == ("Why?", "So.", "No.")


def test_the_input_of_alpaca_belongs_to_the_instruction() -> None:
    (sample,) = read({"instruction": "Add.", "input": "1, 2", "output": "3"})
    assert sample.instruction == "Add.\n1, 2"


@pytest.mark.parametrize(
    ("name", "side"),
    [("train", Split.TRAIN), ("validation", Split.TEST), ("test", Split.TEST), ("other", None), (None, None)],
)
def test_sides_are_known_by_their_names(name: str | None, side: Split | None) -> None:
    (sample,) = read({"instruction": "Why?", "answer": "So."}, split=name)
    assert sample.split is side


def test_ids_are_kept_made_or_told_apart() -> None:
    record = {"instruction": "Why?", "answer": "So."}
    numbered = [("train", {**record, "id": 0}), ("test", {**record, "id": 0}), ("test", {**record, "id": 7})]
    assert [sample.id for sample in given_samples(numbered, "x")] == ["train-0", "test-0", "7"]
    first, second = given_samples([(None, record)] * 2, "x")
    assert first.id != second.id
    assert given_samples([(None, record)], "x")[0].id == first.id


def test_provenance_of_this_project_is_read() -> None:
    provenance = made_of(document())
    (sample,) = read({"instruction": "Why?", "answer": "So.", "provenance": provenance.model_dump_json()})
    assert sample.provenance == provenance


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        ({"instruction": "Why?"}, "record 0: 'answer' is missing or no text, got None"),
        ({"answer": "So."}, "record 0: 'instruction' is missing"),
        ({"instruction": "Why?", "answer": 3}, "record 0: 'answer' is missing or no text, got 3"),
        ({"instruction": "Why?", "chosen": "So."}, "record 0: 'rejected' is missing"),
        ({"instruction": "Why?", "answer": "So.", "provenance": "{"}, "record 0: Expecting property name"),
    ],
)
def test_faults_are_told(record: dict[str, Any], fault: str) -> None:
    with pytest.raises(DatasetFileError) as caught:
        read(record)
    assert caught.value.faults[0].startswith(fault)


def test_an_empty_set_is_a_fault_and_many_faults_are_counted() -> None:
    with pytest.raises(DatasetFileError, match="it has no records"):
        read()
    with pytest.raises(DatasetFileError, match="and 2 more"):
        read(*[{"answer": "So."}] * 12)
