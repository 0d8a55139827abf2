"""The metrics of experiments keep the promises of the AnswerMetric port."""

from typing import cast

import pytest

from llm_engineering.application.evaluate.style.model import StyleModel
from llm_engineering.application.experiments.metrics import METRIC_NAMES, METRICS, AnswerMetric
from llm_engineering.application.experiments.style_metric import StyleScore
from tests.contracts.answer_metric import AnswerMetricContract
from tests.support.styles import two_authors


class TestPlainMetrics(AnswerMetricContract):
    @pytest.fixture(params=METRICS.values(), ids=list(METRICS))
    def metric(self, request: pytest.FixtureRequest) -> AnswerMetric:
        return cast("AnswerMetric", request.param)


class TestStyleScore(AnswerMetricContract):
    @pytest.fixture
    def metric(self) -> AnswerMetric:
        return StyleScore(StyleModel.fitted(two_authors()), "Ada Calm")


def test_all_have_their_own_names() -> None:
    assert len(set(METRIC_NAMES)) == len(METRIC_NAMES) == len(METRICS) + 1
