from math import exp, log

import pytest

from llm_engineering.application.evaluate.model_scoring.likelihood import Likelihood, text_key
from llm_engineering.application.evaluate.model_scoring.questions import NamedText
from llm_engineering.application.evaluate.model_scoring.scores import (
    FAILED,
    ScoreValues,
    failed_values,
    likelihood_values,
    metric_values,
)
from llm_engineering.application.experiments.given_answers import Failure
from llm_engineering.application.experiments.metrics import METRICS
from llm_engineering.application.experiments.running import Answers
from tests.support.experiments import asked, given

QUESTIONS = asked("One?", "Two?", "Three?")
BROKEN = Failure(reason="model_failed", detail="It broke.")
ANSWERS = Answers({"q0": given("one two"), "q1": given("one two three four")}, {"q2": BROKEN})


def values(*figures: float, is_logarithm: bool = False) -> ScoreValues:
    return ScoreValues(
        definition=FAILED, values={f"q{n}": each for n, each in enumerate(figures)}, is_logarithm=is_logarithm
    )


def test_a_failed_answer_is_missing_with_its_reason_and_counted() -> None:
    found = metric_values(METRICS["length"], QUESTIONS, ANSWERS)

    assert found.values == {"q0": 2, "q1": 4}
    assert found.missing_by_reason == {"model_failed": 1}
    assert failed_values(QUESTIONS, ANSWERS).values == {"q0": 0, "q1": 0, "q2": 1}


def test_a_question_that_nobody_asked_is_missing_too() -> None:
    assert metric_values(METRICS["length"], QUESTIONS, Answers({}, {})).missing_by_reason == {"not_asked": 3}


def test_the_interval_of_one_figure_is_a_point_and_of_none_there_is_none() -> None:
    one = values(0.25).interval

    assert one is not None
    assert (one.value, one.low, one.high, one.count) == (0.25, 0.25, 0.25, 1)
    assert values().interval is None


def test_the_mean_lies_in_its_interval() -> None:
    found = values(0, 0, 1, 1, 1, 1, 0, 1).interval

    assert found is not None
    assert found.value == 0.625
    assert 0 < found.low < 0.625 < found.high < 1


def test_the_difference_is_over_what_both_have() -> None:
    baseline = ScoreValues(definition=FAILED, values={"q1": 1.0, "q2": 2.0, "q9": 50.0})

    found = values(100, 3, 5).difference(baseline)

    assert found is not None
    assert (found.value, found.count) == (2.5, 2)
    assert values(1).difference(baseline) is None


def test_the_mean_of_logarithms_is_the_geometric_one() -> None:
    found = values(log(2), log(8), is_logarithm=True)
    single, difference = found.interval, found.difference(values(log(1), log(4), is_logarithm=True))

    assert single is not None
    assert single.value == pytest.approx(4)
    assert difference is not None
    # 4 - 2; each resample is one of 2 - 1, 4 - 2 and 8 - 4.
    assert difference.value == pytest.approx(2)
    assert (difference.low, difference.high) == pytest.approx((1, 4))


def test_each_text_counts_the_same_in_perplexity_and_bits() -> None:
    texts = [NamedText(name="short", text="a"), NamedText(name="long", text="bb"), NamedText(name="bad", text="c")]
    likelihoods: dict[str, Likelihood | Failure] = {
        text_key(texts[0]): Likelihood(tokens=1, utf8_bytes=1, nats=log(2)),
        text_key(texts[1]): Likelihood(tokens=100, utf8_bytes=50, nats=100 * log(8)),
        text_key(texts[2]): BROKEN,
    }

    perplexity, bits = likelihood_values(texts, likelihoods)

    assert perplexity.interval is not None
    assert perplexity.interval.value == pytest.approx(4)
    assert exp(max(perplexity.values.values())) == pytest.approx(8)
    # 1 bit for a byte, and 300 bits for 50 bytes.
    assert bits.interval is not None
    assert bits.interval.value == pytest.approx(3.5)
    assert bits.missing_by_reason == perplexity.missing_by_reason == {"model_failed": 1}
