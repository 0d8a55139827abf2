"""The fake of the tests keeps the promises of the LanguageModel port, bare and with all that is put around models."""

from datetime import UTC, datetime

import pytest

from llm_engineering.application.language_models.breaker import BreakingModel
from llm_engineering.application.language_models.ledger import Budget, LedgerInMemory
from llm_engineering.application.language_models.metering import MeteredModel, Prices
from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.application.language_models.retrying import RetryingModel
from tests.contracts.language_model import LanguageModelContract
from tests.support.scripted_model import ScriptedModel


class TestScriptedModel(LanguageModelContract):
    @pytest.fixture
    def made_model(self) -> LanguageModel:
        return ScriptedModel()


class TestWrappedModel(LanguageModelContract):
    @pytest.fixture
    def made_model(self) -> LanguageModel:
        prices = Prices(per_million_prompt_tokens=1, per_million_completion_tokens=2)
        metered = MeteredModel(
            ScriptedModel(),
            LedgerInMemory(),
            prices=prices,
            budget=Budget(limit=1),
            now=lambda: datetime(2026, 5, 1, tzinfo=UTC),
        )
        return RetryingModel(BreakingModel(metered))
