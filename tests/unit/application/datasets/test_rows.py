import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.datasets.rows import (
    RowStyle,
    UnreadableRowError,
    require_contract,
    sample_of,
    sample_row,
    split_rows,
)
from llm_engineering.domain.prompt_contracts import ContractMismatchError, PromptContract
from llm_engineering.domain.samples import InstructSample, PreferenceSample, Split
from tests.support.shared_samples import instruct, instruct_dataset, preference, provenance

CONTRACT = PromptContract(system_prompt="You are Ada.", formats={"instruction": "{instruction}\n\nBe brief."})


def test_an_instruct_row_has_the_messages_of_its_contract() -> None:
    row = sample_row(instruct("a", "What is {silk}?", "A {0} thread."), CONTRACT)

    assert row["messages"] == [
        {"role": "system", "content": "You are Ada."},
        {"role": "user", "content": "What is {silk}?\n\nBe brief."},
        {"role": "assistant", "content": "A {0} thread."},
    ]
    assert (row["instruction"], row["output"]) == ("What is {silk}?", "A {0} thread.")


def test_without_a_contract_there_is_no_system_prompt() -> None:
    row = sample_row(instruct("a"))

    assert [message["role"] for message in row["messages"]] == ["user", "assistant"]
    assert row["messages"][0]["content"] == "What is silk?"


def test_a_preference_row_is_what_dpo_trainers_read() -> None:
    row = sample_row(preference("p"), CONTRACT)
    plain = sample_row(preference("p"), CONTRACT, RowStyle.PLAIN)

    assert [message["role"] for message in row["prompt"]] == ["system", "user"]
    assert row["chosen"] == [{"role": "assistant", "content": "Silk is spun."}]
    assert row["rejected"] == [{"role": "assistant", "content": "Silk is grown."}]
    assert (plain["prompt"], plain["chosen"]) == ("What is silk?\n\nBe brief.", "Silk is spun.")


def test_a_plain_instruct_row_has_no_messages() -> None:
    assert "messages" not in sample_row(instruct("a"), CONTRACT, RowStyle.PLAIN)


def test_every_row_says_where_it_comes_from_in_the_same_columns() -> None:
    known, unknown = sample_row(instruct("a")), sample_row(instruct("b", document=None))

    assert list(known) == list(unknown)
    assert (known["author"], known["category"], known["title"]) == ("Ada Lovelace", "articles", "On silk")
    assert (known["start"], known["end"], known["generator"]) == (10, 90, "openai writer-1")
    assert known["generator_prompt"] == "instruct_samples v1"
    assert unknown["provenance"] is unknown["author"] is None


@pytest.mark.parametrize("style", list(RowStyle))
@given(texts=st.tuples(st.text(), st.text(), st.text()), has_origin=st.booleans())
def test_rows_are_read_as_what_they_were_made_of(
    style: RowStyle, texts: tuple[str, str, str], has_origin: bool
) -> None:
    instruction, one, other = texts
    about = {"id": "x", "instruction": instruction, "split": Split.TEST}
    origin = provenance("silk") if has_origin else None
    samples = (
        InstructSample(**about, provenance=origin, answer=one),
        PreferenceSample(**about, provenance=origin, chosen=one, rejected=other),
    )

    assert tuple(sample_of(sample_row(each, CONTRACT, style), Split.TEST) for each in samples) == samples


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"id": "a"}, "KeyError 'instruction'"),
        ({"id": "a", "instruction": "b"}, "KeyError 'chosen'"),
        ({"id": "a", "instruction": "b", "chosen": [], "rejected": []}, "IndexError"),
        ({"id": "a", "instruction": "b", "chosen": 3, "rejected": "c"}, "TypeError"),
        ({"id": 3, "instruction": "b", "output": "c"}, "id: Input should be a valid string"),
        ({"id": "a", "instruction": "b", "output": "c", "provenance": "{}"}, "source: Field required"),
    ],
)
def test_what_is_no_row_is_named(row: dict[str, object], told: str) -> None:
    with pytest.raises(UnreadableRowError, match="Row 7 holds no sample") as error:
        sample_of(row, Split.TRAIN, "Row 7")
    assert told in str(error.value)


def test_a_data_set_belongs_to_one_contract() -> None:
    with pytest.raises(ContractMismatchError):
        split_rows(instruct_dataset(), CONTRACT)
    require_contract(instruct_dataset(), None)
    require_contract(instruct_dataset(contract_hash=None), CONTRACT)
    rows = split_rows(instruct_dataset(contract_hash=CONTRACT.contract_hash, test=()), CONTRACT)
    assert {split: len(some) for split, some in rows.items()} == {Split.TRAIN: 3}
