"""Whether a model may take the place of another one: rules over its scores."""

from collections.abc import Mapping, Sequence
from typing import Self

from pydantic import Field, model_validator

from llm_engineering.application.experiments.figures import Direction
from llm_engineering.domain.errors import InvalidInputError, TwinError
from llm_engineering.domain.model_scores import ModelScores, PromotionVerdict, ScoreInterval
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures, Result


class ScoreRuleError(InvalidInputError):
    """A rule says nothing."""

    def __init__(self, score: str) -> None:
        super().__init__(
            f"The rule on {score!r} has no limit.", remedy="Set at_least, at_most or max_loss, e.g. max_loss: 0.02."
        )
        self.score = score


class ScoreRule(FrozenModel):
    """What one score of a candidate must be like."""

    score: str
    """Name of a score, e.g. "perplexity"."""
    at_least: float | None = None
    at_most: float | None = None
    max_loss: float | None = Field(default=None, ge=0)
    """How much worse than the baseline it may be, over the questions or texts that both have; which figures are better
    is known of each score. 0: not worse."""
    is_certain: bool = False
    """Whether the whole 95 % interval must keep to the rule, not only the mean."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.at_least is None and self.at_most is None and self.max_loss is None:
            raise ScoreRuleError(self.score)
        return self


class PromotionGate(FrozenModel):
    """When a candidate is promoted, and whether a run fails if it is not."""

    rules: tuple[ScoreRule, ...] = ()
    """All must hold; none: there is no verdict."""
    fails_run: bool = False
    """Whether a run fails if its candidate is kept back."""


class KeptBackError(TwinError):
    """The candidate breaks a rule, and the gate lets the run fail for it."""

    def __init__(self, verdict: PromotionVerdict) -> None:
        broken = "; ".join(reason for reason in verdict.reasons if reason.startswith("broken"))
        super().__init__(
            f"The model {verdict.candidate!r} is not promoted: {broken}.",
            remedy="The report of the run shows all figures. Train it otherwise, or change `gate` if a rule is wrong.",
        )
        self.verdict = verdict


class PassedPromotion(Result):
    """A verdict that the gate lets pass."""

    verdict: PromotionVerdict | None
    """None: no rule was set, or there is no candidate."""

    @property
    def figures(self) -> Figures:
        """The verdict with its reasons."""
        if self.verdict is None:
            return {"verdict": "none: there is no candidate or no rule"}
        return {
            "candidate": self.verdict.candidate,
            "verdict": "promoted" if self.verdict.is_promoted else "kept back",
            "reasons": list(self.verdict.reasons),
        }


def passed_promotion(verdict: PromotionVerdict | None, gate: PromotionGate) -> PassedPromotion:
    """Return a verdict if it lets the run pass.

    Raises:
        KeptBackError: The candidate is kept back, and the gate lets a run fail for that.
    """
    if verdict is not None and not verdict.is_promoted and gate.fails_run:
        raise KeptBackError(verdict)
    return PassedPromotion(verdict=verdict)


def promotion_verdict(
    rules: Sequence[ScoreRule], candidate: ModelScores, baseline: ModelScores, directions: Mapping[str, Direction]
) -> PromotionVerdict:
    """Return whether a candidate keeps to all rules, with the figure and the limit of each.

    A score that is missing breaks its rule: what is not known is no reason to promote.

    Args:
        rules: At least one.
        candidate: Who wants to be promoted.
        baseline: Whom `max_loss` refers to.
        directions: Which figures are better, by score.
    """
    found = [outcome for rule in rules for outcome in _outcomes(rule, candidate, baseline, directions)]
    broken = [f"broken: {says}" for is_kept, says in found if not is_kept]
    kept = [f"kept: {says}" for is_kept, says in found if is_kept]
    return PromotionVerdict(
        candidate=candidate.model, baseline=baseline.model, is_promoted=not broken, reasons=(*broken, *kept)
    )


Outcome = tuple[bool, str]


def _outcomes(
    rule: ScoreRule, candidate: ModelScores, baseline: ModelScores, directions: Mapping[str, Direction]
) -> list[Outcome]:
    score = candidate.scores.get(rule.score)
    if score is None:
        reasons = candidate.missing.get(rule.score, {})
        told = ", ".join(f"{reason} {count}" for reason, count in reasons.items()) or "it was not measured"
        return [(False, f"{rule.score} has no figure ({told})")]
    found: list[Outcome] = []
    low, high, where = score.value, score.value, "on average"
    if rule.is_certain:
        low, high, where = score.low, score.high, "at the worse end of its interval"
    if rule.at_least is not None:
        found.append((low >= rule.at_least, f"{rule.score} is {low:.4g} {where}, at least {rule.at_least:g}"))
    if rule.at_most is not None:
        found.append((high <= rule.at_most, f"{rule.score} is {high:.4g} {where}, at most {rule.at_most:g}"))
    if rule.max_loss is not None:
        found.append(_loss(rule, rule.max_loss, candidate, baseline, directions))
    return found


def _loss(
    rule: ScoreRule,
    max_loss: float,
    candidate: ModelScores,
    baseline: ModelScores,
    directions: Mapping[str, Direction],
) -> Outcome:
    difference = candidate.differences.get(rule.score)
    if difference is None:
        return False, f"{rule.score} cannot be compared: {baseline.model} has no figure for the same questions"
    direction = directions.get(rule.score, Direction.HIGHER)
    figure = _worst_loss(difference, direction) if rule.is_certain else _mean_loss(difference, direction)
    how = "at worst" if rule.is_certain else "on average"
    worse = f"{figure:.4g} worse" if figure > 0 else f"{-figure:.4g} better"
    return (
        figure <= max_loss,
        f"{rule.score} is {worse} than that of {baseline.model} {how}, at most {max_loss:g} worse",
    )


def _mean_loss(difference: ScoreInterval, direction: Direction) -> float:
    return -difference.value if direction is Direction.HIGHER else difference.value


def _worst_loss(difference: ScoreInterval, direction: Direction) -> float:
    return -difference.low if direction is Direction.HIGHER else difference.high
