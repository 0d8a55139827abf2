"""The fake keeps the promises of the Reranker port."""

import pytest

from llm_engineering.application.retrieve.reranking import Reranker
from tests.contracts.reranker import RerankerContract
from tests.support.fakes import LongestFirst


class TestLongestFirst(RerankerContract):
    @pytest.fixture
    def reranker(self) -> Reranker:
        return LongestFirst()
