"""The fake of the Embedder port keeps the port's promises, so that what it stands in for is the port."""

import pytest

from llm_engineering.application.ports import Embedder
from tests.contracts.embedder import EmbedderContract
from tests.support.fakes import LetterEmbedder


class TestLetterEmbedder(EmbedderContract):
    @pytest.fixture(params=[16, 256])
    def embedder(self, request: pytest.FixtureRequest) -> Embedder:
        return LetterEmbedder(max_tokens=request.param)
