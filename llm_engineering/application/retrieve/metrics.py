"""How good a ranking is, given what is relevant, and how sure that is."""

from collections.abc import Mapping, Sequence
from math import fsum, log2
from statistics import fmean
from typing import Final

import numpy as np

from llm_engineering.domain.models import FrozenModel

Grades = Mapping[str, int]
"""How relevant documents are, from 1; what is not named is not relevant."""

_RESAMPLES: Final = 10_000
_SEED: Final = 7


class Interval(FrozenModel):
    """A mean over questions with its uncertainty."""

    mean: float
    low: float
    """Lower end of the 95 % interval."""
    high: float
    """Upper end of the 95 % interval."""


def ndcg(ranking: Sequence[str], grades: Grades, k: int = 10) -> float:
    """Return the normalised discounted cumulative gain at k, from 0 to 1; 0 if nothing is relevant.

    The gain of a document is 2 ** grade - 1, divided by log2(rank + 1) (Burges et al., 2005); the sum is divided by
    that of the best possible order.
    """
    ideal = _discounted(sorted(grades.values(), reverse=True)[:k])
    return _discounted([grades.get(document, 0) for document in ranking[:k]]) / ideal if ideal else 0.0


def recall(ranking: Sequence[str], grades: Grades, k: int = 10) -> float:
    """Return the share of the relevant documents that are among the first k; 0 if nothing is relevant."""
    return len(set(ranking[:k]) & set(grades)) / len(grades) if grades else 0.0


def reciprocal_rank(ranking: Sequence[str], grades: Grades, k: int = 10) -> float:
    """Return 1 divided by the rank of the first relevant document; 0 if none is among the first k."""
    return next((1 / rank for rank, document in enumerate(ranking[:k], start=1) if document in grades), 0.0)


def mean_with_interval(values: Sequence[float]) -> Interval:
    """Return the mean with its 95 % percentile bootstrap interval (Efron, 1979; 10,000 resamples, fixed seed).

    Args:
        values: One figure for each question, at least one.
    """
    sample = np.array(values)
    chosen = np.random.default_rng(_SEED).integers(0, len(sample), size=(_RESAMPLES, len(sample)))
    low, high = np.quantile(sample[chosen].mean(axis=1), (0.025, 0.975))
    return Interval(mean=fmean(values), low=float(low), high=float(high))


def _discounted(grades: Sequence[int]) -> float:
    return fsum((2.0**grade - 1) / log2(rank + 1) for rank, grade in enumerate(grades, start=1))
