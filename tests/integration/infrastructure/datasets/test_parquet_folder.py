"""Data sets as folders, read by the library that trainers use."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from llm_engineering.application.datasets.card import CardDetails
from llm_engineering.application.datasets.rows import RowStyle, UnreadableRowError
from llm_engineering.application.prompts.contract import folder_contract
from llm_engineering.domain.prompt_contracts import ContractMismatchError, PromptContract
from llm_engineering.domain.samples import GatedDataset, RejectionReason
from llm_engineering.infrastructure.datasets.parquet_folder import (
    DatasetsLibraryMissingError,
    ForeignFolderError,
    NoSamplesToShareError,
    SavedDataset,
    UnreadableFolderError,
    read_dataset,
    save_dataset,
)
from tests.support.shared_samples import instruct, instruct_dataset, preference_dataset

pytestmark = pytest.mark.integration

CONTRACT = PromptContract(system_prompt="You are Ada.", formats={"instruction": "Q: {instruction}"})


def under_contract(dataset: GatedDataset, style: RowStyle = RowStyle.MESSAGES) -> SavedDataset:
    made_under = dataset.model_copy(update={"contract_hash": CONTRACT.contract_hash})
    return SavedDataset(dataset=made_under, contract=CONTRACT, details=CardDetails(licence="cc-by-4.0"), style=style)


def loaded(folder: Path, tmp_path: Path) -> Any:
    """Return a folder as `datasets.load_dataset` gives it, with a cache of the test's own."""
    from datasets import load_dataset

    return load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))


def test_instruct_samples_are_loaded_as_messages(tmp_path: Path) -> None:
    written = save_dataset(under_contract(instruct_dataset()), tmp_path / "set")

    sides = loaded(tmp_path / "set", tmp_path)
    first = sides["train"][0]
    assert (written.train, written.test) == (3, 1)
    assert {name: len(side) for name, side in sides.items()} == {"train": 3, "test": 1}
    assert first["messages"] == [
        {"role": "system", "content": "You are Ada."},
        {"role": "user", "content": "Q: What is silk?"},
        {"role": "assistant", "content": "A fibre that a moth spins."},
    ]
    assert (first["instruction"], first["output"]) == ("What is silk?", "A fibre that a moth spins.")
    assert (first["author"], first["source"], first["start"]) == ("Ada Lovelace", "https://ada.dev/silk", 10)
    assert json.loads(first["provenance"])["parameters"] == {"temperature": 0.5}
    assert folder_contract(tmp_path / "set") == CONTRACT


def test_preferences_are_loaded_in_both_styles(tmp_path: Path) -> None:
    save_dataset(under_contract(preference_dataset()), tmp_path / "messages")
    save_dataset(under_contract(preference_dataset(), RowStyle.PLAIN), tmp_path / "plain")

    row = loaded(tmp_path / "messages", tmp_path)["test"][0]
    plain = loaded(tmp_path / "plain", tmp_path)["test"][0]
    assert row["prompt"][-1] == {"role": "user", "content": "Q: What is silk?"}
    assert row["chosen"] == [{"role": "assistant", "content": "Wool is warm."}]
    assert row["rejected"] == [{"role": "assistant", "content": "Wool!"}]
    assert (plain["prompt"], plain["chosen"], plain["rejected"]) == ("Q: What is silk?", "Wool is warm.", "Wool!")


@pytest.mark.parametrize("style", list(RowStyle))
@pytest.mark.parametrize("dataset", [instruct_dataset(), preference_dataset()], ids=["instruct", "preference"])
def test_what_is_written_is_read_again_without_the_rejected(
    tmp_path: Path, dataset: GatedDataset, style: RowStyle
) -> None:
    saved = under_contract(dataset, style)
    save_dataset(saved, tmp_path / "set")

    found = read_dataset(tmp_path / "set")

    assert found.dataset == saved.dataset.model_copy(update={"rejected": ()})
    assert found.rejections == saved.dataset.rejections()
    assert (found.contract, found.details, found.style) == (CONTRACT, saved.details, style)
    for path in (tmp_path / "set").iterdir():
        assert b"hunter2" not in path.read_bytes()


def test_writing_twice_is_writing_once_and_a_side_that_is_gone_goes(tmp_path: Path) -> None:
    save_dataset(under_contract(instruct_dataset()), tmp_path / "set")
    first = {path.name: path.read_bytes() for path in (tmp_path / "set").iterdir()}
    save_dataset(under_contract(instruct_dataset()), tmp_path / "set")
    second = {path.name: path.read_bytes() for path in (tmp_path / "set").iterdir()}
    save_dataset(under_contract(instruct_dataset(test=())), tmp_path / "set")

    assert first == second
    assert set(first) == {"train.parquet", "test.parquet", "README.md", "contract.json", "gates.json"}
    assert list(loaded(tmp_path / "set", tmp_path)) == ["train"]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_samples_that_say_nothing_of_themselves_can_be_written(tmp_path: Path) -> None:
    nameless = GatedDataset(kind="instruct", train=(instruct("a", document=None),), test=())

    save_dataset(SavedDataset(dataset=nameless), tmp_path / "set")

    assert read_dataset(tmp_path / "set").dataset == nameless
    assert loaded(tmp_path / "set", tmp_path)["train"][0]["author"] is None
    assert not (tmp_path / "set" / "contract.json").exists()


def test_what_is_killed_while_it_writes_can_be_repeated(tmp_path: Path) -> None:
    save_dataset(under_contract(instruct_dataset()), tmp_path / "set")
    (tmp_path / ".set.new").mkdir()
    (tmp_path / ".set.new" / "train.parquet").write_bytes(b"half")
    (tmp_path / "set").rename(tmp_path / ".set.old")  # killed between the two renames

    save_dataset(under_contract(instruct_dataset()), tmp_path / "set")

    assert len(read_dataset(tmp_path / "set").dataset.train) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("Dear Charles,", encoding="utf-8")

    with pytest.raises(ForeignFolderError, match=r"letters\.txt, which is no part"):
        save_dataset(under_contract(instruct_dataset()), tmp_path)
    assert (tmp_path / "letters.txt").exists()


def test_another_contract_and_an_empty_set_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractMismatchError, match="The data set was trained under"):
        save_dataset(SavedDataset(dataset=instruct_dataset(), contract=CONTRACT), tmp_path / "set")
    with pytest.raises(NoSamplesToShareError, match="4 were rejected"):
        save_dataset(SavedDataset(dataset=instruct_dataset(train=(), test=())), tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_without_the_extra_the_command_that_installs_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_dataset(under_contract(instruct_dataset()), tmp_path / "set")
    monkeypatch.setitem(sys.modules, "datasets", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(DatasetsLibraryMissingError, match=r"pip install 'llm-twin\[datasets\]'"):
        save_dataset(under_contract(instruct_dataset()), tmp_path / "set")
    with pytest.raises(DatasetsLibraryMissingError, match="pyarrow"):
        read_dataset(tmp_path / "set")


def test_what_is_no_data_set_is_told(tmp_path: Path) -> None:
    from datasets import Dataset

    with pytest.raises(UnreadableFolderError, match=r"neither train\.parquet nor test\.parquet"):
        read_dataset(tmp_path)
    save_dataset(SavedDataset(dataset=instruct_dataset(), rejections={RejectionReason.SECRET: 2}), tmp_path / "set")
    (tmp_path / "set" / "test.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(UnreadableFolderError, match=r"test\.parquet is no Parquet file"):
        read_dataset(tmp_path / "set")
    Dataset.from_list([{"id": "a", "instruction": "b", "output": 3}]).to_parquet(tmp_path / "set" / "test.parquet")
    with pytest.raises(UnreadableRowError, match=r"Row 1 of .*test\.parquet holds no sample: answer: Input should be"):
        read_dataset(tmp_path / "set")
    (tmp_path / "set" / "gates.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UnreadableFolderError, match=r"gates\.json cannot be read"):
        read_dataset(tmp_path / "set")
