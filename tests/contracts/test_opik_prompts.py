"""Prompts from Opik keep the promises of the PromptSource port."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from llm_engineering.application.prompts.source import PromptSource
from llm_engineering.infrastructure.prompts.opik_prompts import OpikPrompts
from llm_engineering.infrastructure.tracing.opik_address import OpikAccess
from tests.contracts.prompt_source import PromptSourceContract
from tests.support.opik_prompt_library import opik_prompt_library

pytestmark = pytest.mark.integration


class TestOpikPrompts(PromptSourceContract):
    @pytest.fixture
    def source(self) -> Iterator[PromptSource]:
        with opik_prompt_library() as library:
            library.save(
                "expand",
                [
                    {"role": "system", "content": 'Reword {{ count }} times: {"questions": []}'},
                    {"role": "user", "content": "{{question}}"},
                ],
            )
            library.save("expand", "Reword: {{question}}")
            library.in_production["expand"] = "v1"
            access = OpikAccess.checked(library.url, SecretStr("key"), workspace="team", project="twin")
            yield OpikPrompts(access, timeout_seconds=5)
