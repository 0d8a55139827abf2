"""Bootstrap intervals and sign-flip tests of paired differences, for many experiments at once.

The functions take a row for each experiment, so that what decides about one is what simulations of thousands check.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

RESAMPLES: Final = 9_999
_SEED: Final = 7
_VALUES_AT_ONCE: Final = 4_000_000
"""Resampled values that are held in memory at once: 32 MB."""

Floats = NDArray[np.float64]


def bootstrap_intervals(differences: Floats, alpha: float, resamples: int = RESAMPLES) -> tuple[Floats, Floats]:
    """Return the lower and upper ends of the 1 - alpha bootstrap intervals of the means.

    The intervals are bias-corrected and accelerated (BCa; Efron, 1987), with a fixed seed. Where BCa has no answer,
    because hardly any values differ, the end is that of the percentile interval; where none differ, it is their value.

    Args:
        differences: Shape (experiments, questions), at least two questions.
        alpha: Share of the intervals that may miss the mean.
        resamples: How often questions are drawn with replacement.
    """
    low, high = differences[:, 0].copy(), differences[:, 0].copy()
    varied = np.ptp(differences, axis=1) > 0
    if varied.any():
        low[varied], high[varied] = _bootstrapped(differences[varied], "BCa", alpha, resamples)
        lost = np.isnan(low) | np.isnan(high)
        if lost.any():
            low[lost], high[lost] = _bootstrapped(differences[lost], "percentile", alpha, resamples)
    return low, high


def sign_flip_p_values(differences: Floats, resamples: int = RESAMPLES) -> Floats:
    """Return the two-sided p of each mean difference under the hypothesis that the variants may be exchanged.

    If they may, each difference is as likely to have the other sign (Fisher, 1935; Smucker, Allan and Carterette, 2007,
    for retrieval). All ways of setting the signs are tried if there are no more than `resamples`, else so many random
    ones, with one added to both counts so that p is never 0 (Phipson and Smyth, 2010). With the sum of squares fixed,
    ordering by the mean is ordering by Student's t.

    Args:
        differences: Shape (experiments, questions), at least one question.
        resamples: How many ways of setting the signs are tried at most.
    """
    from scipy import stats

    if differences.shape[1] == 1:
        return np.ones(len(differences))  # of two ways both are as extreme
    found = stats.permutation_test(
        (differences,),
        _means,
        permutation_type="samples",
        axis=-1,
        n_resamples=resamples,
        batch=_batch(differences),
        rng=np.random.default_rng(_SEED),
        vectorized=True,
    )
    return np.asarray(found.pvalue, dtype=np.float64)


def _bootstrapped(differences: Floats, method: str, alpha: float, resamples: int) -> tuple[Floats, Floats]:
    import warnings

    from scipy import stats

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)  # told by NaN, which the caller looks for
        found = stats.bootstrap(
            (differences,),
            _means,
            axis=-1,
            method=method,
            confidence_level=1 - alpha,
            n_resamples=resamples,
            batch=_batch(differences),
            rng=np.random.default_rng(_SEED),
            vectorized=True,
        ).confidence_interval
    return np.atleast_1d(found.low), np.atleast_1d(found.high)


def _means(values: Floats, axis: int = -1) -> Floats:
    return np.asarray(values.mean(axis=axis))


def _batch(differences: Floats) -> int:
    return max(1, _VALUES_AT_ONCE // differences.size)
