"""ROUGE keeps the promises of the WordOverlap port."""

import pytest

from llm_engineering.application.evaluate.model_scoring.overlap import WordOverlap
from llm_engineering.infrastructure.evaluation.rouge import RougeOverlap
from tests.contracts.word_overlap import WordOverlapContract
from tests.support.scored import WordSetOverlap


class TestWordSetOverlap(WordOverlapContract):
    @pytest.fixture
    def overlap(self) -> WordOverlap:
        return WordSetOverlap()


class TestRougeOverlap(WordOverlapContract):
    @pytest.fixture
    def overlap(self) -> WordOverlap:
        return RougeOverlap()
