"""Readers keep the promises of the TextReader port."""

from pathlib import Path

import pytest

from llm_engineering.application.evaluate.model_scoring.likelihood import TextReader
from llm_engineering.infrastructure.evaluation.transformers_reader import TransformersReader
from tests.contracts.text_reader import TextReaderContract
from tests.support.scored import LetterReader
from tests.support.tiny_chat_model import saved_tiny_chat_model


class TestLetterReader(TextReaderContract):
    @pytest.fixture
    def reader(self) -> TextReader:
        return LetterReader()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved_tiny_chat_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.mark.integration
class TestTransformersReader(TextReaderContract):
    @pytest.fixture
    def reader(self, folder: Path) -> TextReader:
        return TransformersReader(folder, 64)
