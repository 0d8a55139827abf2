"""Prompts that tests are written on."""

from llm_engineering.application.prompts.code_prompts import CodePrompt
from llm_engineering.application.prompts.pieces import conversation, question_block
from llm_engineering.application.prompts.source import ExpandInputs
from llm_engineering.domain.language_models import ChatMessage

SAMPLES = (ExpandInputs(question="What?", count=3),)


def expand_v1(inputs: ExpandInputs) -> tuple[ChatMessage, ...]:
    """Reword."""
    return conversation(f"Reword {inputs.count} times.", question_block(inputs.question))


def expand_v2(inputs: ExpandInputs) -> tuple[ChatMessage, ...]:
    """Reword briefly."""
    return conversation(f"Reword {inputs.count} times, briefly.", question_block(inputs.question))


EXPANDS = (CodePrompt(expand_v1, SAMPLES), CodePrompt(expand_v2, SAMPLES))
