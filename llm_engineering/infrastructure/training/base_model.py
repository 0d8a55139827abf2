"""The model that is trained: where it lies, and what is known of it before its weights are loaded."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import SecretStr

from llm_engineering.application.evaluate.model_scoring.folders import weights_hash
from llm_engineering.application.train.trainer import BaseModelFacts
from llm_engineering.infrastructure.language_models.transformers_chat import context_limit
from llm_engineering.infrastructure.language_models.transformers_folder import MODEL_FILES
from llm_engineering.infrastructure.training.errors import BaseModelMissingError, UnusableBaseModelError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

_CARD: Final = "README.md"
_WEIGHTS: Final = "*.safetensors"


def base_folder(name: str, revision: str | None, token: SecretStr | None, *, with_weights: bool = True) -> Path:
    """Return the folder of a base model, which may be downloaded now.

    Args:
        name: A local folder or an id on the Hugging Face Hub.
        revision: Branch, tag or commit there; None: its main branch.
        token: Of the Hub, for models that ask for one.
        with_weights: Whether its weights are needed; else a model of the Hub comes without them.

    Raises:
        BaseModelMissingError: It is neither.
        UnusableBaseModelError: It has no weights in safetensors.
    """
    local = Path(name).expanduser()
    folder = local if local.is_dir() else _downloaded(name, revision, token, with_weights=with_weights)
    if not (folder / "config.json").is_file():
        raise UnusableBaseModelError(name, "it has no config.json, so it is no model of transformers")
    if with_weights and not any(folder.glob(_WEIGHTS)):
        raise UnusableBaseModelError(name, "it has no weights in safetensors; other formats can run code")
    return folder


def loaded_tokenizer(name: str, folder: Path) -> "PreTrainedTokenizerFast":
    """Return the tokenizer of a base model.

    Raises:
        UnusableBaseModelError: It cannot be loaded, or was not made for chats.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(str(folder))
    except (OSError, ValueError, KeyError) as error:
        raise UnusableBaseModelError(name, f"its tokenizer cannot be loaded ({error})") from error
    if not isinstance(tokenizer.chat_template, str):
        raise UnusableBaseModelError(name, "it has no chat template")
    if tokenizer.eos_token_id is None:
        raise UnusableBaseModelError(name, "its tokenizer has no token that ends a text")
    fast: PreTrainedTokenizerFast = tokenizer
    return fast


def base_model_facts(
    name: str, folder: Path, tokenizer: "PreTrainedTokenizerFast", *, is_downloaded: bool
) -> BaseModelFacts:
    """Return what is known of a base model.

    Args:
        name: As it was named.
        folder: Where it lies.
        tokenizer: Its own.
        is_downloaded: Whether the folder is that of a commit in the cache of the Hub.

    Raises:
        UnusableBaseModelError: Its configuration cannot be read.
    """
    from transformers import AutoConfig

    try:
        config: Any = AutoConfig.from_pretrained(str(folder))
    except (OSError, ValueError, KeyError) as error:
        raise UnusableBaseModelError(name, f"its configuration cannot be read ({error})") from error
    return BaseModelFacts(
        name=name,
        revision=folder.name if is_downloaded else weights_hash(folder),
        licence=_licence(folder),
        chat_template=str(tokenizer.chat_template),
        context_tokens=context_limit(config, tokenizer),
    )


def _licence(folder: Path) -> str | None:
    """Return the licence that the card of a model names."""
    from huggingface_hub import ModelCard

    card = folder / _CARD
    if not card.is_file():
        return None
    try:
        named = ModelCard(card.read_text(encoding="utf-8"), ignore_metadata_errors=True).data.get("license")
    except ValueError:  # a card whose head is no metadata names none
        return None
    return named if isinstance(named, str) else None


def _downloaded(name: str, revision: str | None, token: SecretStr | None, *, with_weights: bool) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(
            snapshot_download(
                name,
                revision=revision,
                token=token.get_secret_value() if token is not None else None,
                allow_patterns=[*MODEL_FILES, _CARD],
                ignore_patterns=None if with_weights else [_WEIGHTS],
            )
        )
    except (HFValidationError, HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        reason = f"it is no local folder, and the Hub did not give it ({type(error).__name__})"
        raise BaseModelMissingError(name, reason) from error
