"""Prompts that tests are written on."""

from llm_engineering.application.prompts.code_prompts import CodePrompt
from llm_engineering.application.prompts.pieces import conversation, question_block
from llm_engineering.application.prompts.source import ExpandInputs, Prompt, UnknownPromptError
from llm_engineering.application.prompts.templates import TemplateMessage, TemplatePrompt, brace_pieces
from llm_engineering.domain.errors import TwinError
from llm_engineering.domain.language_models import ChatMessage, Role

SAMPLES = (ExpandInputs(question="What?", count=3),)


def expand_v1(inputs: ExpandInputs) -> tuple[ChatMessage, ...]:
    """Reword."""
    return conversation(f"Reword {inputs.count} times.", question_block(inputs.question))


def expand_v2(inputs: ExpandInputs) -> tuple[ChatMessage, ...]:
    """Reword briefly."""
    return conversation(f"Reword {inputs.count} times, briefly.", question_block(inputs.question))


EXPANDS = (CodePrompt(expand_v1, SAMPLES), CodePrompt(expand_v2, SAMPLES))

TEMPLATES = {
    "v1": (
        TemplateMessage(role=Role.SYSTEM, template='Reword {count} times: {{"questions": []}}'),
        TemplateMessage(role=Role.USER, template="{question}"),
    ),
    "v2": (TemplateMessage(role=Role.USER, template="Reword: {question}"),),
}
"""Versions of the prompt "expand" as templates."""


class PromptsInMemory:
    """A PromptSource that fails on demand and counts how often it is asked."""

    def __init__(self, *prompts: Prompt, current: dict[str, str]) -> None:
        self._prompts = {(prompt.reference.name, prompt.reference.version): prompt for prompt in prompts}
        self.current = current
        self.failure: TwinError | None = None
        self.asked: list[tuple[str, str | None]] = []

    def prompt(self, name: str, version: str | None = None) -> Prompt:
        self.asked.append((name, version))
        if self.failure is not None:
            raise self.failure
        found = self._prompts.get((name, version or self.current.get(name, "")))
        if found is None:
            known = [f"{each} {version}" for each, version in self._prompts if each == name]
            raise UnknownPromptError(f"{name} {version}", known) if known else UnknownPromptError(name, [*self.current])
        return found


def template_prompt(version: str, text: str = "Reword: {question}", *, origin: str = "store") -> TemplatePrompt:
    """Return a version of "expand" that is a template."""
    return TemplatePrompt("expand", version, [(Role.USER, brace_pieces("expand", text))], origin=origin)
