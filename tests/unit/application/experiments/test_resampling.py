import numpy as np
import pytest

from llm_engineering.application.experiments.resampling import bootstrap_intervals, sign_flip_p_values


def test_p_is_the_share_of_signs_that_are_as_extreme() -> None:
    # Of the 8 ways of setting the signs of 1, 2 and 3, two have a sum as far from 0 as 6.
    # Sums of 1, 2, -3 are 0: all ways are as extreme. Of 1, 1, 1 and 1, 2 of 16.
    assert sign_flip_p_values(np.array([[1.0, 2.0, 3.0]])) == pytest.approx([2 / 8])
    assert sign_flip_p_values(np.array([[1.0, 2.0, -3.0]])) == pytest.approx([1])
    assert sign_flip_p_values(np.array([[1.0, 1.0, 1.0, 1.0]])) == pytest.approx([2 / 16])


def test_ties_do_not_count() -> None:
    assert sign_flip_p_values(np.array([[1.0, 2.0, 3.0, 0.0, 0.0]])) == pytest.approx([2 / 8])


def test_one_question_or_ties_alone_say_nothing() -> None:
    assert sign_flip_p_values(np.array([[5.0], [0.0]])).tolist() == [1, 1]
    assert sign_flip_p_values(np.zeros((1, 30))).tolist() == [1]


def test_one_extreme_question_says_nothing() -> None:
    # With one difference among ties both signs are as extreme, however large it is.
    assert sign_flip_p_values(np.array([[1e6] + [0.0] * 11])).tolist() == [1]


def test_random_signs_stand_in_for_all_of_them_and_p_is_never_0() -> None:
    # 99 random ways: none is as extreme as all 40 signs equal, and (0 + 1) / (99 + 1) counts twice.
    assert sign_flip_p_values(np.ones((1, 40)), resamples=99) == pytest.approx([0.02])


def test_the_interval_of_values_that_do_not_differ_is_their_value() -> None:
    low, high = bootstrap_intervals(np.array([[0.25] * 8, [0.0] * 8]), 0.05)

    assert (low.tolist(), high.tolist()) == ([0.25, 0], [0.25, 0])


def test_the_interval_narrows_with_the_root_of_the_number_of_questions() -> None:
    # The standard error of 0/1 values with mean 1/2 is 0.5 / sqrt(400) = 0.025: 1.96 of them are 0.049.
    low, high = bootstrap_intervals(np.array([[0.0, 1.0] * 200]), 0.05)

    assert low[0] == pytest.approx(0.5 - 0.049, abs=0.005)
    assert high[0] == pytest.approx(0.5 + 0.049, abs=0.005)


def test_the_interval_of_a_skewed_sample_reaches_further_to_its_tail() -> None:
    low, high = bootstrap_intervals(np.array([[0.0] * 27 + [1.0] * 3]), 0.05)

    assert high[0] - 0.1 > 0.1 - low[0] > 0


def test_rows_are_told_apart_and_no_end_is_missing() -> None:
    rows = np.array([[0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0], [1.0, 2.0, 3.0, 4.0]])

    low, high = bootstrap_intervals(rows, 0.05, resamples=99)

    assert np.isfinite([low, high]).all()
    assert (low[1], high[1]) == (0, 0)
    assert low[2] > 1
