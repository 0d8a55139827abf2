"""What follows from an offline experiment."""

from collections.abc import Sequence
from enum import StrEnum

from llm_engineering.application.experiments.figures import MetricFigures
from llm_engineering.application.experiments.paired import MetricComparison, holm_adjusted, metric_comparison
from llm_engineering.application.experiments.power import (
    FEWEST_PAIRS,
    questions_against_rarity,
    questions_for_interval,
    questions_to_detect,
)
from llm_engineering.application.experiments.resampling import RESAMPLES
from llm_engineering.application.experiments.rule import DecisionRule
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.suggestions import did_you_mean


class Decision(StrEnum):
    """What follows from an experiment. The values are stored: do not rename them."""

    A = "A"
    """A is better."""
    B = "B"
    """B is better."""
    ALIKE = "alike"
    """If they differ, then by less than the smallest effect worth having."""
    NOT_ENOUGH = "not_enough_data"
    """Nothing can be said yet."""
    TOO_MANY_FAILURES = "too_many_failures"
    """Too many questions have a figure of one variant only; the rest may be no fair sample."""


class UnknownMetricError(InvalidInputError):
    """The primary metric is none of those that are measured."""

    def __init__(self, wanted: str, known: Sequence[str]) -> None:
        super().__init__(
            f"There is no metric {wanted!r:.80}.{did_you_mean(wanted, known)}",
            remedy=f"Choose one of: {', '.join(known)}.",
        )
        self.wanted = wanted
        self.known = tuple(known)


class Verdict(FrozenModel):
    """The outcome of an offline experiment, with what it rests on."""

    decision: Decision
    rule: DecisionRule
    look: int
    """The n-th look at the experiment; each look has its share of alpha."""
    alpha: float
    """Level of this look: p below it decides, and the intervals miss the mean that often."""
    more_questions: int | None
    """About how many more questions are needed; None if none are, or if nobody can know."""
    primary: MetricComparison
    others: tuple[MetricComparison, ...]

    @property
    def sentence(self) -> str:
        """The verdict for people."""
        name, effect = self.primary.definition.name, f"{self.rule.smallest_effect:g}"
        if self.decision is Decision.ALIKE:
            return f"A and B are alike: in {name} they differ by less than {effect}."
        if self.decision is Decision.TOO_MANY_FAILURES:
            lost, asked = self.primary.one_sided, self.primary.questions
            return f"No verdict: {lost} of {asked} questions have {name} of one variant only."
        if self.decision is Decision.NOT_ENOUGH:
            more = "" if self.more_questions is None else f", about {self.more_questions:,} more questions needed"
            return f"Not enough data{more}."
        gain = self.primary.gain
        is_small = gain is not None and abs(gain.mean) < self.rule.smallest_effect
        caution = f"; the difference seen is smaller than the {effect} that is worth having" if is_small else ""
        return f"{self.decision} is better in {name}{caution}."


def verdict(figures: Sequence[MetricFigures], rule: DecisionRule, look: int = 1, resamples: int = RESAMPLES) -> Verdict:
    """Return what follows from the figures of some metrics.

    The primary metric decides. It names a winner if the sign-flip test's p is below the level of this look and the
    bootstrap interval, too, lies on one side of 0. The other metrics are shown, corrected for how many they are.

    Args:
        figures: Of each metric, by question; the primary one is among them.
        rule: When it decides; set before the answers were seen.
        look: The n-th look at this experiment, counted from 1.
        resamples: Of the bootstrap and of the sign-flip test.

    Raises:
        UnknownMetricError: The primary metric is not among them.
    """
    alpha = rule.alpha_at(look)
    found = {each.definition.name: metric_comparison(each, alpha, resamples) for each in figures}
    if rule.primary_metric not in found:
        raise UnknownMetricError(rule.primary_metric, sorted(found))
    primary = found.pop(rule.primary_metric)
    adjusted = holm_adjusted([each.p for each in found.values()])
    others = [each.model_copy(update={"adjusted_p": p}) for each, p in zip(found.values(), adjusted, strict=True)]
    decision = offline_decision(primary, rule, alpha)
    is_open = decision is Decision.NOT_ENOUGH
    return Verdict(
        decision=decision,
        rule=rule,
        look=look,
        alpha=alpha,
        more_questions=more_questions(primary, rule, rule.alpha_at(look + 1)) if is_open else None,
        primary=primary,
        others=tuple(others),
    )


def offline_decision(primary: MetricComparison, rule: DecisionRule, alpha: float) -> Decision:
    """Return what the primary metric says at a level."""
    gain = primary.gain
    if primary.one_sided > rule.max_failed_share * (primary.one_sided + primary.pairs):
        return Decision.TOO_MANY_FAILURES
    if gain is None or primary.pairs < rule.min_questions:
        return Decision.NOT_ENOUGH
    if primary.p < alpha and (gain.low > 0 or gain.high < 0):
        return Decision.B if gain.mean > 0 else Decision.A
    is_narrow = -rule.smallest_effect < gain.low and gain.high < rule.smallest_effect
    is_safe = primary.pairs >= _pairs_for_alike(primary, rule, alpha)
    return Decision.ALIKE if is_narrow and is_safe else Decision.NOT_ENOUGH


def more_questions(primary: MetricComparison, rule: DecisionRule, alpha: float) -> int | None:
    """Return about how many more questions are needed for a verdict at a level; None if nobody can know.

    First as many as find the smallest effect with the power that is set, given the deviation seen so far
    (`questions_to_detect`). If these have been asked and nothing is decided, as many as make the interval narrow enough
    for one verdict or the other (`questions_for_interval`).
    """
    if primary.pairs < FEWEST_PAIRS:
        return max(1, rule.min_questions - primary.pairs) if primary.pairs else None
    needed = questions_to_detect(primary.deviation, rule.smallest_effect, alpha, rule.power)
    needed = max(needed, rule.min_questions)
    if primary.deviation == 0 or needed <= primary.pairs:
        narrow = questions_for_interval(primary.deviation, rule.smallest_effect, alpha)
        needed = max(needed, narrow, _pairs_for_alike(primary, rule, alpha))
    return max(1, needed - primary.pairs)


def _pairs_for_alike(primary: MetricComparison, rule: DecisionRule, alpha: float) -> int:
    largest = primary.definition.largest_difference
    rare = 0 if largest is None else questions_against_rarity(rule.smallest_effect, largest, alpha)
    return max(rule.min_questions, rare)
