"""One score out of several, whose scales have nothing in common."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from llm_engineering.domain.errors import InvalidInputError

Scores = NDArray[np.float64]
"""A score for each candidate, higher is better; NaN where a method did not find it. Shape (candidates,)."""


class UnweighableScoresError(InvalidInputError):
    """Weights do not fit the scores that they weigh."""

    def __init__(self, weights: Sequence[float], methods: int) -> None:
        super().__init__(
            f"The weights {list(weights)} cannot weigh the scores of {methods} methods.",
            remedy="Give one weight to each, none below 0 and one above.",
        )
        self.weights = tuple(weights)
        self.methods = methods


class FusionMethod(StrEnum):
    """How scores are made comparable."""

    MIN_MAX = "min_max"
    RECIPROCAL_RANK = "reciprocal_rank"


def fused(scores: Sequence[Scores], weights: Sequence[float], method: FusionMethod, *, rank_constant: int) -> Scores:
    """Return the weighted mean of the scores of several methods, from 0 to 1.

    Args:
        scores: What each method gave to the same candidates.
        weights: Weight of each method.
        method: How scores are made comparable first.
        rank_constant: k of `reciprocal_ranks`.

    Raises:
        UnweighableScoresError: There is not one weight for each method, or they are not above 0 together.
    """
    if len(weights) != len(scores) or min(weights, default=0) < 0 or sum(weights) <= 0:
        raise UnweighableScoresError(weights, len(scores))
    comparable = [
        min_max(found) if method is FusionMethod.MIN_MAX else reciprocal_ranks(found, constant=rank_constant)
        for found in scores
    ]
    return np.average(comparable, axis=0, weights=weights)


def min_max(scores: Scores) -> Scores:
    """Return the scores moved and stretched so that the worst is 0 and the best 1.

    What was not found gets 0; if all that was found has the same score, it gets 1.
    """
    found = np.isfinite(scores)
    if not found.any():
        return np.zeros_like(scores)
    low, high = scores[found].min(), scores[found].max()
    if high == low:
        return found.astype(np.float64)
    return np.where(found, (np.nan_to_num(scores) - low) / (high - low), 0.0)


def reciprocal_ranks(scores: Scores, *, constant: int) -> Scores:
    """Return (k + 1) / (k + rank), so that the first gets 1; what was not found gets 0.

    This is reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009; they used k = 60) brought to the scale from
    0 to 1. Equal scores share the best of their ranks.
    """
    found = np.isfinite(scores)
    ascending = np.sort(scores[found])
    better = len(ascending) - np.searchsorted(ascending, np.nan_to_num(scores), side="right")
    return np.where(found, (constant + 1) / (constant + 1 + better), 0.0)
