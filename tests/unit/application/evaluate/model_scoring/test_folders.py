import hashlib
from pathlib import Path

import pytest

from llm_engineering.application.evaluate.model_scoring.folders import (
    EVALUATION_FILE,
    UnreadableEvaluationError,
    UnusableModelFolderError,
    folder_evaluation,
    folder_fingerprint,
    require_model_folder,
    weights_hash,
    write_evaluation,
)
from llm_engineering.domain.model_scores import ModelEvaluation, ModelScores, ScoreInterval

EVALUATION = ModelEvaluation(
    models=(
        ModelScores(
            model="dpo",
            place="models/dpo",
            scores={"rouge_l": ScoreInterval(value=0.5, low=0.25, high=0.75, count=8)},
            weights_hash="ab" * 32,
        ),
    ),
    questions=8,
)


def model_folder(folder: Path) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text("{}", encoding="utf-8")
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "chat_template.jinja").write_text("{{ messages }}", encoding="utf-8")
    return folder


def test_the_hash_is_over_names_sizes_and_bytes(tmp_path: Path) -> None:
    (tmp_path / "b.safetensors").write_bytes(b"two")
    (tmp_path / "a.safetensors").write_bytes(b"one")
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")

    expected = hashlib.sha256(b"a.safetensors\x003\x00one" + b"b.safetensors\x003\x00two").hexdigest()
    assert weights_hash(tmp_path) == expected
    (tmp_path / "b.safetensors").rename(tmp_path / "c.safetensors")
    assert weights_hash(tmp_path) != expected


def test_a_folder_without_weights_has_no_hash(tmp_path: Path) -> None:
    assert weights_hash(tmp_path) is None


def test_another_template_or_another_base_is_another_model(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "adapter")
    base = model_folder(tmp_path / "base")
    first = folder_fingerprint(folder, "w")
    (folder / "chat_template.jinja").write_text("{{ other }}", encoding="utf-8")
    second = folder_fingerprint(folder, "w")
    (folder / "adapter_config.json").write_text(f'{{"base_model_name_or_path": "{base}"}}', encoding="utf-8")
    third = folder_fingerprint(folder, "w")
    (base / "model.safetensors").write_bytes(b"others")

    fourth = folder_fingerprint(folder, "w")

    assert len({first, second, third, fourth, folder_fingerprint(folder, "v")}) == 5
    assert folder_fingerprint(folder, "w") == fourth


@pytest.mark.parametrize(
    ("missing", "fault"),
    [
        ("config.json", "has no config.json or adapter_config.json"),
        ("model.safetensors", "has no weights"),
        ("chat_template.jinja", "has no chat template"),
    ],
)
def test_what_a_folder_lacks_is_told(tmp_path: Path, missing: str, fault: str) -> None:
    folder = model_folder(tmp_path / "sft")
    require_model_folder("sft", folder)
    (folder / missing).unlink()

    with pytest.raises(UnusableModelFolderError, match=f"The model 'sft' cannot be scored: .*sft {fault}"):
        require_model_folder("sft", folder)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableModelFolderError, match="is not there"):
        require_model_folder("sft", tmp_path / "nowhere")


def test_scores_are_read_as_they_were_written(tmp_path: Path) -> None:
    assert folder_evaluation(tmp_path) is None
    assert write_evaluation(tmp_path, EVALUATION) == tmp_path / EVALUATION_FILE
    assert folder_evaluation(tmp_path) == EVALUATION
    assert [path.name for path in tmp_path.iterdir()] == ["evaluation.json"]


def test_a_file_that_holds_something_else_is_told(tmp_path: Path) -> None:
    (tmp_path / EVALUATION_FILE).write_text("{}", encoding="utf-8")

    with pytest.raises(UnreadableEvaluationError, match=r"evaluation\.json holds no evaluation"):
        folder_evaluation(tmp_path)
