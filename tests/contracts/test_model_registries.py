"""The registry on ZenML and the fake keep the promises of the ModelRegistry port."""

from collections.abc import Iterator

import pytest
from zenml.client import Client

from llm_engineering.application.train.registry import ModelRegistry
from llm_engineering.infrastructure.models.zenml_registry import ZenmlModelRegistry
from tests.contracts.model_registry import ModelRegistryContract
from tests.support.model_registry import ModelsInMemory
from tests.support.registered_models import empty_registry


class TestModelsInMemory(ModelRegistryContract):
    @pytest.fixture
    def registry(self) -> ModelRegistry:
        return ModelsInMemory()


@pytest.mark.integration
class TestZenmlModelRegistry(ModelRegistryContract):
    @pytest.fixture
    def registry(self, zenml_models: Client) -> ModelRegistry:
        return ZenmlModelRegistry(zenml_models)


@pytest.fixture
def zenml_models() -> Iterator[Client]:
    """Yield a client of a ZenML without models: it is that of the whole process."""
    with empty_registry() as client:
        yield client
