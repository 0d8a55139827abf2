"""The metrics of experiments keep the promises of the AnswerMetric port."""

from typing import cast

import pytest

from llm_engineering.application.evaluate.model_scoring.copies import CopyIndex
from llm_engineering.application.evaluate.model_scoring.metrics import copy_metrics, plain_metrics, rouge_metrics
from llm_engineering.application.evaluate.style.model import StyleModel
from llm_engineering.application.experiments.metrics import METRIC_NAMES, METRICS, AnswerMetric
from llm_engineering.application.experiments.style_metric import StyleScore
from tests.contracts.answer_metric import AnswerMetricContract
from tests.support.scored import WordSetOverlap
from tests.support.styles import two_authors


class TestPlainMetrics(AnswerMetricContract):
    @pytest.fixture(params=METRICS.values(), ids=list(METRICS))
    def metric(self, request: pytest.FixtureRequest) -> AnswerMetric:
        return cast("AnswerMetric", request.param)


class TestStyleScore(AnswerMetricContract):
    @pytest.fixture
    def metric(self) -> AnswerMetric:
        return StyleScore(StyleModel.fitted(two_authors()), "Ada Calm")


INDEX = CopyIndex.of([("On silk", "Silk is what a worm spins. " * 4)])
OF_MODELS = (
    *plain_metrics(),
    *rouge_metrics(WordSetOverlap(), {"q0": "Silk is what a worm spins."}),
    *copy_metrics(INDEX.copied, 10),
)


class TestMetricsOfModels(AnswerMetricContract):
    @pytest.fixture(params=OF_MODELS, ids=lambda each: each.definition.name)
    def metric(self, request: pytest.FixtureRequest) -> AnswerMetric:
        return cast("AnswerMetric", request.param)


def test_all_have_their_own_names() -> None:
    assert len(set(METRIC_NAMES)) == len(METRIC_NAMES) == len(METRICS) + 1
