"""SageMakerModel keeps the promises of the LanguageModel port."""

from collections.abc import Iterator

import pytest

from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.infrastructure.language_models.sagemaker_endpoint import SageMakerModel
from tests.contracts.language_model import LanguageModelContract
from tests.support.sagemaker_stub import ENDPOINT, runtime_client, sagemaker_stub

pytestmark = pytest.mark.integration


class TestSageMakerModel(LanguageModelContract):
    @pytest.fixture
    def made_model(self) -> Iterator[LanguageModel]:
        with sagemaker_stub() as stub:
            yield SageMakerModel(runtime_client(stub), ENDPOINT)
