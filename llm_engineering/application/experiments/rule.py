"""When an offline experiment decides, and what for."""

from typing import Final

from pydantic import Field

from llm_engineering.domain.models import FrozenModel

_SPENT_AT_A_LOOK: Final = 2 / 3


class DecisionRule(FrozenModel):
    """What a verdict rests on. It is set before the answers are seen."""

    primary_metric: str
    """Name of the metric that decides; the others are shown."""
    smallest_effect: float = Field(gt=0)
    """Smallest difference of the primary metric that is worth having, in its own units."""
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    """How often an experiment with two variants that do not differ may name a winner, over all looks together."""
    power: float = Field(default=0.8, gt=0.5, lt=1)
    """How often a difference of the smallest effect is to be found; the number of questions follows from it."""
    min_questions: int = Field(default=20, ge=2)
    """With fewer pairs of figures nothing is decided."""
    max_failed_share: float = Field(default=0.1, ge=0, lt=1)
    """With a larger share of questions that only one variant has a figure for nothing is decided: who fails is no
    accident, and the rest is no fair sample."""

    def alpha_at(self, look: int) -> float:
        """Return the level of the n-th look at the same experiment, counted from 1.

        Looking, adding questions and looking again gives chance another try. So each look spends two thirds of what the
        ones before have left of alpha, and all looks together spend no more than it (Bonferroni; the idea of an alpha
        spending function is that of Lan and DeMets, 1983).
        """
        return self.alpha * _SPENT_AT_A_LOOK * (1 - _SPENT_AT_A_LOOK) ** (look - 1)
