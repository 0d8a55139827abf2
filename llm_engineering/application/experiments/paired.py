"""How much two variants differ in each metric, over the questions that both have answered."""

from collections.abc import Mapping, Sequence
from statistics import fmean

import numpy as np

from llm_engineering.application.experiments.figures import Direction, MetricDefinition, MetricFigures, VariantName
from llm_engineering.application.experiments.power import FEWEST_PAIRS
from llm_engineering.application.experiments.resampling import RESAMPLES, bootstrap_intervals, sign_flip_p_values
from llm_engineering.application.retrieve.metrics import Interval
from llm_engineering.domain.models import FrozenModel


class MetricComparison(FrozenModel):
    """The difference of two variants in one metric."""

    definition: MetricDefinition
    questions: int
    """How many were asked."""
    pairs: int
    """How many of them have a figure of both variants; the rest of this is over these."""
    one_sided: int
    """How many have a figure of one variant only."""
    missing: Mapping[VariantName, Mapping[str, int]]
    """Figures that each variant lacks, by reason."""
    mean_a: float | None
    """None without a pair."""
    mean_b: float | None
    difference: Interval | None
    """Mean of B - A with its 1 - alpha bootstrap interval; None below two pairs."""
    p: float
    """Two-sided, of the paired sign-flip test; 1 below two pairs."""
    adjusted_p: float
    """p, for a metric that is not the primary one corrected for how many of these there are (Holm)."""
    deviation: float
    """Standard deviation of the differences; 0 below two pairs."""
    a_better: int
    """Pairs in which A is better, as the metric's direction says."""
    b_better: int
    ties: int

    @property
    def gain(self) -> Interval | None:
        """The difference turned so that above 0 B is better."""
        if self.difference is None or self.definition.direction is Direction.HIGHER:
            return self.difference
        return Interval(mean=-self.difference.mean, low=-self.difference.high, high=-self.difference.low)


def metric_comparison(figures: MetricFigures, alpha: float, resamples: int = RESAMPLES) -> MetricComparison:
    """Return the difference in one metric, its p not yet corrected for others.

    Args:
        figures: By question.
        alpha: Share of the intervals that may miss the mean.
        resamples: Of the bootstrap and of the sign-flip test.
    """
    differences = figures.differences
    sign = 1 if figures.definition.direction is Direction.HIGHER else -1
    interval, p = _tested(differences, alpha, resamples)
    return MetricComparison(
        definition=figures.definition,
        questions=figures.questions,
        pairs=len(differences),
        one_sided=figures.one_sided,
        missing=figures.missing_by_reason,
        mean_a=fmean(figures.a[key] for key in figures.paired) if differences else None,
        mean_b=fmean(figures.b[key] for key in figures.paired) if differences else None,
        difference=interval,
        p=p,
        adjusted_p=p,
        deviation=float(np.std(differences, ddof=1)) if interval else 0.0,
        a_better=sum(sign * difference < 0 for difference in differences),
        b_better=sum(sign * difference > 0 for difference in differences),
        ties=sum(difference == 0 for difference in differences),
    )


def holm_adjusted(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return p values in the order given, corrected so that none of them is below alpha by chance more often than that.

    The smallest is multiplied by how many there are, the next by one less and so on; none becomes smaller than one
    before it, or larger than 1 (Holm, 1979).
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda each: p_values[each])):
        largest = max(largest, min(1.0, p_values[place] * (len(p_values) - rank)))
        adjusted[place] = largest
    return tuple(adjusted)


def _tested(differences: Sequence[float], alpha: float, resamples: int) -> tuple[Interval | None, float]:
    if len(differences) < FEWEST_PAIRS:
        return None, 1.0
    row = np.array([differences])
    low, high = bootstrap_intervals(row, alpha, resamples)
    p = float(sign_flip_p_values(row, resamples)[0])
    return Interval(mean=fmean(differences), low=float(low[0]), high=float(high[0])), p
