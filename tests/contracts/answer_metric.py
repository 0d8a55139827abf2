"""What every AnswerMetric promises, as tests: a suite subclasses this and defines the fixture `metric`."""

import re

import pytest

from llm_engineering.application.experiments.given_answers import Failure, GivenAnswer
from llm_engineering.application.experiments.metrics import AnswerMetric
from llm_engineering.domain.answers import AnswerKind
from tests.support.experiments import answer, asked, found, given

(QUESTION,) = asked("What is silk?")
JUDGED = QUESTION.model_copy(update={"relevant": {"silk": 1}})
GIVEN = (
    given("one two three", found("one two three", "silk")),
    given("Silk is what a worm spins. " * 20, found("Silk is what a worm spins.", "silk"), supported=[True, False]),
    given("", supported=[]),
    given("[1] ... \U0001f680"),
    GivenAnswer(answer=answer("I do not know.", kind=AnswerKind.UNKNOWN), passages=()),
)


class AnswerMetricContract:
    """Holds for every metric of a single answer."""

    @pytest.fixture
    def metric(self) -> AnswerMetric:
        raise NotImplementedError

    def test_it_says_what_it_is(self, metric: AnswerMetric) -> None:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", metric.definition.name)
        assert metric.definition.meaning.endswith(".")

    @pytest.mark.parametrize("answered", GIVEN)
    @pytest.mark.parametrize("question", [QUESTION, JUDGED], ids=["nothing known", "judged"])
    def test_a_figure_is_within_its_bounds_and_anything_else_a_failure_with_a_reason(
        self, metric: AnswerMetric, question: object, answered: GivenAnswer
    ) -> None:
        asked_question = JUDGED if question is JUDGED else QUESTION
        figure = metric.value(asked_question, answered)

        if isinstance(figure, Failure):
            assert re.fullmatch(r"[a-z][a-z_]*", figure.reason)
            assert figure.detail
        else:
            assert 0 <= figure <= (metric.definition.largest_difference or 1e9)

    def test_the_same_answer_has_the_same_figure(self, metric: AnswerMetric) -> None:
        assert metric.value(JUDGED, GIVEN[1]) == metric.value(JUDGED, GIVEN[1])
