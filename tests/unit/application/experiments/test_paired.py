import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.experiments.paired import holm_adjusted, metric_comparison
from tests.support.experiments import LENGTH, figures


def test_means_and_differences_are_of_the_questions_that_both_answered() -> None:
    found = metric_comparison(
        figures([0.5, 1.0, 0.0], [0.75, 0.5], missing_b={"q002": "model_failed"}), 0.05, resamples=99
    )

    assert (found.questions, found.pairs) == (3, 2)
    assert (found.mean_a, found.mean_b) == (0.75, 0.625)
    assert found.difference is not None
    assert found.difference.mean == -0.125
    assert (found.a_better, found.b_better, found.ties) == (1, 1, 0)
    assert found.missing == {"A": {}, "B": {"model_failed": 1}}
    assert found.deviation == pytest.approx(0.5303, abs=1e-4)  # of 0.25 and -0.5


def test_lower_is_better_where_the_metric_says_so() -> None:
    found = metric_comparison(figures([100, 100, 100], [90, 80, 100], LENGTH), 0.05, resamples=99)

    assert found.difference is not None
    assert found.gain is not None
    assert found.difference.mean == -10
    assert (found.gain.mean, found.gain.low, found.gain.high) == (10, -found.difference.high, -found.difference.low)
    assert (found.a_better, found.b_better, found.ties) == (0, 2, 1)


@pytest.mark.parametrize("values", [[], [0.5]])
def test_below_two_pairs_there_is_no_interval(values: list[float]) -> None:
    found = metric_comparison(figures(values, values), 0.05)

    assert (found.difference, found.gain, found.p, found.deviation) == (None, None, 1, 0)


def test_holm() -> None:
    # 0.01 * 3; 0.02 * 2 = 0.04; 0.03 * 1, but not below the one before.
    assert holm_adjusted([0.03, 0.01, 0.02]) == pytest.approx((0.04, 0.03, 0.04))
    assert holm_adjusted([]) == ()


@given(st.lists(st.floats(min_value=0, max_value=1), max_size=8))
def test_holm_keeps_the_order_and_only_raises(values: list[float]) -> None:
    adjusted = holm_adjusted(values)

    assert all(before <= after <= 1 for before, after in zip(values, adjusted, strict=True))
    assert [after for _, after in sorted(zip(values, adjusted, strict=True))] == sorted(adjusted)
