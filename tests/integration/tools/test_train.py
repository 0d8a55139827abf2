"""The command line that trains without ZenML."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from tests.support.training import instruct_samples
from tools.train import main

pytestmark = pytest.mark.integration


@pytest.fixture
def config(tiny_chat_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "data"))
    rows = [
        sample.model_dump(mode="json", include={"id", "instruction", "answer", "split"})
        for sample in instruct_samples()
    ]
    (tmp_path / "set.json").write_text(json.dumps(rows), encoding="utf-8")
    sft = {"data": str(tmp_path / "set.json"), "max_length": 128}
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({"parameters": {"base_model": str(tiny_chat_model), "sft": sft}}), encoding="utf-8")
    return path


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False, terminal_width=120)


def test_a_check_says_what_was_found_and_trains_nothing(config: Path, tmp_path: Path) -> None:
    result = ran("--config", str(config), "--check")

    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert (found["sft"]["train"], found["sft"]["test"], found["sft"]["data"]) == (12, 4, "set.json")
    assert not (tmp_path / "data/models").exists()


def test_an_unknown_key_is_told_with_those_that_there_are(config: Path) -> None:
    config.write_text(config.read_text(encoding="utf-8").replace("max_length", "max_lenght"), encoding="utf-8")

    result = ran("--config", str(config), "--check")

    assert result.exit_code == 1
    assert "sft.max_lenght'" in result.output
    assert "max_length" in result.output


def test_a_base_model_that_is_not_there_is_told_with_the_remedy(config: Path, tiny_chat_model: Path) -> None:
    text = config.read_text(encoding="utf-8").replace(str(tiny_chat_model), "nobody/nothing")
    config.write_text(text, encoding="utf-8")

    result = ran("--config", str(config), "--check")

    assert result.exit_code == 1
    assert "The base model 'nobody/nothing' cannot be had" in result.output
    assert "HF_HUB_OFFLINE" in result.output
