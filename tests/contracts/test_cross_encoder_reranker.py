"""The cross-encoder keeps the promises of the Reranker port, with a tiny model of random weights."""

from pathlib import Path

import pytest

from llm_engineering.application.retrieve.reranking import Reranker
from llm_engineering.infrastructure.rerankers.cross_encoder import CrossEncoderReranker
from tests.contracts.reranker import RerankerContract
from tests.support.tiny_reranker import saved_tiny_reranker

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved_tiny_reranker(tmp_path_factory.mktemp("reranker"))


class TestCrossEncoder(RerankerContract):
    @pytest.fixture
    def reranker(self, folder: Path) -> Reranker:
        return CrossEncoderReranker.from_model_id(str(folder))
