"""The fake of the Answerer port keeps the port's promises, so that what it stands in for is the port."""

import pytest

from llm_engineering.application.answer.asking import Answerer
from tests.contracts.answerer import CHUNKS, AnswererContract
from tests.support.fake_answerer import FakeAnswerer


class TestFakeAnswerer(AnswererContract):
    @pytest.fixture
    def answerer(self) -> Answerer:
        return FakeAnswerer(CHUNKS)
