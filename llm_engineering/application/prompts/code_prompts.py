"""Prompts as code: each version is a function, and one version of each name is the current one."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, get_type_hints

from llm_engineering.application.prompts.fingerprint import prompt_hash
from llm_engineering.application.prompts.loading import told_load
from llm_engineering.application.prompts.source import (
    Prompt,
    PromptInputs,
    UnfitInputsError,
    UnknownPromptError,
)
from llm_engineering.domain.language_models import ChatMessage
from llm_engineering.domain.prompts import PromptReference, RenderedPrompt

_FUNCTION_NAME: Final = re.compile(r"(?P<name>[a-z][a-z_]*)_(?P<version>v[1-9][0-9]*)")


@dataclass(frozen=True)
class CodePrompt:
    """One version of a prompt: a function called NAME_VERSION, such as `answer_v1`."""

    function: Callable[[Any], tuple[ChatMessage, ...]]
    """Pure. Takes the inputs of its prompt; its docstring says what distinguishes the version."""
    samples: tuple[PromptInputs, ...]
    """Inputs whose renderings count for the hash; the first shows the prompt at its fullest."""

    @property
    def name(self) -> str:
        """The name that all versions share."""
        return self._words["name"]

    @property
    def version(self) -> str:
        """Such as "v1"."""
        return self._words["version"]

    @property
    def description(self) -> str:
        """What the docstring of the function says."""
        return (self.function.__doc__ or "").strip()

    @property
    def inputs_type(self) -> type[PromptInputs]:
        """Type of the inputs."""
        annotated: type[PromptInputs] = get_type_hints(self.function)["inputs"]
        return annotated

    @cached_property
    def reference(self) -> PromptReference:
        """Which prompt it is; hashed when it is first asked for."""
        return PromptReference(
            name=self.name,
            version=self.version,
            content_hash=prompt_hash(self.function, [self.function(sample) for sample in self.samples]),
            origin="code",
        )

    def rendered(self, inputs: PromptInputs) -> RenderedPrompt:
        """Return the messages for some inputs.

        Raises:
            UnfitInputsError: The inputs are of another prompt's type.
        """
        if not isinstance(inputs, self.inputs_type):
            raise UnfitInputsError(self.reference, type(inputs).__name__, self.inputs_type.__name__)
        return RenderedPrompt(reference=self.reference, messages=self.function(inputs))

    @cached_property
    def _words(self) -> re.Match[str]:
        words = _FUNCTION_NAME.fullmatch(getattr(self.function, "__name__", ""))
        if words is None:
            raise TypeError(f"A prompt's function is called NAME_VERSION, such as answer_v1, got {self.function!r}.")
        return words


class CodePrompts:
    """The prompts of the code, as a `PromptSource`.

    Args:
        prompts: All versions of all prompts.
        current: The current version of each name.
        versions: Versions that are current instead, by name, as a configuration says.

    Raises:
        UnknownPromptError: `versions` names a prompt or a version that there is not.
    """

    def __init__(
        self, prompts: Sequence[CodePrompt], current: Mapping[str, str], versions: Mapping[str, str] | None = None
    ) -> None:
        self._prompts = {(prompt.name, prompt.version): prompt for prompt in prompts}
        self._current = {**current, **(versions or {})}
        self._told: set[PromptReference] = set()
        for name, version in self._current.items():
            self._found(name, version)

    @property
    def current(self) -> Mapping[str, str]:
        """The current version of each name."""
        return self._current

    def prompt(self, name: str, version: str | None = None) -> Prompt:
        """Return a prompt of a version, or of the current one. The first use of each is logged.

        Raises:
            UnknownPromptError: There is no such prompt or version.
        """
        found = self._found(name, version or self._current.get(name))
        if found.reference not in self._told:
            self._told.add(found.reference)
            told_load(found.reference)
        return found

    def _found(self, name: str, version: str | None) -> CodePrompt:
        known = [each for prompt, each in self._prompts if prompt == name]
        if version is None or not known:
            raise UnknownPromptError(name, sorted({prompt for prompt, _ in self._prompts}))
        found = self._prompts.get((name, version))
        if found is None:
            raise UnknownPromptError(f"{name} {version}", [f"{name} {each}" for each in known])
        return found
