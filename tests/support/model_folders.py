"""Folders as a training run leaves them."""

import shutil
from pathlib import Path

from llm_engineering.application.evaluate.model_scoring.folders import write_evaluation
from llm_engineering.application.train.files import TRAINING_FILE
from llm_engineering.domain.training import TrainedModel, WeightsKind
from llm_engineering.infrastructure.models.folders import folder_weights
from tests.support.model_registry import evaluated, trained


def trained_folder(source: Path, folder: Path, *, nudge: int = 0) -> TrainedModel:
    """Copy a chat model to a folder with what training says of it, and return that.

    Args:
        source: Folder of a chat model.
        folder: Where the copy goes.
        nudge: Another number gives other weights.
    """
    shutil.copytree(source, folder)
    weights = folder / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] = nudge
    weights.write_bytes(bytes(content))
    model = trained(folder, kind=WeightsKind.MERGED)
    (folder / TRAINING_FILE).write_text(model.model_dump_json(), encoding="utf-8")
    return model


def judged(folder: Path, *, is_promoted: bool = True) -> None:
    """Write an evaluation of a folder's weights beside them."""
    found = evaluated(folder_weights(folder), is_promoted=is_promoted)
    write_evaluation(folder, found)
