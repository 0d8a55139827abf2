"""The base of what is put around a language model."""

from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.domain.language_models import ModelIdentity


class ModelWrapper:
    """Has the identity of the model inside it, and closes it."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    @property
    def identity(self) -> ModelIdentity:
        """Which model it is."""
        return self._model.identity

    async def close(self) -> None:
        """Close the model; safe to call twice."""
        await self._model.close()
