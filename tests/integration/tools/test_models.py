"""The commands for trained models, on a ZenML of the test's own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from huggingface_hub import constants
from zenml.client import Client
from zenml.utils.pagination_utils import depaginate

from tests.support.hub_stub import HubStub, hub_stub
from tests.support.model_folders import judged, trained_folder
from tests.support.registered_models import empty_registry
from tools.models import main

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "data"))
    with empty_registry():
        yield tmp_path / "data"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubStub]:
    # The library reads both variables once, when it is imported.
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with hub_stub() as stub:
        monkeypatch.setattr(constants, "ENDPOINT", stub.url)
        yield stub


@pytest.fixture
def two(tiny_chat_model: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Return the folders of two models: the first was judged well, the second badly."""
    folders = tmp_path / "sft", tmp_path / "dpo"
    for number, folder in enumerate(folders):
        trained_folder(tiny_chat_model, folder, nudge=number)
        judged(folder, is_promoted=number == 0)
    return folders


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False, env={"COLUMNS": "240"})


def registered(*folders: Path) -> None:
    for folder in folders:
        assert ran("register", str(folder)).exit_code == 0


def stages() -> list[str]:
    versions = depaginate(Client().list_model_versions, sort_by="asc:number")
    return [str(each.stage or "none") for each in versions]


def test_versions_from_registering_to_rolling_back(two: tuple[Path, Path], data_folder: Path) -> None:
    registered(*two)
    registered(two[0])
    listed = ran("list").output
    first = ran("promote", "twin", "1")
    refused = ran("promote", "twin", "2")
    forced = ran("promote", "twin", "2", "--force", "I read 50 answers")
    in_production = ran("path", "twin").output
    back = ran("rollback", "twin")

    assert listed.count("acme/tiny-llama") == 2
    assert "sft + dpo" in listed
    assert first.output == "twin 1 is in production.\n"
    assert refused.exit_code == 1
    assert "Error: twin 2 stays out of production: style 0.8 >= 0.6." in refused.output
    assert "--force" in refused.output
    assert "twin 1 is archived; `rollback twin` brings it back." in forced.output
    assert Path(in_production.strip()).parent == (data_folder / "registered_models" / "twin")
    assert "twin 1 is in production again (in the place of 2)." in back.output
    assert stages() == ["production", "archived"]
    assert ran("rollback", "twin").output.startswith("Error: twin cannot be rolled back: version 1 was the first")


def test_show_tells_all_that_is_known(two: tuple[Path, Path], data_folder: Path) -> None:
    registered(two[1])
    ran("promote", "twin", "--force", "for a try")

    shown = ran("show", "twin").output

    assert "twin 1" in shown
    assert "style 0.8 >= 0.6" in shown
    assert "tokens_per_second 100.0" in shown
    assert "forced" in shown
    assert "for a try (against: style 0.8 >= 0.6)" in shown
    for weights in data_folder.rglob("*.safetensors"):
        weights.unlink()
    assert "NOT THERE ANY MORE" in ran("show", "twin").output
    assert "is not there" in ran("path", "twin").output


def test_staging_and_archive(two: tuple[Path, Path]) -> None:
    registered(*two)

    staged, archived = ran("promote", "twin", "2", "--staging"), ran("archive", "twin", "1", "--why", "worse")

    assert staged.output == "twin 2 is in staging.\n"
    assert "twin 1 is archived. Its folder stays: " in archived.output
    assert stages() == ["archived", "staging"]
    assert "worse" in ran("show", "twin", "1").output


def test_what_is_not_there_is_told(two: tuple[Path, Path], tmp_path: Path) -> None:
    assert ran("list").output.startswith("No model is registered. A training run registers what it made;")
    registered(two[0])
    assert "The registry has no twin 5. Registered are: 1 (none)." in ran("show", "twin", "5").output.replace(
        "\n  ", " "
    )
    assert "The registry has no other" in ran("show", "other").output
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "holds no trained model: there is no training.json" in ran("register", str(empty)).output
    assert "Invalid value for --name" in ran("register", str(two[0]), "--name", "a/b").output
    assert "--force needs a reason" in ran("promote", "twin", "1", "--force", " ").output


def test_a_version_goes_to_the_hub(two: tuple[Path, Path], hub: HubStub, monkeypatch: pytest.MonkeyPatch) -> None:
    registered(two[0])
    without = ran("push", "twin", "1", "--to", "me/ada")
    monkeypatch.setenv("HUGGINGFACE_ACCESS_TOKEN", hub.token)
    public = ran("push", "twin", "1", "--to", "me/ada", "--public")
    strange = ran("push", "twin", "1", "--to", "ada")
    assert hub.asked == []

    done = ran("push", "twin", "1", "--to", "me/ada", "--title", "Ada", "--language", "en")

    assert "needs a token" in without.output
    assert "no licence is named" in public.output
    assert strange.exit_code == 2
    assert "repository 'ada'" in strange.output
    assert done.output == f"twin 1 is at {hub.url}/me/ada (private), commit {1:040}.\n"
    assert hub.repositories["me/ada"].private
    assert b"# Ada" in hub.repositories["me/ada"].files["README.md"]


def test_a_path_is_all_that_is_printed(two: tuple[Path, Path], data_folder: Path) -> None:
    registered(two[0])

    done = subprocess.run(
        [sys.executable, "-m", "tools.models", "path", "twin", "latest"],
        check=True, capture_output=True, encoding="utf-8", env={**os.environ, "ZENML_LOGGING_VERBOSITY": "INFO"},
    )  # fmt: skip

    (folder,) = (data_folder / "registered_models" / "twin").iterdir()
    assert done.stdout == f"{folder}\n"
