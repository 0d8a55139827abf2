"""Folders of models: what has to be in them, which weights they hold, and the scores that lie beside the weights."""

import hashlib
import json
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from llm_engineering.application.prompts.contract import folder_chat_template
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.model_scores import ModelEvaluation

EVALUATION_FILE: Final = "evaluation.json"
"""What the scores of a model are called in its folder, beside `training.json`."""
_WEIGHTS: Final = "*.safetensors"
_CONFIGURATIONS: Final = ("config.json", "adapter_config.json")
_SHAPING: Final = (
    *_CONFIGURATIONS,
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
)
"""Files that shape what a model says, besides its weights."""
_BLOCK_BYTES: Final = 1 << 20


class UnusableModelFolderError(InvalidInputError):
    """A folder that is to be scored holds no model that can be asked."""

    def __init__(self, name: str, folder: Path, fault: str) -> None:
        super().__init__(
            f"The model {name!r} cannot be scored: {folder} {fault}.",
            remedy="Name the folder of an instruct model with safetensors weights and a chat template, as training "
            "writes it, absolute or below the data folder.",
        )
        self.folder = folder
        self.fault = fault


class UnreadableEvaluationError(InvalidInputError):
    """The scores beside a model cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} holds no evaluation: {reason}.",
            remedy="Score the model again: poetry poe run-evaluation-pipeline.",
        )
        self.path = path


def require_model_folder(name: str, folder: Path) -> None:
    """Do nothing if a folder holds a chat model, as far as its files tell; no weights are loaded.

    Raises:
        UnusableModelFolderError: It is not there, or has no configuration, weights or chat template.
    """
    if not folder.is_dir():
        raise UnusableModelFolderError(name, folder, "is not there")
    if not any((folder / each).is_file() for each in _CONFIGURATIONS):
        raise UnusableModelFolderError(name, folder, f"has no {' or '.join(_CONFIGURATIONS)}")
    if next(folder.glob(_WEIGHTS), None) is None:
        raise UnusableModelFolderError(name, folder, f"has no weights ({_WEIGHTS})")
    if not folder_chat_template(folder):
        raise UnusableModelFolderError(name, folder, "has no chat template, so it was not made for chats")


def weights_hash(folder: Path) -> str | None:
    """Return the SHA-256 over the names and contents of the safetensors files of a folder; None if it has none.

    The files are taken in the order of their names, each as its name in UTF-8, a zero byte, the number of its bytes in
    decimal, another zero byte, and its bytes.
    """
    found = hashlib.sha256()
    paths = sorted(folder.glob(_WEIGHTS), key=lambda path: path.name)
    for path in paths:
        found.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                found.update(block)
    return found.hexdigest() if paths else None


def folder_fingerprint(folder: Path, weights: str | None) -> str:
    """Return a hash of all in a folder that shapes what its model says: weights, configuration, tokenizer, template.

    Of an adapter, the weights of its base model count too if they lie in a local folder; else its name does.

    Args:
        folder: Of the model.
        weights: Its `weights_hash`, which takes long for large models and is not computed again.
    """
    files = [(folder / name).read_text(encoding="utf-8") if (folder / name).is_file() else None for name in _SHAPING]
    return content_hash(weights, *files, _base_hash(folder))


def _base_hash(folder: Path) -> str | None:
    path = folder / "adapter_config.json"
    if not path.is_file():
        return None
    base = json.loads(path.read_text(encoding="utf-8")).get("base_model_name_or_path")
    return weights_hash(Path(base)) if isinstance(base, str) and Path(base).is_dir() else base


def write_evaluation(folder: Path, evaluation: ModelEvaluation) -> Path:
    """Write scores beside the weights that were scored and return where; an older file is replaced at once or not."""
    path = folder / EVALUATION_FILE
    partial = path.with_suffix(".json.partial")
    partial.write_text(evaluation.model_dump_json(indent=2) + "\n", encoding="utf-8")
    partial.replace(path)
    return path


def folder_evaluation(folder: Path) -> ModelEvaluation | None:
    """Return the scores that lie beside a model; None if it was never scored.

    Raises:
        UnreadableEvaluationError: The file holds something else.
    """
    path = folder / EVALUATION_FILE
    if not path.is_file():
        return None
    try:
        return ModelEvaluation.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise UnreadableEvaluationError(path, str(error).splitlines()[0][:120]) from error
