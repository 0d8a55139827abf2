"""The verdicts on simulated experiments: the errors are as rare, and the finds as frequent, as is claimed."""

import pytest

from benchmarks.experiment_simulations import (
    EFFECTS,
    NULLS,
    extended_rates,
    missed_rate,
    needed_questions,
    needed_users,
    offline_rates,
    online_rate,
)

pytestmark = pytest.mark.slow

RUNS = 2_000


@pytest.mark.parametrize("name", NULLS)
def test_no_more_than_one_in_twenty_is_called_different_that_is_not(name: str) -> None:
    rates = offline_rates(NULLS[name], questions=40, experiments=RUNS, resamples=299)

    assert rates.experiments == RUNS
    assert rates.winner <= 0.05


@pytest.mark.parametrize("name", EFFECTS)
def test_the_power_with_the_recommended_number_of_questions_is_the_claimed_one(name: str) -> None:
    count, claimed = needed_questions(EFFECTS[name])
    rates = offline_rates(EFFECTS[name], questions=count, experiments=300, resamples=399)

    assert claimed == pytest.approx(0.8, abs=0.01)
    # Four standard errors of 300 runs.
    assert rates.b == pytest.approx(claimed, abs=0.1)
    assert rates.a == 0


def test_adding_the_questions_that_are_asked_for_and_looking_again_is_allowed() -> None:
    rates = extended_rates(NULLS["normal"], pilot=30, looks=4, experiments=150, resamples=199)

    assert rates.winner <= 0.05
    assert rates.alike > 0.3


@pytest.mark.parametrize(("rate", "share_b"), [(0.5, 0.5), (0.9, 0.2)])
def test_looking_after_every_user_calls_no_more_than_one_in_twenty_different_that_is_not(
    rate: float, share_b: float
) -> None:
    assert online_rate(rate, rate, share_b, users=500, experiments=RUNS) <= 0.05
    assert missed_rate(rate - 0.05, rate + 0.05, share_b, users=500, experiments=500) <= 0.05


def test_the_power_with_the_recommended_number_of_users_is_the_claimed_one() -> None:
    users = needed_users(0.3, 0.2, 0.5)

    assert online_rate(0.2, 0.4, 0.5, users=users, experiments=1_000) == pytest.approx(0.8, abs=0.08)
