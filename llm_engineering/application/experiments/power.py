"""How many questions an experiment needs."""

from math import ceil, log
from typing import Final

from llm_engineering.domain.errors import InvalidInputError

FEWEST_PAIRS: Final = 2
"""With one difference there is no deviation."""
MOST_QUESTIONS: Final = 10_000_000
_NO_OTHER_TAIL: Final = 4.0
"""Noncentrality from which the wrong sign is never found; scipy has no number so far out."""


class NothingToDetectError(InvalidInputError):
    """The smallest effect worth having is no effect."""

    def __init__(self, effect: float) -> None:
        super().__init__(
            f"The smallest effect worth having is {effect:g}; no number of questions shows a difference of nothing.",
            remedy="Set smallest_effect above 0, in the units of the primary metric.",
        )
        self.effect = effect


def paired_power(questions: int, deviation: float, effect: float, alpha: float) -> float:
    """Return how probable it is that the two-sided paired t test finds an effect, of either sign.

    That is the noncentral t distribution (Cohen, 1988, chapter 2; Sakai, 2016, for topics of retrieval). The sign-flip
    test orders samples as t does and has nearly the same power.

    Args:
        questions: How many; below 2 nothing is found.
        deviation: Standard deviation of the differences.
        effect: Mean of the differences, as it would be over endless questions.
        alpha: Two-sided level of the test.
    """
    from scipy import stats

    if questions < FEWEST_PAIRS:
        return 0.0
    if deviation == 0:
        return 1.0 if effect else alpha
    freedom = questions - 1
    noncentrality = abs(effect) / deviation * questions**0.5
    critical = stats.t.ppf(1 - alpha / 2, freedom)
    found = float(stats.nct.sf(critical, freedom, noncentrality))
    if noncentrality < _NO_OTHER_TAIL:
        found += float(stats.nct.cdf(-critical, freedom, noncentrality))
    return found


def questions_to_detect(deviation: float, effect: float, alpha: float, power: float) -> int:
    """Return the smallest number of questions with which an effect is found with a given probability.

    It begins at the normal approximation ((z(1 - alpha/2) + z(power)) * deviation / effect) squared and goes on to
    where `paired_power` suffices. It is never below what the sign-flip test needs to be able to decide at all.

    Raises:
        NothingToDetectError: The effect is not above 0.
    """
    from scipy import stats

    if effect <= 0:
        raise NothingToDetectError(effect)
    z = stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power)
    count = min(MOST_QUESTIONS, max(FEWEST_PAIRS, ceil((z * deviation / effect) ** 2)))
    while count < MOST_QUESTIONS and paired_power(count, deviation, effect, alpha) < power:
        count += 1
    return max(int(count), questions_to_decide(alpha))


def questions_to_decide(alpha: float) -> int:
    """Return the smallest number of questions for which the sign-flip test can have a p below alpha at all.

    The two most extreme of 2 ** n ways of setting the signs give p = 2 / 2 ** n.
    """
    count = 1
    while 2.0 / 2**count >= alpha:
        count += 1
    return count


def questions_for_interval(deviation: float, effect: float, alpha: float) -> int:
    """Return how many questions make the interval of the mean difference no wider than an effect.

    Then it cannot hold 0 and reach beyond the effect: either there is a difference, or none that is worth having.
    """
    from scipy import stats

    return ceil((2 * float(stats.norm.ppf(1 - alpha / 2)) * deviation / effect) ** 2)


def questions_against_rarity(effect: float, largest_difference: float, alpha: float) -> int:
    """Return how many questions must be seen before rare, large differences can be ruled out that make up an effect.

    If the mean difference is as large as the effect, at least the share effect / largest_difference of the questions
    differ. That none of n shows it has at most the probability (1 - share) ** n; at alpha = 0.05 this is the "rule of
    three" (Hanley and Lippman-Hand, 1983).
    """
    share = min(effect / largest_difference, 1.0)
    return 1 if share == 1 else ceil(log(alpha) / log(1 - share))
