"""Prompts in chosen versions keep the promises of the PromptSource port."""

import pytest

from llm_engineering.application.prompts.chosen import ChosenPrompts
from llm_engineering.application.prompts.code_prompts import CodePrompts
from llm_engineering.application.prompts.source import PromptSource
from tests.contracts.prompt_source import PromptSourceContract
from tests.support.prompts import EXPANDS


class TestChosenPrompts(PromptSourceContract):
    @pytest.fixture
    def source(self) -> PromptSource:
        return ChosenPrompts(CodePrompts(EXPANDS, {"expand": "v2"}), {"expand": "v1", "answer": None})


def test_what_is_not_chosen_stays_as_it_is() -> None:
    source = ChosenPrompts(CodePrompts(EXPANDS, {"expand": "v2"}), {"expand": None})

    assert source.prompt("expand").reference.version == "v2"
