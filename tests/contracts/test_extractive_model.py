"""ExtractiveModel keeps the promises of the LanguageModel port."""

import pytest

from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.infrastructure.factory import term_encoder
from llm_engineering.infrastructure.language_models.extractive import ExtractiveModel
from tests.contracts.language_model import LanguageModelContract


class TestExtractiveModel(LanguageModelContract):
    writes_json = False

    @pytest.fixture
    def made_model(self) -> LanguageModel:
        return ExtractiveModel(term_encoder().stems)
