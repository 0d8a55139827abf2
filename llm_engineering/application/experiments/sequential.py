"""A test of two means that stays valid however often one looks at it.

Users come one after the other. Each is given B with a known probability, which gives an unbiased guess of the effect
for each single user (Horvitz and Thompson, 1952; Howard et al., 2021, for experiments that are watched). A gambler who
bets that the mean of these guesses is not m and starts with 1 has, if it is m, more than 1 / alpha at any time with a
probability of at most alpha (Ville, 1939). So 1 divided by his largest fortune is a p value that may be looked at after
every user (Johari et al., 2022), and the values m that he has not won against are a confidence sequence. The bets are
those of Waudby-Smith and Ramdas (2024), "Estimating means of bounded random variables by betting": equal parts of the
stake on each of a fixed set of fractions, of both signs ("dKelly").
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_SIZES: Final = 10
"""Fractions for each sign. Each is half of the one before: one of them is near the best one for any effect."""
_RATIO: Final = 2.0
_SIMULATED: Final = 1_000
"""Experiments that are simulated to say how many users are needed."""
_SEED: Final = 7
_LARGEST: Final = 0.9
"""Share of the fortune that the boldest bet can lose at once."""
_CHECKPOINTS: Final = 500
"""Moments at which the fortunes of the confidence sequence are looked at."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SequentialTest:
    """What is known after some users."""

    p: float
    """Two-sided p of no effect: the smallest so far, so that it never rises."""
    estimate: float
    """Mean of the guesses of the effect B - A."""
    low: float
    """Lower end of the 1 - alpha confidence sequence of the effect; it never falls."""
    high: float
    """Upper end; it never rises."""


def effect_guesses(in_b: NDArray[np.bool_], outcomes: Floats, share_b: float) -> Floats:
    """Return an unbiased guess of B - A for each user.

    The outcome's distance to the mean of all outcomes before it is divided by the probability of the variant that the
    user has, and counts negative in A. Taking the distance changes no mean, because the mean so far is known before the
    user comes, and takes away as much noise as comparing the two groups' means would (Waudby-Smith et al., 2024).

    Args:
        in_b: Who has B; shape (..., users).
        outcomes: From 0 to 1, in the order of the users; same shape.
        share_b: Probability of B.
    """
    before = np.cumsum(outcomes, axis=-1) - outcomes
    count = np.arange(1, outcomes.shape[-1] + 1)
    centred = outcomes - (0.5 + before) / count  # the first user is compared with 0.5
    return np.where(in_b, centred / share_b, -centred / (1 - share_b))


def guess_bound(share_b: float) -> float:
    """Return the largest size of a guess."""
    return max(1 / share_b, 1 / (1 - share_b))


def log_fortunes(values: Floats, mean: float, low: float, high: float) -> Floats:
    """Return the logarithm of the fortune after each value that bets against a mean made; 0 before the first.

    Args:
        values: Between low and high; shape (..., values).
        mean: What is bet against, between low and high.
        low: Smallest possible value.
        high: Largest possible value.
    """
    distances = values - mean
    total = np.full(values.shape, -np.inf)
    for bet in bets(mean, low, high):
        np.logaddexp(total, np.cumsum(np.log1p(bet * distances), axis=-1), out=total)
    return np.asarray(total - np.log(2 * _SIZES))


def bets(mean: float, low: float, high: float) -> Floats:
    """Return the fractions that are bet against a mean strictly between two bounds, of both signs.

    None can lose the whole fortune at once. Because they are in proportion to 1 / (mean - low) and 1 / (high - mean),
    the fortune is a convex function of the mean: what has not been won against is an interval.
    """
    sizes = _LARGEST / _RATIO ** np.arange(_SIZES)
    return np.concatenate([sizes / (mean - low), -sizes / (high - mean)])


def always_valid_p_values(values: Floats, mean: float, low: float, high: float) -> Floats:
    """Return after each value the p of the hypothesis that all have a mean, given those before; it never rises."""
    return np.minimum(1.0, np.exp(-np.maximum.accumulate(log_fortunes(values, mean, low, high), axis=-1)))


def sequential_test(in_b: NDArray[np.bool_], outcomes: Floats, share_b: float, alpha: float) -> SequentialTest:
    """Return what one experiment says after its users so far, at least one.

    Args:
        in_b: Who has B; shape (users,).
        outcomes: From 0 to 1, in the order in which they became known; shape (users,).
        share_b: Probability of B, above 0 and below 1.
        alpha: How often the test may find an effect where there is none, or the confidence sequence miss it, ever.
    """
    guesses, bound = effect_guesses(in_b, outcomes, share_b), guess_bound(share_b)
    low, high = confidence_interval(guesses, bound, alpha)
    return SequentialTest(
        p=float(always_valid_p_values(guesses, 0.0, -bound, bound)[-1]),
        estimate=float(np.clip(guesses.mean(), -1, 1)),
        low=low,
        high=high,
    )


def confidence_interval(guesses: Floats, bound: float, alpha: float) -> tuple[float, float]:
    """Return the effects that no fortune has won 1 / alpha against so far.

    Fortunes are looked at after each guess, or at as many evenly spread moments as there are checkpoints: looking
    less often makes the interval no less valid.
    """
    from scipy.optimize import brentq, minimize_scalar

    starts = np.linspace(0, len(guesses), min(len(guesses), _CHECKPOINTS) + 1, dtype=int)[:-1]

    def excess(effect: float) -> float:
        """Return by how much the logarithm of the largest fortune is above that of 1 / alpha; convex in the effect."""
        grown = (np.log1p(bet * (guesses - effect)) for bet in bets(effect, -bound, bound))
        made = [np.cumsum(np.add.reduceat(each, starts)) for each in grown]
        return float(np.logaddexp.reduce(made).max() - np.log(2 * _SIZES) + np.log(alpha))

    centre = float(minimize_scalar(excess, bounds=(-1, 1), method="bounded", options={"xatol": 1e-3}).x)
    if excess(centre) >= 0:  # every effect has been won against, which happens with a probability below alpha
        return centre, centre
    low = -1.0 if excess(-1) < 0 else float(brentq(excess, -1, centre, xtol=1e-5))
    high = 1.0 if excess(1) < 0 else float(brentq(excess, centre, 1, xtol=1e-5))
    return low, high


def users_to_detect(guesses: Floats, bound: float, effect: float, alpha: float, power: float) -> int | None:
    """Return with how many users an effect is found with a given probability; None if the guesses do not vary.

    It is the `power` quantile of the users after which 1,000 simulated experiments with that effect end. Their guesses
    are spread like those seen so far. Between two of 500 looks the logarithms of the fortunes grow by the sums of many
    independent terms, so these are drawn from the normal distribution with the terms' mean and covariance.

    Args:
        guesses: Those seen so far, at least two.
        bound: Largest size of a guess.
        effect: Above 0.
        alpha: Level of the test.
        power: Probability with which the effect is to be found.
    """
    spread = float(np.var(guesses, ddof=1))
    if spread == 0:
        return None
    shifted = np.clip(guesses - guesses.mean() + effect, -bound, bound)
    growth = np.log1p(np.outer(bets(0.0, -bound, bound), shifted))
    # The bets grow by about effect ** 2 / (2 * spread) a user; they need some four times log(1 / alpha) for all to end.
    users = max(50.0, 12 * (np.log(2 * _SIZES / alpha)) * spread / effect**2)
    step = users / _CHECKPOINTS
    found = np.random.default_rng(_SEED).multivariate_normal(
        growth.mean(axis=1) * step, np.cov(growth) * step, size=(_SIMULATED, _CHECKPOINTS), method="eigh"
    )
    fortunes = np.logaddexp.reduce(np.cumsum(found, axis=1), axis=2) - np.log(2 * _SIZES)
    has_ended = np.maximum.accumulate(fortunes, axis=1) >= -np.log(alpha)
    looks = _CHECKPOINTS - np.count_nonzero(has_ended, axis=1) + 1  # beyond the last look if it has not ended
    return int(np.ceil(np.quantile(looks, power) * step))
