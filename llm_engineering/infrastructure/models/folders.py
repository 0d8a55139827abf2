"""Folders of trained models: what is in them, the hash of their weights, and copies that no training overwrites."""

import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from pydantic import ValidationError

from llm_engineering.application.evaluate.model_scoring.folders import folder_evaluation, weights_hash
from llm_engineering.application.train.files import TRAINING_FILE
from llm_engineering.application.train.promotion import Evidence, WeightsChangedError
from llm_engineering.domain.errors import InvalidInputError, TwinError
from llm_engineering.domain.registered_models import RegisteredModel
from llm_engineering.domain.training import TrainedModel

KEPT_FOLDER: Final = "registered_models"
"""Below the data folder: copies of registered models, as NAME/HASH. No training writes there."""
_LEFT_OUT: Final = ("checkpoint-*", ".*", "*.tmp", "optimizer.pt", "scheduler.pt", "rng_state*")
"""Of a folder that training still has its state in."""
_HASH_DIGITS: Final = 16


class NoTrainedModelError(InvalidInputError):
    """A folder holds no model that this project has trained."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"The folder {folder} holds no trained model: {reason}.",
            remedy=f"Name a folder that a training run has written, with weights (*.safetensors) and {TRAINING_FILE}.",
        )
        self.folder = folder


class ModelNotCopiedError(TwinError):
    """A model could not be copied to where registered models are kept; nothing was registered."""

    def __init__(self, folder: Path, target: Path, reason: str) -> None:
        super().__init__(
            f"The model in {folder} could not be copied to {target} ({reason}).",
            remedy="Make room there, set DATA_FOLDER to a larger disk, or register it where it is (keep_copy: false, "
            "on the command line --no-copy).",
        )
        self.folder = folder
        self.target = target


def folder_weights(folder: Path) -> str:
    """Return the hash by which the weights of a folder are known, to the registry as to evaluations.

    Raises:
        NoTrainedModelError: There are no weights.
    """
    found = weights_hash(folder)
    if found is None:
        raise NoTrainedModelError(folder, "there are no weights (*.safetensors)")
    return found


def read_trained_model(folder: Path) -> TrainedModel:
    """Return what training wrote of a model, with the folder as it is now.

    Raises:
        NoTrainedModelError: There is no `training.json`, or it cannot be read.
    """
    path = folder / TRAINING_FILE
    if not path.is_file():
        raise NoTrainedModelError(folder, f"there is no {TRAINING_FILE}")
    try:
        model = TrainedModel.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError, OSError) as error:
        reason = f"{TRAINING_FILE} cannot be read ({str(error).splitlines()[0]:.120})"
        raise NoTrainedModelError(folder, reason) from error
    return model.model_copy(update={"folder": str(folder)})


def folder_evidence(folder: Path) -> Evidence:
    """Return what lies in a folder now: hash of the weights and evaluation.

    Raises:
        UnreadableEvaluationError: The evaluation cannot be read.
    """
    found = weights_hash(folder) if folder.is_dir() else None
    return Evidence(weights_hash=found, evaluation=None if found is None else folder_evaluation(folder))


def whole_folder(model: RegisteredModel) -> Path:
    """Return the folder of a version, if it still holds its weights.

    Raises:
        WeightsChangedError: It is not there, or holds others.
    """
    folder = Path(model.folder)
    found = folder_evidence(folder).weights_hash
    if found != model.weights_hash:
        raise WeightsChangedError(model, found)
    return folder


def kept_copy(folder: Path, data_folder: Path, name: str, weights: str) -> Path:
    """Copy a model to where registered models are kept, and return that folder.

    The copy is there whole or not at all. One that is there already is brought up to date: whatever came to its folder
    later, such as an evaluation, comes with it. Checkpoints stay behind.

    Raises:
        ModelNotCopiedError: It cannot be written.
    """
    target = (data_folder / KEPT_FOLDER / name / weights[:_HASH_DIGITS]).absolute()
    if folder.absolute() == target:
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            _copy_small(folder, target)
        else:
            _copy_whole(folder, target)
    except OSError as error:
        raise ModelNotCopiedError(folder, target, error.strerror or type(error).__name__) from error
    return target


def _copy_whole(folder: Path, target: Path) -> None:
    beside = Path(mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        shutil.copytree(folder, beside, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        beside.rename(target)
    except OSError:
        if not target.is_dir():  # else another process was faster, and its copy is the same
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _copy_small(folder: Path, target: Path) -> None:
    """Copy what is newer and no weights: those are the same, or the folder would have another name."""
    for path in folder.iterdir():
        kept = target / path.name
        is_older = kept.exists() and path.stat().st_mtime_ns <= kept.stat().st_mtime_ns
        if path.is_file() and path.suffix in {".json", ".md", ".jinja"} and not is_older:
            beside = target / f".{path.name}.new"
            shutil.copy2(path, beside)
            beside.replace(kept)
