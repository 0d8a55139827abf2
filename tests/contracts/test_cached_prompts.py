"""Cached prompts, and the fake that they are tried on, keep the promises of the PromptSource port."""

import pytest

from llm_engineering.application.prompts.cached import CachedPrompts
from llm_engineering.application.prompts.code_prompts import CodePrompts
from llm_engineering.application.prompts.source import PromptSource
from tests.contracts.prompt_source import PromptSourceContract
from tests.support.prompts import PromptsInMemory, template_prompt


def in_memory() -> PromptsInMemory:
    return PromptsInMemory(
        template_prompt("v1", "Reword {count} times: {question}"), template_prompt("v2"), current={"expand": "v1"}
    )


class TestPromptsInMemory(PromptSourceContract):
    @pytest.fixture
    def source(self) -> PromptSource:
        return in_memory()


class TestCachedPrompts(PromptSourceContract):
    @pytest.fixture
    def source(self) -> PromptSource:
        return CachedPrompts(in_memory(), CodePrompts([], {}), ttl_seconds=60)
