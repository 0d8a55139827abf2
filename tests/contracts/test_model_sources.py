"""What opens models keeps the promises of the ModelSource port."""

from pathlib import Path

import pytest

from llm_engineering.application.evaluate.model_scoring.configuration import EvaluatedModel, Speaking
from llm_engineering.application.evaluate.model_scoring.folders import weights_hash
from llm_engineering.application.evaluate.model_scoring.source import ModelSource
from llm_engineering.domain.prompt_contracts import PromptContract
from llm_engineering.infrastructure.evaluation.model_source import SettingsModelSource
from llm_engineering.settings import Settings
from tests.contracts.model_source import BASE, ModelSourceContract
from tests.support.scored import LetterReader, ScriptedSource
from tests.support.tiny_chat_model import saved_tiny_chat_model

RAG = EvaluatedModel.model_validate({"name": "rag", "kind": "rag", "folder": "models/base"})
WRITER = EvaluatedModel.model_validate({"name": "writer", "kind": "settings", "model": "writer-1"})


class TestScriptedSource(ModelSourceContract):
    @pytest.fixture
    def source(self) -> ModelSource:
        return ScriptedSource({"base": lambda question: f"Asked: {question}"}, readers={"base": LetterReader()})


@pytest.fixture(scope="module")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    saved_tiny_chat_model(folder / "models" / "base")
    return folder


def settings_source(data_folder: Path, window_tokens: int | None = 64) -> SettingsModelSource:
    speaking = Speaking(max_output_tokens=8)
    return SettingsModelSource(Settings(data_folder=data_folder), PromptContract(), speaking, window_tokens)


@pytest.mark.integration
class TestSettingsModelSource(ModelSourceContract):
    @pytest.fixture
    def source(self, data_folder: Path) -> ModelSource:
        return settings_source(data_folder)

    def test_the_hash_is_that_of_the_folder_and_services_have_none(self, data_folder: Path) -> None:
        source = settings_source(data_folder)

        assert source.weights_hash(BASE) == weights_hash(data_folder / "models/base")
        assert source.weights_hash(RAG) is source.weights_hash(WRITER) is None
        assert source.reading_fingerprint(RAG) is source.reading_fingerprint(WRITER) is None
        assert source.place(WRITER) == "writer-1 of the settings"
        assert source.place(RAG) == "the index, answered by models/base"

    def test_another_window_is_another_reading_and_without_one_nothing_is_read(self, data_folder: Path) -> None:
        prints = {settings_source(data_folder, window).reading_fingerprint(BASE) for window in (32, 64)}

        assert len(prints) == 2
        assert settings_source(data_folder, None).reading_fingerprint(BASE) is None
