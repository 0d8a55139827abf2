"""Prompts in a document store keep the promises of the PromptSource port."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from llm_engineering.application.prompts.source import PromptSource
from llm_engineering.application.prompts.stored import StoredPrompts
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings
from tests.contracts.prompt_source import PromptSourceContract
from tests.support.prompts import TEMPLATES

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class TestStoredPrompts(PromptSourceContract):
    @pytest.fixture
    def source(self, tmp_path: Path) -> Iterator[PromptSource]:
        with opened_document_store(Settings(data_folder=tmp_path)) as store:
            prompts = StoredPrompts(store)
            for version, messages in TEMPLATES.items():
                prompts.push("expand", version, messages, at=NOW)
            prompts.pin("expand", "v1", at=NOW)
            yield prompts
