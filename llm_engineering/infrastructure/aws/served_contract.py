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


def contract_tags(model: ServedModel, token: SecretStr | None, say: Callable[[str], None]) -> dict[str, str]:
    """Return the tag that names the contract of a model; empty if it has none.

    Args:
        model: Whose contract: the file that is named, else the one that lies with it on the Hub.
        token: For the Hub.
        say: Is told if the Hub cannot be asked.

    Raises:
        ContractFileMissingError: The named file is not there.
        UnreadableContractError: It is no contract.
    """
    path = _named_file(model.contract) if model.contract is not None else _hub_file(model, token, say)
    if path is None:
        return {}
    return {ENDPOINT_TAG: contract_tag(parsed_contract(path.read_text(encoding="utf-8"), str(path)))}


def _named_file(name: str) -> Path:
    path = Path(name).expanduser()
    file = path / CONTRACT_FILE if path.is_dir() else path
    if not file.is_file():
        raise ContractFileMissingError(file)
    return file


def _hub_file(model: ServedModel, token: SecretStr | None, say: Callable[[str], None]) -> Path | None:
    if model.hub_id is None:
        return None
    from httpx import HTTPError
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, LocalEntryNotFoundError

    try:
        file = hf_hub_download(
            model.hub_id,
            CONTRACT_FILE,
            revision=model.revision,
            token=token.get_secret_value() if token is not None else False,
        )
    except LocalEntryNotFoundError as error:  # the Hub cannot be reached; it is a kind of the next one
        _tell_unknown(model, error, say)
        return None
    except EntryNotFoundError:
        return None
    except (HfHubHTTPError, HTTPError, OSError) as error:
        _tell_unknown(model, error, say)
        return None
    return Path(file)


def _tell_unknown(model: ServedModel, error: Exception, say: Callable[[str], None]) -> None:
    say(
        f"whether {model.hub_id} has a prompt contract is not known ({type(error).__name__}), and its endpoint gets no "
        "tag; set `model.contract` to name the file"
    )
