import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_engineering.application.experiments.sequential import (
    always_valid_p_values,
    bets,
    confidence_interval,
    effect_guesses,
    guess_bound,
    log_fortunes,
    sequential_test,
    users_to_detect,
)


def test_guesses_are_weighed_by_the_probability_of_the_variant() -> None:
    # The first outcome is compared with 0.5, the second with (0.5 + 1) / 2, the third with (0.5 + 1 + 0) / 3.
    guesses = effect_guesses(np.array([True, False, False]), np.array([1.0, 0.0, 1.0]), 0.25)

    assert guesses == pytest.approx([0.5 / 0.25, 0.75 / 0.75, -0.5 / 0.75])
    assert guess_bound(0.25) == 4


def test_a_guess_is_right_on_average_over_the_assignment() -> None:
    # A user whose outcome is 0.9 with B and 0.2 with A, after one whose outcome was 0.4: the average is 0.9 - 0.2.
    with_b = effect_guesses(np.array([True, True]), np.array([0.4, 0.9]), 0.3)[1]
    with_a = effect_guesses(np.array([True, False]), np.array([0.4, 0.2]), 0.3)[1]

    assert 0.3 * with_b + 0.7 * with_a == pytest.approx(0.7)


@given(
    mean=st.floats(min_value=-1, max_value=1),
    value=st.floats(min_value=-2, max_value=2),
)
def test_no_bet_loses_everything_at_once(mean: float, value: float) -> None:
    assert (1 + bets(mean, -2, 2) * (value - mean)).min() >= 0.1 - 1e-12


def test_a_fortune_is_what_its_bets_make_of_it() -> None:
    # One value of 1 with bounds -2 and 2: the bets of both signs win and lose the same.
    assert log_fortunes(np.array([1.0]), 0.0, -2.0, 2.0) == pytest.approx([0])


def test_fair_bets_neither_win_nor_lose_on_average() -> None:
    up, down = log_fortunes(np.array([[1.5], [-0.5]]), 0.0, -2.0, 2.0)[:, 0]

    assert (np.exp(up) + 3 * np.exp(down)) / 4 == pytest.approx(1)  # 1.5 in one of four, -0.5 in three: mean 0


def test_p_never_rises_and_is_at_most_1() -> None:
    values = np.random.default_rng(3).choice([-1.0, 1.0], 300)

    p_values = always_valid_p_values(values, 0.0, -2.0, 2.0)

    assert p_values.max() <= 1
    assert (np.diff(p_values) <= 0).all()


def test_a_clear_effect_is_found_and_lies_in_the_interval() -> None:
    in_b = np.arange(400) % 2 == 0
    outcomes = np.where(np.arange(400) % 10 < np.where(in_b, 8, 3), 1.0, 0.0)  # 4 of 5 with B, 1 of 5 with A

    found = sequential_test(in_b, outcomes, 0.5, 0.05)

    assert found.p < 1e-6
    assert found.low < outcomes[in_b].mean() - outcomes[~in_b].mean() < found.high
    assert found.low > 0


def test_one_user_says_nothing() -> None:
    found = sequential_test(np.array([True]), np.array([1.0]), 0.5, 0.05)

    assert (found.p, found.low, found.high) == (1, -1, 1)


def test_users_that_are_all_alike_show_that_there_is_no_effect() -> None:
    in_b = np.random.default_rng(0).random(2_000) < 0.5

    found = sequential_test(in_b, np.ones(2_000), 0.5, 0.05)

    assert found.p > 0.05
    assert -0.05 < found.low < 0 < found.high < 0.05


@settings(max_examples=30, deadline=None)
@given(st.integers(min_value=1, max_value=60), st.integers(min_value=0, max_value=2**32 - 1))
def test_the_interval_only_narrows(users: int, seed: int) -> None:
    guesses = np.random.default_rng(seed).uniform(-2, 2, 80)

    before = confidence_interval(guesses[:users], 2.0, 0.2)
    after = confidence_interval(guesses, 2.0, 0.2)

    assert before[0] - 1e-3 <= after[0] <= after[1] <= before[1] + 1e-3


def test_p_and_interval_say_the_same() -> None:
    generator = np.random.default_rng(5)
    in_b = generator.random(300) < 0.5
    for effect in (0.0, 0.1, 0.2, 0.3, 0.4):
        outcomes = (generator.random(300) < np.where(in_b, 0.4 + effect, 0.4)).astype(float)
        found = sequential_test(in_b, outcomes, 0.5, 0.05)
        assert (found.p < 0.05) == (found.low > 0 or found.high < 0)


def test_half_the_effect_needs_about_four_times_the_users() -> None:
    guesses = np.random.default_rng(1).choice([-1.0, 1.0], 2_000)

    many, few = (users_to_detect(guesses, 2.0, effect, 0.05, 0.8) for effect in (0.05, 0.1))

    assert many is not None
    assert few is not None
    assert many / few == pytest.approx(4, rel=0.25)


def test_how_many_are_needed_is_unknown_while_nobody_differs() -> None:
    assert users_to_detect(np.zeros(10), 2.0, 0.1, 0.05, 0.8) is None
