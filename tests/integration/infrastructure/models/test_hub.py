"""Models go to a Hub on loopback through the real client."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from huggingface_hub import constants
from pydantic import SecretStr

from llm_engineering.infrastructure.hub import (
    HubTokenMissingError,
    LicenceMissingError,
    PublicRepositoryError,
)
from llm_engineering.infrastructure.models.folders import folder_weights
from llm_engineering.infrastructure.models.hub import ModelPublication, PushedModel, push_model_to_huggingface
from tests.support.hub_stub import HubRepository, HubStub, hub_stub
from tests.support.model_folders import judged, trained_folder

pytestmark = pytest.mark.integration

PUBLICATION = ModelPublication(repository="me/ada", title="Ada", languages=("en",))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubStub]:
    # The suite is offline: the library reads the variable once, when it is imported.
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with hub_stub() as stub:
        yield stub


@pytest.fixture
def folder(tiny_chat_model: Path, tmp_path: Path) -> Path:
    folder = Path(trained_folder(tiny_chat_model, tmp_path / "out").folder)
    judged(folder)
    return folder


def pushed(hub: HubStub, folder: Path, publication: ModelPublication = PUBLICATION) -> PushedModel:
    return push_model_to_huggingface(folder, publication, SecretStr(hub.token), endpoint=hub.url)


def test_a_model_is_pushed_privately_with_its_card_and_can_be_loaded(
    hub: HubStub, folder: Path, tmp_path: Path
) -> None:
    from transformers import AutoModelForCausalLM

    (folder / "checkpoint-5").mkdir()
    (folder / "checkpoint-5" / "model.safetensors").write_bytes(b"half")
    (folder / "optimizer.pt").write_bytes(b"large")

    found = pushed(hub, folder)

    assert found.figures == {
        "repository": "me/ada",
        "url": f"{hub.url}/me/ada",
        "commit": f"{1:040}",
        "private": True,
    }
    assert hub.repositories["me/ada"].kind == "models"
    there = hub.written("me/ada", tmp_path / "there")
    assert folder_weights(there) == folder_weights(folder)
    assert {path.name for path in there.iterdir()} == {
        path.name for path in folder.iterdir() if path.name not in {"checkpoint-5", "optimizer.pt"}
    }
    card = (there / "README.md").read_text(encoding="utf-8")
    assert yaml.safe_load(card.split("---\n")[1])["language"] == ["en"]
    assert 'AutoModelForCausalLM.from_pretrained("me/ada")' in card
    assert "passed the gate" in card
    assert AutoModelForCausalLM.from_pretrained(there).num_parameters() > 10_000


def test_pushing_twice_is_one_commit(hub: HubStub, folder: Path) -> None:
    assert pushed(hub, folder) == pushed(hub, folder)
    assert hub.repositories["me/ada"].commits == ["Write Ada"]


def test_what_is_missing_is_told_before_anything_is_asked_or_written(hub: HubStub, folder: Path) -> None:
    with pytest.raises(HubTokenMissingError):
        push_model_to_huggingface(folder, PUBLICATION, None, endpoint=hub.url)
    with pytest.raises(LicenceMissingError, match="The model me/ada is to be public"):
        pushed(hub, folder, PUBLICATION.model_copy(update={"private": False}))
    assert hub.asked == []
    assert not (folder / "README.md").exists()


def test_a_public_repository_is_not_given_what_is_private(hub: HubStub, folder: Path) -> None:
    hub.repositories["me/ada"] = HubRepository(private=False, kind="models")

    with pytest.raises(PublicRepositoryError, match="The model me/ada exists on the Hub and is public"):
        pushed(hub, folder)
    assert hub.repositories["me/ada"].files == {}
    shown = pushed(hub, folder, PUBLICATION.model_copy(update={"private": False, "licence": "mit"}))
    assert not shown.private
