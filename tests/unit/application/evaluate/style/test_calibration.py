import numpy as np
import pytest

from llm_engineering.application.evaluate.style.calibration import (
    calibration_bins,
    calibration_error,
    probabilities,
    sharpness,
)

ALIKE = np.full(4, 0.25)


def test_scores_that_are_right_three_times_of_four_make_it_so_sure() -> None:
    scores = np.array([[1.0, 0.0]] * 400)
    own = np.array([0, 0, 0, 1] * 100)
    lengths = np.full(400, 100.0)

    found = sharpness(scores, lengths, own, np.full(400, 1 / 400))

    assert probabilities(scores[:1], lengths[:1], found)[0] == pytest.approx([0.75, 0.25], abs=1e-3)


def test_scores_that_are_wrong_more_often_than_right_say_nothing() -> None:
    scores = np.array([[1.0, 0.0]] * 4)
    lengths = np.full(4, 100.0)

    found = sharpness(scores, lengths, np.array([1, 1, 1, 0]), ALIKE)

    assert probabilities(scores, lengths, found)[0].tolist() == [0.5, 0.5]


def test_the_error_is_the_gap_between_sure_and_right() -> None:
    likely = np.array([[0.75, 0.25]] * 4)

    assert calibration_error(likely, np.array([0, 0, 0, 1]), ALIKE) == 0
    assert calibration_error(likely, np.array([0, 0, 0, 0]), ALIKE) == 0.25


def test_each_tenth_says_how_sure_and_how_often_right() -> None:
    likely = np.array([[0.625, 0.375], [0.375, 0.625], [0.125, 0.875], [0.0, 1.0]])

    # The first two lie in one tenth, of which the heavier one is right; the last tenth holds what is certain.
    found = calibration_bins(likely, np.array([0, 0, 1, 0]), np.array([0.3, 0.1, 0.4, 0.2]))

    assert found == [(0.625, pytest.approx(0.75), 2), (0.875, 1.0, 1), (1.0, 0.0, 1)]
