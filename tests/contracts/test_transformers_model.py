"""TransformersModel keeps the promises of the LanguageModel port."""

from pathlib import Path

import pytest

from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.infrastructure.language_models.transformers_folder import TransformersModel
from tests.contracts.language_model import LanguageModelContract

pytestmark = pytest.mark.integration


class TestTransformersModel(LanguageModelContract):
    writes_json = False  # the weights are random

    @pytest.fixture
    def made_model(self, tiny_chat_model: Path) -> LanguageModel:
        return TransformersModel.from_model_id(str(tiny_chat_model))
