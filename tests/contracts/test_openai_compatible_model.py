"""OpenAICompatibleModel keeps the promises of the LanguageModel port."""

from collections.abc import Iterator

import pytest

from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.infrastructure.language_models.addresses import ModelAddress
from llm_engineering.infrastructure.language_models.openai_compatible import OpenAICompatibleModel
from tests.contracts.language_model import LanguageModelContract
from tests.support.openai_stub import MODEL, OpenAIStub, openai_stub

pytestmark = pytest.mark.integration


class TestOpenAICompatibleModel(LanguageModelContract):
    @pytest.fixture
    def stub(self) -> Iterator[OpenAIStub]:
        with openai_stub() as stub:
            yield stub

    @pytest.fixture
    def made_model(self, stub: OpenAIStub) -> LanguageModel:
        return OpenAICompatibleModel.connect(ModelAddress.parse(stub.url), None, MODEL)
