"""The prompt contract of a model that is to be served, as the tag of its endpoint."""

from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr

from llm_engineering.application.prompts.contract import CONTRACT_FILE, ENDPOINT_TAG, parsed_contract
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.prompt_contracts import contract_tag
from llm_engineering.infrastructure.aws.endpoint_configuration import ServedModel


class ContractFileMissingError(InvalidInputError):
    """The file that should hold the contract of a model is not there."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"There is no prompt contract at {path}.",
            remedy=f"Set `model.contract` to the {CONTRACT_FILE} that training wrote beside the model, or unset it.",
        )
        self.path = path


class NoSuchModelError(InvalidInputError):
    """The container would find no such model on the Hub."""

    def __init__(self, model: ServedModel, reason: str) -> None:
        revision = f" in revision {model.revision}" if model.revision else ""
        super().__init__(
            f"The Hugging Face Hub has no model {model.hub_id!r}{revision} for the container ({reason}).",
            remedy="Check model.hub_id and model.revision. If the model asks for a token, set HUGGINGFACE_ACCESS_TOKEN "
            "and `model.pass_hub_token: true`, or copy it to S3.",
        )
        self.model = model


def contract_tags(
    model: ServedModel,
    token: SecretStr | None,
    say: Callable[[str], None],
    *,
    endpoint: str | None = None,
    cache: Path | None = None,
) -> dict[str, str]:
    """Return the tag that names the contract of a model; empty if it has none.

    The Hub is asked as the container will ask it, with a token only if the container gets one: what it will not find is
    told now, and not after ten minutes on a GPU.

    Args:
        model: Whose contract: the file that is named, else the one that lies with it on the Hub.
        token: For the Hub.
        say: Is told if the Hub cannot be asked.
        endpoint: Address of the Hub; None for the usual one.
        cache: Where what is downloaded is kept; None for the usual folder.

    Raises:
        ContractFileMissingError: The named file is not there.
        NoSuchModelError: The container would not find the model.
        UnreadableContractError: The file is no contract.
    """
    if model.contract is not None:
        path: Path | None = _named_file(model.contract)
    else:
        path = _hub_file(model, token, say, endpoint=endpoint, cache=cache)
    if path is None:
        return {}
    return {ENDPOINT_TAG: contract_tag(parsed_contract(path.read_text(encoding="utf-8"), str(path)))}


def _named_file(name: str) -> Path:
    path = Path(name).expanduser()
    file = path / CONTRACT_FILE if path.is_dir() else path
    if not file.is_file():
        raise ContractFileMissingError(file)
    return file


def _hub_file(
    model: ServedModel,
    token: SecretStr | None,
    say: Callable[[str], None],
    *,
    endpoint: str | None,
    cache: Path | None,
) -> Path | None:
    if model.hub_id is None:
        return None
    from httpx import HTTPError
    from huggingface_hub import HfApi
    from huggingface_hub.errors import (
        EntryNotFoundError,
        HfHubHTTPError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    hub = HfApi(endpoint=endpoint, token=token.get_secret_value() if token and model.pass_hub_token else False)
    try:
        return Path(hub.hf_hub_download(model.hub_id, CONTRACT_FILE, revision=model.revision, cache_dir=cache))
    except LocalEntryNotFoundError as error:  # the Hub cannot be reached; it is a kind of EntryNotFoundError
        _tell_unknown(model, error, say)
    except EntryNotFoundError:
        return None
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise NoSuchModelError(model, type(error).__name__) from error
    except (HfHubHTTPError, HTTPError, OSError) as error:
        _tell_unknown(model, error, say)
    return None


def _tell_unknown(model: ServedModel, error: Exception, say: Callable[[str], None]) -> None:
    say(
        f"whether {model.hub_id} has a prompt contract is not known ({type(error).__name__}), and its endpoint gets no "
        "tag of one; `model.contract` names the file"
    )
