"""The steps that write and push data sets."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest
from huggingface_hub import constants
from zenml import pipeline, step

from llm_engineering.application.datasets.card import CardDetails
from llm_engineering.application.prompts.contract import prompt_contract
from llm_engineering.application.prompts.registry import code_prompts
from llm_engineering.domain.outcomes import Result
from llm_engineering.domain.prompt_contracts import ContractMismatchError
from llm_engineering.infrastructure.datasets.hub import Publication, PushedDataset
from llm_engineering.infrastructure.datasets.parquet_folder import DatasetFolder, read_dataset
from llm_engineering.infrastructure.hub import HubTokenMissingError
from steps.datasets.push_to_huggingface import push_dataset_to_huggingface
from steps.datasets.save_dataset import save_dataset_folder
from steps.materializers import ResultMaterializer
from tests.support.hub_stub import HubStub, hub_stub
from tests.support.shared_samples import instruct_dataset

pytestmark = pytest.mark.integration

CURRENT = prompt_contract(code_prompts())
DATASET = instruct_dataset(contract_hash=CURRENT.contract_hash)
PUBLICATION = Publication(repository="me/twin", title="Twin")


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "data"))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubStub]:
    # The library reads both variables once, when it is imported.
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with hub_stub() as stub:
        monkeypatch.setattr(constants, "ENDPOINT", stub.url)
        yield stub


def test_a_folder_is_written_with_the_contract_of_the_samples(tmp_path: Path) -> None:
    details = CardDetails(title="Ada, twice", licence="cc-by-4.0")

    written = save_dataset_folder.entrypoint(DATASET, str(tmp_path / "sets" / "instruct"), details)

    assert (written.figures["train"], written.figures["test"]) == (3, 1)
    found = read_dataset(tmp_path / "sets" / "instruct")
    assert (found.contract, found.details) == (CURRENT, details)
    assert written.bytes == sum(path.stat().st_size for path in (tmp_path / "sets" / "instruct").iterdir())


def test_samples_of_other_prompts_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(ContractMismatchError):
        save_dataset_folder.entrypoint(instruct_dataset(contract_hash="0" * 64), str(tmp_path / "set"))
    assert not (tmp_path / "set").exists()


def test_what_is_pushed_has_card_and_contract(hub: HubStub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUGGINGFACE_ACCESS_TOKEN", hub.token)

    pushed = push_dataset_to_huggingface.entrypoint(DATASET, PUBLICATION)

    files = hub.repositories["me/twin"].files
    assert (pushed.url, pushed.private) == (f"{hub.url}/datasets/me/twin", True)
    assert set(files) >= {"README.md", "contract.json", "gates.json", "test.parquet", "train.parquet"}
    assert CURRENT.contract_hash in files["contract.json"].decode()
    assert b"pretty_name: Twin" in files["README.md"]


def test_without_a_token_nothing_is_asked(hub: HubStub) -> None:
    with pytest.raises(HubTokenMissingError):
        push_dataset_to_huggingface.entrypoint(DATASET, PUBLICATION)
    assert hub.asked == []


FOLDER = DatasetFolder(folder="sets/one", kind="instruct", train=3, test=1, bytes=9, contract_hash=None)
PUSHED = PushedDataset(repository="me/twin", url="https://hub/datasets/me/twin", commit="0" * 40, private=True)


@step(enable_cache=False, output_materializers=ResultMaterializer)
def both() -> tuple[Annotated[DatasetFolder, "dataset_folder"], Annotated[PushedDataset, "pushed_dataset"]]:
    return (FOLDER, PUSHED)


@pipeline
def both_pipeline() -> None:
    both()


def test_both_results_are_kept_as_artifacts() -> None:
    run = both_pipeline()
    assert run is not None
    outputs = run.steps["both"].outputs

    kept: dict[str, Result] = {name: version.load() for name, (version,) in outputs.items()}
    assert kept == {"dataset_folder": FOLDER, "pushed_dataset": PUSHED}
    assert "contract_hash" not in outputs["dataset_folder"][0].run_metadata  # ZenML knows no null
    assert outputs["pushed_dataset"][0].run_metadata["private"] is True
