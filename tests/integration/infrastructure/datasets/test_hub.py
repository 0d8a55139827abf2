"""Data sets go to a Hub on loopback through the real client, and come back through `datasets`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants
from pydantic import SecretStr, ValidationError

from llm_engineering.infrastructure.datasets.hub import Publication, PushedDataset, push_to_huggingface
from llm_engineering.infrastructure.datasets.parquet_folder import SavedDataset, save_dataset
from llm_engineering.infrastructure.hub import (
    HubRefusedError,
    HubTokenMissingError,
    HubUnreachableError,
    LicenceMissingError,
    PublicRepositoryError,
)
from tests.support.hub_stub import HubRepository, HubStub, hub_stub
from tests.support.shared_samples import instruct_dataset

pytestmark = pytest.mark.integration

PUBLICATION = Publication(repository="me/twin-instruct", licence="cc-by-4.0")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubStub]:
    # The suite is offline: the library reads the variable once, when it is imported.
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with hub_stub() as stub:
        yield stub


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    saved = SavedDataset(dataset=instruct_dataset(), details=PUBLICATION.details)
    return Path(save_dataset(saved, tmp_path / "set").folder)


def pushed(
    hub: HubStub, folder: Path, publication: Publication = PUBLICATION, token: str = "hf_right"
) -> PushedDataset:
    return push_to_huggingface(folder, publication, SecretStr(token), endpoint=hub.url)


def test_a_data_set_is_pushed_privately_and_can_be_loaded(hub: HubStub, folder: Path, tmp_path: Path) -> None:
    from datasets import load_dataset

    found = pushed(hub, folder)

    assert found.figures == {
        "repository": "me/twin-instruct",
        "url": f"{hub.url}/datasets/me/twin-instruct",
        "commit": f"{1:040}",
        "private": True,
    }
    assert hub.repositories["me/twin-instruct"].private
    there = hub.written("me/twin-instruct", tmp_path / "there")
    assert {path.name for path in there.iterdir()} >= {"train.parquet", "test.parquet", "README.md", "gates.json"}
    card = (there / "README.md").read_text(encoding="utf-8")
    assert "license: cc-by-4.0" in card
    assert 'load_dataset("me/twin-instruct")' in card
    sides = load_dataset(str(there), cache_dir=str(tmp_path / "cache"))
    assert {name: len(side) for name, side in sides.items()} == {"train": 3, "test": 1}


def test_pushing_twice_changes_nothing(hub: HubStub, folder: Path) -> None:
    first, second = pushed(hub, folder), pushed(hub, folder)

    assert first == second
    assert hub.repositories["me/twin-instruct"].commits == ["Write Training data of a twin"]


def test_a_file_that_is_gone_here_goes_there(hub: HubStub, folder: Path) -> None:
    pushed(hub, folder)
    save_dataset(SavedDataset(dataset=instruct_dataset(test=()), details=PUBLICATION.details), folder)

    pushed(hub, folder)

    assert "test.parquet" not in hub.repositories["me/twin-instruct"].files
    assert len(hub.repositories["me/twin-instruct"].commits) == 2


def test_a_public_repository_is_not_given_what_is_private(hub: HubStub, folder: Path) -> None:
    hub.repositories["me/twin-instruct"] = HubRepository(private=False)

    with pytest.raises(PublicRepositoryError, match="is public, but is to be private"):
        pushed(hub, folder)
    assert hub.repositories["me/twin-instruct"].files == {}
    shown = pushed(hub, folder, PUBLICATION.model_copy(update={"private": False}))
    assert not shown.private


def test_what_is_missing_is_told_before_anything_is_asked(hub: HubStub, folder: Path) -> None:
    with pytest.raises(HubTokenMissingError, match="HUGGINGFACE_ACCESS_TOKEN"):
        push_to_huggingface(folder, PUBLICATION, None, endpoint=hub.url)
    with pytest.raises(LicenceMissingError, match="no licence is named"):
        pushed(hub, folder, Publication(repository="me/twin", private=False))
    with pytest.raises(ValidationError):
        Publication(repository="no-owner")
    assert hub.asked == []


def test_a_name_that_the_hub_does_not_take_is_told(hub: HubStub, folder: Path) -> None:
    with pytest.raises(HubRefusedError, match="me/a--b"):
        pushed(hub, folder, Publication(repository="me/a--b"))


def test_a_refused_token_is_told_and_never_shown(hub: HubStub, folder: Path) -> None:
    with pytest.raises(HubRefusedError, match="status 401") as told:
        pushed(hub, folder, token="hf_wrong_secret")

    assert "hf_wrong_secret" not in str(told.value)


def test_a_hub_that_fails_or_is_away_can_be_asked_again(
    hub: HubStub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.failing = 500
    with pytest.raises(HubUnreachableError, match="status 500"):
        pushed(hub, folder)
    hub.failing = None
    assert pushed(hub, folder).private
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubUnreachableError, match="offline mode is enabled"):
        pushed(hub, folder)
