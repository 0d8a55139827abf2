import shutil
from pathlib import Path

import pytest

from llm_engineering.application.evaluate.model_scoring.folders import (
    EVALUATION_FILE,
    UnreadableEvaluationError,
    folder_evaluation,
)
from llm_engineering.application.train.files import TRAINING_FILE
from llm_engineering.infrastructure.models.folders import (
    ModelNotCopiedError,
    NoTrainedModelError,
    folder_evidence,
    folder_weights,
    kept_copy,
    read_trained_model,
)
from tests.support.model_folders import judged, trained_folder

pytestmark = pytest.mark.integration


@pytest.fixture
def folder(tiny_chat_model: Path, tmp_path: Path) -> Path:
    return Path(trained_folder(tiny_chat_model, tmp_path / "out").folder)


class TestWeights:
    def test_the_same_weights_have_the_same_hash_wherever_they_lie(self, folder: Path, tmp_path: Path) -> None:
        before = folder_weights(folder)
        elsewhere = shutil.copytree(folder, tmp_path / "elsewhere")
        (elsewhere / "README.md").write_text("A card", encoding="utf-8")

        assert folder_weights(elsewhere) == before

    def test_one_bit_is_another_hash(self, folder: Path) -> None:
        before = folder_weights(folder)
        weights = bytearray((folder / "model.safetensors").read_bytes())
        weights[-1] ^= 1
        (folder / "model.safetensors").write_bytes(bytes(weights))

        assert folder_weights(folder) != before

    def test_a_folder_without_weights_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "config.json").write_text("{}", encoding="utf-8")

        with pytest.raises(NoTrainedModelError, match="no weights"):
            folder_weights(tmp_path)


class TestReading:
    def test_the_folder_is_where_it_is_now(self, folder: Path, tmp_path: Path) -> None:
        moved = folder.rename(tmp_path / "moved")

        assert read_trained_model(moved).folder == str(moved)

    def test_what_is_missing_or_broken_is_told(self, folder: Path) -> None:
        assert folder_evaluation(folder) is None
        (folder / EVALUATION_FILE).write_text('{"models": 5}', encoding="utf-8")
        with pytest.raises(UnreadableEvaluationError, match=r"evaluation\.json holds no evaluation"):
            folder_evaluation(folder)
        (folder / TRAINING_FILE).write_text("{}", encoding="utf-8")
        with pytest.raises(NoTrainedModelError, match=r"training\.json cannot be read"):
            read_trained_model(folder)
        (folder / TRAINING_FILE).unlink()
        with pytest.raises(NoTrainedModelError, match=r"there is no training\.json"):
            read_trained_model(folder)

    def test_evidence_is_what_lies_there(self, folder: Path, tmp_path: Path) -> None:
        judged(folder)
        found = folder_evidence(folder)

        assert found.weights_hash == folder_weights(folder)
        assert found.evaluation == folder_evaluation(folder)
        assert folder_evidence(tmp_path / "nowhere").weights_hash is None
        (folder / "model.safetensors").unlink()
        assert folder_evidence(folder).weights_hash is None


class TestCopies:
    def test_a_copy_is_whole_and_without_the_state_of_training(self, folder: Path, tmp_path: Path) -> None:
        (folder / "checkpoint-5").mkdir()
        (folder / "optimizer.pt").write_bytes(b"large")
        weights = folder_weights(folder)

        copy = kept_copy(folder, tmp_path / "data", "twin", weights)

        assert copy == tmp_path / "data" / "registered_models" / "twin" / weights[:16]
        assert folder_weights(copy) == weights
        assert {path.name for path in copy.iterdir()} == {path.name for path in folder.iterdir()} - {
            "checkpoint-5",
            "optimizer.pt",
        }
        assert [path.name for path in copy.parent.iterdir()] == [copy.name]

    def test_copying_again_brings_what_is_newer_and_keeps_what_is_not(self, folder: Path, tmp_path: Path) -> None:
        weights = folder_weights(folder)
        copy = kept_copy(folder, tmp_path, "twin", weights)
        judged(folder)
        (copy / TRAINING_FILE).write_text("newer here", encoding="utf-8")

        assert kept_copy(folder, tmp_path, "twin", weights) == copy
        assert folder_evaluation(copy) == folder_evaluation(folder)
        assert (copy / TRAINING_FILE).read_text(encoding="utf-8") == "newer here"
        assert kept_copy(copy, tmp_path, "twin", weights) == copy

    def test_no_room_leaves_nothing_behind(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "registered_models").write_text("a file where a folder has to be", encoding="utf-8")

        with pytest.raises(ModelNotCopiedError, match="could not be copied") as told:
            kept_copy(folder, tmp_path, "twin", folder_weights(folder))
        assert "--no-copy" in told.value.remedy

    def test_a_file_that_cannot_be_read_leaves_no_half_copy(self, folder: Path, tmp_path: Path) -> None:
        weights = folder_weights(folder)
        (folder / "vocabulary.txt").symlink_to(folder / "nowhere")

        with pytest.raises(ModelNotCopiedError):
            kept_copy(folder, tmp_path, "twin", weights)
        assert list((tmp_path / "registered_models" / "twin").iterdir()) == []
