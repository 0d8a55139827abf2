"""What trains keeps the promises of its port."""

from pathlib import Path

import pytest

from llm_engineering.application.train.trainer import ModelTrainer
from llm_engineering.infrastructure.training.trl_trainer import TrlTrainer
from tests.contracts.model_trainer import ModelTrainerContract
from tests.support.training import WordTrainer, one_thread, tiny_plan

__all__ = ["one_thread"]


class TestWordTrainer(ModelTrainerContract):
    @pytest.fixture
    def trainer(self) -> ModelTrainer:
        return WordTrainer()


@pytest.mark.integration
@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
class TestTrlTrainer(ModelTrainerContract):
    @pytest.fixture
    def trainer(self, tiny_chat_model: Path, tmp_path: Path) -> ModelTrainer:
        return TrlTrainer(tiny_plan(tiny_chat_model, tmp_path / "models"))
