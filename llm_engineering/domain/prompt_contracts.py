"""The contract between data, training and serving: what a model is taught to see is what it gets to see."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from llm_engineering.domain.errors import InvalidInputError, TwinError
from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.prompts import PromptReference

_SHOWN_CHARACTERS: Final = 40


class ContractPart(NamedTuple):
    """One thing that shapes what a model sees."""

    content: str | None
    shown: str
    """For people: what it is, in a few words."""


class PromptContract(FrozenModel):
    """All that shapes what a model sees, in data sets, training, evaluation and service.

    Two contracts are the same if their hashes are. Where a prompt was loaded from and what its version is called play
    no part: its content does.
    """

    system_prompt: str | None = None
    """What the system says in samples and in service; None: what the prompts below say."""
    chat_template: str | None = None
    """The Jinja template that makes tokens of messages, as it lies with the model; None: it is not known."""
    prompts: Mapping[str, PromptReference] = {}
    """The prompts that a model is asked with, by name."""
    formats: Mapping[str, str] = {}
    """How texts stand in samples and questions, by name, such as "sample": "{instruction}\\n\\n{output}"."""

    @property
    def contract_hash(self) -> str:
        """SHA-256 of the contract: what data sets, model cards and endpoints name."""
        return _hash(self.parts)

    @property
    def asked_hash(self) -> str:
        """SHA-256 of what those decide who ask: all but the chat template, which stays with the model."""
        return _hash({name: part for name, part in self.parts.items() if name != "chat template"})

    @property
    def parts(self) -> dict[str, ContractPart]:
        """What the contract is made of, by the names that a mismatch is told with."""
        prompts = {
            f"prompt {name}": ContractPart(prompt.content_hash, f"{prompt.version}, {prompt.content_hash[:12]}")
            for name, prompt in self.prompts.items()
        }
        formats = {f"format {name}": ContractPart(text, _shown(text)) for name, text in self.formats.items()}
        return {
            "system prompt": ContractPart(self.system_prompt, _shown(self.system_prompt)),
            "chat template": ContractPart(self.chat_template, _shown(self.chat_template)),
            **prompts,
            **formats,
        }


class ContractMismatchError(TwinError):
    """A model was trained under another contract than it is to be used under."""

    def __init__(self, model: str, trained_under: str, serving: str, differences: tuple[str, ...] = ()) -> None:
        told = f" They differ in: {'; '.join(differences)}." if differences else ""
        super().__init__(
            f"{model} was trained under the prompt contract {trained_under}, but is to be used under {serving}.{told}",
            remedy="Use the prompts that it was trained with (PROMPT_VERSIONS), train it again, or set "
            "ALLOW_OTHER_CONTRACT=true to use it all the same.",
        )
        self.trained_under = trained_under
        self.serving = serving
        self.differences = differences


class UnreadableContractError(InvalidInputError):
    """A contract that belongs to a model cannot be read."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(
            f"{place} holds no prompt contract: {reason}.", remedy="Take what was written when the model was made."
        )


def contract_differences(one: PromptContract, other: PromptContract) -> tuple[str, ...]:
    """Return the parts that two contracts do not share, with what each of them has."""
    before, now = one.parts, other.parts
    nothing = ContractPart(None, "none")
    return tuple(
        f"{name} ({before.get(name, nothing).shown} before, {now.get(name, nothing).shown} now)"
        for name in dict.fromkeys([*before, *now])
        if before.get(name, nothing).content != now.get(name, nothing).content
    )


def require_same_contract(trained_under: PromptContract, serving: PromptContract, *, model: str = "The model") -> None:
    """Do nothing if a model is used as it was trained.

    Raises:
        ContractMismatchError: It is not; both hashes and what differs are told.
    """
    if trained_under.contract_hash != serving.contract_hash:
        raise ContractMismatchError(
            model, trained_under.contract_hash, serving.contract_hash, contract_differences(trained_under, serving)
        )


def contract_tag(contract: PromptContract) -> str:
    """Return what an endpoint is tagged with: both hashes, which fit into the 256 characters of a tag."""
    return f"{contract.contract_hash}:{contract.asked_hash}"


def require_same_tag(tag: str, serving: PromptContract, *, model: str) -> None:
    """Do nothing if an endpoint is asked as its model was trained; its chat template stays with it.

    Raises:
        ContractMismatchError: It is not.
        UnreadableContractError: The tag is none.
    """
    _, separator, asked_hash = tag.partition(":")
    if not separator:
        raise UnreadableContractError(f"The tag of {model}", f"{tag!r:.80} has no second hash")
    if asked_hash != serving.asked_hash:
        raise ContractMismatchError(model, asked_hash, serving.asked_hash)


def _hash(parts: Mapping[str, ContractPart]) -> str:
    return content_hash(*(text for name, part in sorted(parts.items()) for text in (name, part.content)))


def _shown(text: str | None) -> str:
    if text is None:
        return "none"
    if len(text) <= _SHOWN_CHARACTERS:
        return repr(text)
    return f"{len(text)} characters, {content_hash(text)[:12]}"
