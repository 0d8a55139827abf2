"""Folders of trained models: what is in them, the hash of their weights, and copies that no training overwrites."""

import hashlib
import json
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Final, TypeVar

from pydantic import ValidationError

from llm_engineering.application.train.files import EVALUATION_FILE, TRAINING_FILE
from llm_engineering.application.train.promotion import Evidence, WeightsChangedError
from llm_engineering.domain.errors import InvalidInputError, TwinError
from llm_engineering.domain.model_scores import ModelEvaluation
from llm_engineering.domain.outcomes import Result
from llm_engineering.domain.registered_models import RegisteredModel
from llm_engineering.domain.training import TrainedModel

ResultT = TypeVar("ResultT", bound=Result)

MODELS_FOLDER: Final = "models"
"""Below the data folder: copies of registered models, as models/NAME/HASH."""
_WEIGHTS: Final = ("*.safetensors", "*.safetensors.index.json", "adapter_config.json", "config.json")
_LOCAL_KEYS: Final = frozenset({"_name_or_path", "base_model_name_or_path", "transformers_version"})
"""Of a configuration: say where a model was or which library wrote it, and change nothing that it says."""
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
    """Return the SHA-256 by which the weights of a folder are known.

    It covers the weights and how they are put together (the configurations), with their file names; neither tokenizer
    nor card, nor in a configuration where the model lay before.

    Raises:
        NoTrainedModelError: There are no weights.
    """
    files = sorted({path for pattern in _WEIGHTS for path in folder.glob(pattern)})
    if not any(path.suffix == ".safetensors" for path in files):
        raise NoTrainedModelError(folder, "there are no weights (*.safetensors)")
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.name}\0{_file_hash(path)}\n".encode())
    return digest.hexdigest()


def read_trained_model(folder: Path) -> TrainedModel:
    """Return what training wrote of a model, with the folder as it is now.

    Raises:
        NoTrainedModelError: There is no `training.json`, or it cannot be read.
    """
    found = _read(folder / TRAINING_FILE, TrainedModel)
    if found is None:
        raise NoTrainedModelError(folder, f"there is no {TRAINING_FILE}")
    return found.model_copy(update={"folder": str(folder)})


def read_evaluation(folder: Path) -> ModelEvaluation | None:
    """Return the evaluation that lies beside a model, or None.

    Raises:
        NoTrainedModelError: It cannot be read.
    """
    return _read(folder / EVALUATION_FILE, ModelEvaluation)


def folder_evidence(folder: Path) -> Evidence:
    """Return what lies in a folder now: hash of the weights and evaluation.

    Raises:
        NoTrainedModelError: The evaluation cannot be read.
    """
    if not folder.is_dir():
        return Evidence(weights_hash=None)
    try:
        weights = folder_weights(folder)
    except NoTrainedModelError:
        return Evidence(weights_hash=None)
    return Evidence(weights_hash=weights, evaluation=read_evaluation(folder))


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


def kept_copy(folder: Path, data_folder: Path, name: str, weights_hash: str) -> Path:
    """Copy a model to where registered models are kept, and return that folder.

    The copy is there whole or not at all. One that is there already is brought up to date: whatever came to its folder
    later, such as an evaluation, comes with it. Checkpoints stay behind.

    Raises:
        ModelNotCopiedError: It cannot be written.
    """
    target = (data_folder / MODELS_FOLDER / name / weights_hash[:_HASH_DIGITS]).absolute()
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


def _read(path: Path, kind: type[ResultT]) -> ResultT | None:
    if not path.is_file():
        return None
    try:
        return kind.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError, OSError) as error:
        raise NoTrainedModelError(
            path.parent, f"{path.name} cannot be read ({str(error).splitlines()[0]:.120})"
        ) from error


def _file_hash(path: Path) -> str:
    return hashlib.sha256(_configuration(path)).hexdigest() if path.suffix == ".json" else _long_hash(path)


def _configuration(path: Path) -> bytes:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        kept = {key: value for key, value in content.items() if key not in _LOCAL_KEYS}
    except (ValueError, AttributeError):
        return path.read_bytes()
    return json.dumps(kept, sort_keys=True).encode()


def _long_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
