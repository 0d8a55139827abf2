import pytest

from llm_engineering.application.evaluate.comparison import compared, paired_bootstrap


def test_a_loss_that_is_the_same_everywhere_is_certain() -> None:
    interval, p_worse = paired_bootstrap([-0.25] * 8)

    assert (interval.mean, interval.low, interval.high) == (-0.25, -0.25, -0.25)
    assert p_worse == 1 / 10_001


def test_no_difference_is_no_loss() -> None:
    interval, p_worse = paired_bootstrap([0.0] * 8)

    assert (interval.low, interval.high) == (0, 0)
    assert p_worse == 1


def test_p_is_the_share_of_resamples_without_a_loss() -> None:
    # Of two questions, one lost and one won, four draws are possible: their means are -1, 0, 0 and 1.
    interval, p_worse = paired_bootstrap([-1.0, 1.0])

    assert p_worse == pytest.approx(3 / 4, abs=0.02)
    assert (interval.mean, interval.low, interval.high) == (0, -1, 1)


def test_the_interval_narrows_with_the_root_of_the_number_of_questions() -> None:
    # The standard error of 0/1 differences with mean 1/2 is 0.5 / sqrt(400) = 0.025: 1.96 of them are 0.049.
    interval, _ = paired_bootstrap([0.0, 1.0] * 200)

    assert interval.low == pytest.approx(0.5 - 0.049, abs=0.004)
    assert interval.high == pytest.approx(0.5 + 0.049, abs=0.004)


def test_only_questions_of_both_are_compared() -> None:
    found = compared({"a": 0.5, "b": 1.0, "old": 0.0}, {"a": 0.75, "b": 0.5, "new": 0.0})

    assert found is not None
    assert (found.questions, found.better, found.worse) == (2, 1, 1)
    assert (found.before, found.after, found.difference.mean) == (0.75, 0.625, -0.125)


def test_without_a_common_question_there_is_no_comparison() -> None:
    assert compared({"a": 1.0}, {"b": 1.0}) is None
