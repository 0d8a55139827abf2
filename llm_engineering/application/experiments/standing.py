"""How an online experiment stands; it may be looked at at any time."""

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from llm_engineering.application.experiments.exposures import (
    Outcome,
    StoredExperiment,
    exposures_of,
    outcomes_of,
    stored_experiment,
)
from llm_engineering.application.experiments.figures import VariantName
from llm_engineering.application.experiments.online import OnlineExperiment
from llm_engineering.application.experiments.sequential import (
    always_valid_p_values,
    effect_guesses,
    guess_bound,
    sequential_test,
    users_to_detect,
)
from llm_engineering.application.experiments.verdict import Decision
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.retrieve.metrics import Interval
from llm_engineering.domain.models import FrozenModel

_MIN_OUTCOMES = 20
"""With fewer nobody can say how much they vary, and so how many users are needed."""
_SURE_OF_WRONG_SHARES = 0.001


class Standing(FrozenModel):
    """What an online experiment says so far."""

    stored: StoredExperiment
    decision: Decision
    exposed: Mapping[VariantName, int]
    """Users who saw a variant."""
    answered: Mapping[VariantName, int]
    """Those of them who said what they think."""
    helpful: Mapping[VariantName, int]
    """Those of these who found the answer helpful."""
    difference: Interval | None
    """B - A in the share of helpful answers with its confidence sequence; None without an outcome."""
    p: float
    """Always valid: it may be looked at after every user."""
    more_users: int | None
    """About how many more users who say what they think are needed; None if none are or nobody can know yet."""
    shares_p: float
    """Always valid p of the shares of users being as set; if it is tiny, the assignment or the logging is broken."""

    @property
    def shares_are_wrong(self) -> bool:
        """Whether the variants have other shares of the users than they should ("sample ratio mismatch")."""
        return self.shares_p < _SURE_OF_WRONG_SHARES

    @property
    def sentence(self) -> str:
        """The verdict for people."""
        effect = f"{self.stored.experiment.smallest_effect:.1%}"
        if self.shares_are_wrong:
            return "No verdict: the variants have other shares of the users than set; look for what loses users."
        if self.decision in {Decision.A, Decision.B}:
            return f"{self.decision} is better."
        if self.decision is Decision.ALIKE:
            return f"A and B are alike: they differ by less than {effect}."
        more = "" if self.more_users is None else f", about {self.more_users:,} more users with feedback needed"
        return f"Not enough data{more}."


def standing(store: DocumentStore, name: str) -> Standing:
    """Return how an experiment stands now.

    Raises:
        UnknownExperimentError: There is none of the name.
        StoredObjectInvalidError: A stored object is not valid.
    """
    stored = stored_experiment(store, name)
    experiment = stored.experiment
    exposures = sorted(exposures_of(store, name), key=lambda each: (each.exposed_at, each.user))
    outcomes = sorted(outcomes_of(store, name), key=lambda each: (each.given_at, each.user))
    in_b = np.array([each.variant == "B" for each in exposures], dtype=float)
    shares_p = float(always_valid_p_values(in_b, experiment.share_b, 0.0, 1.0)[-1]) if exposures else 1.0
    interval, p, more = _tested(outcomes, experiment)
    decision = _decision(interval, experiment, p)
    return Standing(
        stored=stored,
        decision=decision if shares_p >= _SURE_OF_WRONG_SHARES else Decision.NOT_ENOUGH,
        exposed=_counts(each.variant for each in exposures),
        answered=_counts(each.variant for each in outcomes),
        helpful=_counts(each.variant for each in outcomes if each.value),
        difference=interval,
        p=p,
        more_users=more if decision is Decision.NOT_ENOUGH else None,
        shares_p=shares_p,
    )


def _tested(outcomes: list[Outcome], experiment: OnlineExperiment) -> tuple[Interval | None, float, int | None]:
    if not outcomes:
        return None, 1.0, None
    in_b = np.array([each.variant == "B" for each in outcomes])
    values = np.array([float(each.value) for each in outcomes])
    test = sequential_test(in_b, values, experiment.share_b, experiment.alpha)
    interval = Interval(mean=test.estimate, low=test.low, high=test.high)
    guesses = effect_guesses(in_b, values, experiment.share_b)
    needed = (
        users_to_detect(
            guesses, guess_bound(experiment.share_b), experiment.smallest_effect, experiment.alpha, experiment.power
        )
        if len(outcomes) >= _MIN_OUTCOMES
        else None
    )
    if needed is None:
        return interval, test.p, None
    # When they have come and nothing is decided, the interval has to be as narrow as the effect; it narrows with the
    # root of the number of users.
    narrow = int(len(outcomes) * ((test.high - test.low) / experiment.smallest_effect) ** 2)
    return interval, test.p, max(1, (needed if needed > len(outcomes) else narrow) - len(outcomes))


def _decision(interval: Interval | None, experiment: OnlineExperiment, p: float) -> Decision:
    if interval is None:
        return Decision.NOT_ENOUGH
    if p < experiment.alpha and (interval.low > 0 or interval.high < 0):
        return Decision.B if interval.low > 0 else Decision.A
    is_narrow = -experiment.smallest_effect < interval.low and interval.high < experiment.smallest_effect
    return Decision.ALIKE if is_narrow else Decision.NOT_ENOUGH


def _counts(variants: Iterable[VariantName]) -> dict[VariantName, int]:
    counted = Counter(variants)
    return {"A": counted["A"], "B": counted["B"]}
