"""Whether one evaluation is better or worse than another one, and how sure that is."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Final

import numpy as np

from llm_engineering.application.retrieve.metrics import Interval
from llm_engineering.domain.models import FrozenModel

RESAMPLES: Final = 10_000
_SEED: Final = 7


class Comparison(FrozenModel):
    """The difference between two evaluations over the questions that both were asked."""

    questions: int
    """How many these are."""
    before: float
    """Mean of the earlier evaluation over them."""
    after: float
    """Mean of the later one."""
    difference: Interval
    """Mean of after - before with its 95 % interval."""
    p_worse: float
    """One-sided p: how probable so low a difference would be if it were 0 or above; small if the later one is worse."""
    better: int
    """Questions that the later evaluation answers better."""
    worse: int
    """Questions that it answers worse."""


def compared(before: Mapping[str, float], after: Mapping[str, float]) -> Comparison | None:
    """Return the difference over the questions of both, by their ids; None if they have none in common."""
    common = sorted(before.keys() & after.keys())
    if not common:
        return None
    differences = [after[key] - before[key] for key in common]
    interval, p_worse = paired_bootstrap(differences)
    return Comparison(
        questions=len(common),
        before=fmean(before[key] for key in common),
        after=fmean(after[key] for key in common),
        difference=interval,
        p_worse=p_worse,
        better=sum(difference > 0 for difference in differences),
        worse=sum(difference < 0 for difference in differences),
    )


def paired_bootstrap(differences: Sequence[float]) -> tuple[Interval, float]:
    """Return the mean difference with its 95 % percentile interval, and the one-sided p of a difference below 0.

    Questions are drawn with replacement, both figures of a question together (Efron and Tibshirani, 1993, chapter 15;
    Sakai, 2006, for retrieval): 10,000 resamples, fixed seed. p is the share of resamples whose mean is 0 or above,
    with one added to both counts, so that it is never 0 (Davison and Hinkley, 1997, chapter 4).

    Args:
        differences: After - before of each question, at least one.
    """
    sample = np.array(differences)
    chosen = np.random.default_rng(_SEED).integers(0, len(sample), size=(RESAMPLES, len(sample)))
    means = sample[chosen].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    p_worse = (1 + int(np.count_nonzero(means >= 0))) / (1 + RESAMPLES)
    return Interval(mean=fmean(differences), low=float(low), high=float(high)), p_worse
