"""Prompt contracts as they are made, written beside a model, and checked before a model is used."""

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

from loguru import logger
from pydantic import ValidationError

from llm_engineering.application.prompts.source import PromptSource
from llm_engineering.domain.prompt_contracts import (
    ContractMismatchError,
    PromptContract,
    UnreadableContractError,
    require_same_contract,
    require_same_tag,
)

CONTRACT_FILE: Final = "contract.json"
"""What a contract is called beside a model or a data set."""
ENDPOINT_TAG: Final = "llm-twin-prompt-contract"
"""Key of the tag of an endpoint whose value `contract_tag` gives."""
ASKED_WITH: Final = ("answer",)
"""The prompts that a model of an author is asked with."""


class ContractCheck(StrEnum):
    """What is known of a model that may be used."""

    SAME = "same"
    """It was trained under the contract that it is used under."""
    UNKNOWN = "unknown"
    """It names none: nobody trained it for this twin."""
    OTHER_ALLOWED = "other, allowed"
    """It was trained under another one, and that was allowed."""


def prompt_contract(
    source: PromptSource, *, names: Sequence[str] = ASKED_WITH, chat_template: str | None = None
) -> PromptContract:
    """Return the contract of the prompts that are current.

    Args:
        source: Where the prompts come from.
        names: Which of them a model is asked with.
        chat_template: As it lies with the model; None if it is not known.

    Raises:
        UnknownPromptError: There is no such prompt.
    """
    return PromptContract(chat_template=chat_template, prompts={name: source.prompt(name).reference for name in names})


def contract_text(contract: PromptContract) -> str:
    """Return a contract as the text of a file, its hash first; the same for equal contracts."""
    content = {"contract_hash": contract.contract_hash, "contract": contract.model_dump(mode="json")}
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def parsed_contract(text: str, place: str) -> PromptContract:
    """Return the contract that a text holds.

    Args:
        text: What `contract_text` gave.
        place: What the text is called in an error.

    Raises:
        UnreadableContractError: It is something else, or was changed afterwards.
    """
    try:
        content = json.loads(text)
        contract = PromptContract.model_validate(content["contract"])
        written = content["contract_hash"]
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        raise UnreadableContractError(place, f"{type(error).__name__}, {str(error).splitlines()[0]:.80}") from error
    if written != contract.contract_hash:
        raise UnreadableContractError(place, "its hash is not that of its content")
    return contract


def folder_contract(folder: Path) -> PromptContract | None:
    """Return the contract that lies beside a model, or None if there is none.

    Raises:
        UnreadableContractError: The file is no contract.
    """
    path = folder / CONTRACT_FILE
    return parsed_contract(path.read_text(encoding="utf-8"), str(path)) if path.is_file() else None


def folder_chat_template(folder: Path) -> str | None:
    """Return the chat template that lies with the tokenizer of a model, or None if there is none.

    Newer tokenizers have a file of its own for it; in older ones it is a key of the configuration.
    """
    own = folder / "chat_template.jinja"
    if own.is_file():
        return own.read_text(encoding="utf-8")
    configuration = folder / "tokenizer_config.json"
    if not configuration.is_file():
        return None
    template = json.loads(configuration.read_text(encoding="utf-8")).get("chat_template")
    return template if isinstance(template, str) else None


def checked_folder(folder: Path, source: PromptSource, *, is_other_allowed: bool) -> ContractCheck:
    """Return whether a model in a folder may be asked with the current prompts; what was allowed is logged.

    Raises:
        ContractMismatchError: It was trained under another contract, or its chat template was changed since.
        UnreadableContractError: What lies beside it is no contract.
    """
    trained_under = folder_contract(folder)
    if trained_under is None:
        return _unknown(str(folder))
    serving = prompt_contract(
        source, names=tuple(trained_under.prompts), chat_template=folder_chat_template(folder)
    ).model_copy(update={"system_prompt": trained_under.system_prompt, "formats": trained_under.formats})
    try:
        require_same_contract(trained_under, serving, model=str(folder))
    except ContractMismatchError as error:
        return _allowed(error, is_other_allowed=is_other_allowed)
    return ContractCheck.SAME


def checked_tag(tag: str | None, source: PromptSource, *, endpoint: str, is_other_allowed: bool) -> ContractCheck:
    """Return the same for an endpoint by the value of its tag `ENDPOINT_TAG`; None if it has no such tag.

    Raises:
        ContractMismatchError: Its model was trained under another contract.
        UnreadableContractError: The tag is none of a contract.
    """
    if tag is None:
        return _unknown(endpoint)
    try:
        require_same_tag(tag, prompt_contract(source), model=endpoint)
    except ContractMismatchError as error:
        return _allowed(error, is_other_allowed=is_other_allowed)
    return ContractCheck.SAME


def _unknown(model: str) -> ContractCheck:
    logger.info("{model} names no prompt contract: it was not trained for this twin", model=model)
    return ContractCheck.UNKNOWN


def _allowed(error: ContractMismatchError, *, is_other_allowed: bool) -> ContractCheck:
    if not is_other_allowed:
        raise error
    logger.warning("used under another prompt contract, as is allowed: {problem}", problem=error.problem)
    return ContractCheck.OTHER_ALLOWED
