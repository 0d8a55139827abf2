"""The prompts of the code keep the promises of the PromptSource port."""

import pytest

from llm_engineering.application.prompts.code_prompts import CodePrompts
from llm_engineering.application.prompts.source import PromptSource
from tests.contracts.prompt_source import PromptSourceContract
from tests.support.prompts import EXPANDS


class TestCodePrompts(PromptSourceContract):
    @pytest.fixture
    def source(self) -> PromptSource:
        return CodePrompts(EXPANDS, {"expand": "v1"})
