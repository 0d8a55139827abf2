"""Samples as rows of a table: what trainers read, and where each sample comes from."""

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

from pydantic import ValidationError

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.language_models import ChatMessage, Role
from llm_engineering.domain.prompt_contracts import ContractMismatchError, PromptContract
from llm_engineering.domain.samples import (
    GatedDataset,
    InstructSample,
    PreferenceSample,
    Sample,
    SampleProvenance,
    Split,
)

Row = dict[str, Any]
"""A row by its columns; values are strings, whole numbers, None, or lists of messages."""
INSTRUCTION_FORMAT: Final = "instruction"
"""The format of a contract that says how an instruction is asked; its one place is `{instruction}`."""
_PLACE: Final = "{instruction}"
_ORIGIN: Final = (
    "author",
    "category",
    "title",
    "source",
    "document_id",
    "start",
    "end",
    "generator",
    "generator_prompt",
    "provenance",
)


class RowStyle(StrEnum):
    """How trainers are given texts."""

    MESSAGES = "messages"
    """As messages, which get the chat template of the model: what is served is what was trained."""
    PLAIN = "plain"
    """As text without roles: `instruction` and `output`, or `prompt`, `chosen` and `rejected`."""


class UnreadableRowError(InvalidInputError):
    """A row holds no sample."""

    def __init__(self, place: str, fault: str) -> None:
        super().__init__(
            f"{place} holds no sample: {fault}.", remedy="Take a folder that `save_dataset` of this project wrote."
        )
        self.place = place


def require_contract(dataset: GatedDataset, contract: PromptContract | None) -> None:
    """Do nothing if a data set may be written under a contract: neither says which, or both say the same.

    Raises:
        ContractMismatchError: Its samples were made under another one.
    """
    if contract is None or dataset.contract_hash in {None, contract.contract_hash}:
        return
    raise ContractMismatchError("The data set", str(dataset.contract_hash), contract.contract_hash)


def sample_row(sample: Sample, contract: PromptContract | None = None, style: RowStyle = RowStyle.MESSAGES) -> Row:
    """Return a sample as a row.

    Instruct rows have `instruction` and `output`, in the style of messages also `messages`. Preference rows have
    `prompt`, `chosen` and `rejected` as DPO trainers read them, and `instruction`. All have where they come from.

    Args:
        sample: Of either kind.
        contract: Gives the system prompt and the format of instructions; None: there is no system prompt.
        style: How texts are given.
    """
    contract = contract or PromptContract()
    if isinstance(sample, InstructSample):
        texts = _instruct(sample, contract, style)
    else:
        texts = _preference(sample, contract, style)
    return {"id": sample.id, **texts, **_origin(sample.provenance)}


def sample_of(row: Mapping[str, Any], split: Split, place: str = "A row") -> Sample:
    """Return the sample that `sample_row` made a row of.

    Args:
        row: As it was read; it may come from anywhere.
        split: Which file it stands in.
        place: What it is called in an error.

    Raises:
        UnreadableRowError: It is no such row.
    """
    try:
        provenance = row.get("provenance")
        fields = {
            "id": row["id"],
            "instruction": row["instruction"],
            "split": split,
            "provenance": None if provenance is None else SampleProvenance.model_validate_json(provenance),
        }
        if "output" in row:
            return InstructSample(**fields, answer=row["output"])
        return PreferenceSample(**fields, chosen=_said(row["chosen"]), rejected=_said(row["rejected"]))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise UnreadableRowError(place, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except (KeyError, TypeError, IndexError) as error:
        raise UnreadableRowError(place, f"{type(error).__name__} {error!s:.80}") from error


def split_rows(
    dataset: GatedDataset, contract: PromptContract | None = None, style: RowStyle = RowStyle.MESSAGES
) -> dict[Split, list[Row]]:
    """Return the rows of both sides of a data set; a side without samples is left out.

    Raises:
        ContractMismatchError: Its samples were made under another contract.
    """
    require_contract(dataset, contract)

    def rows(samples: Iterable[Sample]) -> list[Row]:
        return [sample_row(sample, contract, style) for sample in samples]

    sides = {Split.TRAIN: dataset.train, Split.TEST: dataset.test}
    return {split: rows(samples) for split, samples in sides.items() if samples}


def asked_messages(instruction: str, contract: PromptContract) -> list[dict[str, str]]:
    """Return the messages before the answer, as they are trained and served under a contract."""
    # No `str.format`: an instruction may hold braces, and what stands in them is not ours.
    asked = contract.formats.get(INSTRUCTION_FORMAT, _PLACE).replace(_PLACE, instruction)
    system = [] if contract.system_prompt is None else [_message(Role.SYSTEM, contract.system_prompt)]
    return [*system, _message(Role.USER, asked)]


def _instruct(sample: InstructSample, contract: PromptContract, style: RowStyle) -> Row:
    row: Row = {"instruction": sample.instruction, "output": sample.answer}
    if style is RowStyle.MESSAGES:
        row["messages"] = [*asked_messages(sample.instruction, contract), _message(Role.ASSISTANT, sample.answer)]
    return row


def _preference(sample: PreferenceSample, contract: PromptContract, style: RowStyle) -> Row:
    if style is RowStyle.PLAIN:
        prompt = asked_messages(sample.instruction, contract)[-1]["content"]
        texts = {"prompt": prompt, "chosen": sample.chosen, "rejected": sample.rejected}
        return {"instruction": sample.instruction, **texts}
    return {
        "instruction": sample.instruction,
        "prompt": asked_messages(sample.instruction, contract),
        "chosen": [_message(Role.ASSISTANT, sample.chosen)],
        "rejected": [_message(Role.ASSISTANT, sample.rejected)],
    }


def _origin(provenance: SampleProvenance | None) -> Row:
    """Return where a sample comes from: columns for people, and all that is known as JSON."""
    if provenance is None:
        return dict.fromkeys(_ORIGIN)
    source, prompt = provenance.source, provenance.prompt
    return {
        "author": source.author_full_name,
        "category": source.category.value,
        "title": source.title,
        "source": source.link,
        "document_id": source.document_id,
        "start": provenance.start,
        "end": provenance.end,
        "generator": f"{provenance.generator.provider} {provenance.generator.name}",
        "generator_prompt": None if prompt is None else f"{prompt.name} {prompt.version}",
        "provenance": json.dumps(provenance.model_dump(mode="json"), ensure_ascii=False),
    }


def _message(role: Role, content: str) -> dict[str, str]:
    return ChatMessage(role=role, content=content).model_dump(mode="json")


def _said(text: Any) -> Any:  # noqa: ANN401 - it is what a file holds, and checked afterwards
    """Return the text of an answer in either style."""
    return text if isinstance(text, str) else text[0]["content"]
