"""What follows from all judgements: how often each variant wins, and how far the judge agrees with himself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from typing import Final

from llm_engineering.application.experiments.figures import Direction, MetricDefinition, MetricFigures, VariantName
from llm_engineering.application.experiments.given_answers import Failure
from llm_engineering.application.experiments.judging import Choice, Criterion, Judgement
from llm_engineering.domain.language_models import ModelIdentity
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures
from llm_engineering.domain.prompts import PromptReference

JUDGE_METRICS: Final[Mapping[Criterion, MetricDefinition]] = {
    criterion: MetricDefinition(
        name=f"judge_{criterion.value}",
        meaning=f"Share of the judgements that the variant wins by {criterion.value}; a tie is half.",
        direction=Direction.HIGHER,
        largest_difference=1.0,
    )
    for criterion in Criterion
}
JUDGE_METRIC_NAMES: Final = tuple(each.name for each in JUDGE_METRICS.values())
_ORDERS: Final[tuple[VariantName, ...]] = ("A", "B")


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """What was said of the answers to a question: in each order, named by which is first, one result a sample."""

    results: Mapping[VariantName, Sequence[Judgement | Failure]]
    is_same: bool = False
    """Whether both answers are the same text, so that they tie and nobody was asked."""

    def wins_of_b(self, criterion: Criterion) -> float | Failure:
        """Return the share of B, each order counted the same, or why there is none.

        Without a judgement in one of the orders there is none: the other one alone may favour a place.
        """
        if self.is_same:
            return 0.5
        shares = []
        for first in _ORDERS:
            valid = [each for each in self.results[first] if isinstance(each, Judgement)]
            if not valid:
                return next(each for each in self.results[first] if isinstance(each, Failure))
            shares.append(fmean(_share_of_b(each.of(criterion), first) for each in valid))
        return fmean(shares)


class Agreement(FrozenModel):
    """How far a judge agrees with himself by one criterion."""

    orders: float | None
    """Share of the pairs of judgements in both orders that name the same winner, or both a tie; None without one."""
    samples: float | None
    """The same of judgements of the same answers in the same order; None with one sample."""
    first_wins: float | None
    """Share of the judgements with a winner in which it was shown first; 0.5 if the place does not matter."""


class JudgeReport(FrozenModel):
    """Who judged, and how far he is to be trusted."""

    model: ModelIdentity
    prompt: PromptReference
    samples: int
    judgements: int
    """Those that are there."""
    reused: int
    """How many of them an earlier run had paid for."""
    failed: Mapping[str, int]
    """Judgements that failed, by reason."""
    agreement: Mapping[str, Agreement]
    """By criterion."""
    wrote_answers: bool
    """Whether the same model wrote some of the answers."""
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    """Of what this run asked; None if a judgement has no price."""

    @property
    def warning(self) -> str | None:
        """What has to be known before the judgements are believed; None if nothing."""
        if not self.wrote_answers:
            return None
        return (
            f"{self.model.name} judges answers that it wrote itself. Models favour their own text (Panickssery, Bowman "
            "and Feng, 2024), so let another one judge before you believe this: judge.model names it."
        )

    @property
    def figures(self) -> Figures:
        """All that can be counted."""
        return {
            "model": self.model.name,
            "prompt": f"{self.prompt.name} {self.prompt.version}",
            "judgements": self.judgements,
            "reused": self.reused,
            "failed": dict(self.failed),
            "agreement": {name: each.model_dump() for name, each in self.agreement.items()},
            "wrote_answers": self.wrote_answers,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "cost": self.cost,
        }


def judge_figures(
    criterion: Criterion, judged: Mapping[str, JudgedQuestion], unanswered: Mapping[str, Mapping[VariantName, str]]
) -> MetricFigures:
    """Return the share of each variant by question.

    Args:
        criterion: What was judged.
        judged: By question, where both variants answered.
        unanswered: Why a variant did not answer, by question. The other one has won, but the question makes no pair: it
            counts as one that only one variant has a figure for.
    """
    values: dict[VariantName, dict[str, float]] = {"A": {}, "B": {}}
    missing: dict[VariantName, dict[str, str]] = {"A": {}, "B": {}}
    for key, each in judged.items():
        share = each.wins_of_b(criterion)
        if isinstance(share, Failure):
            missing["A"][key] = missing["B"][key] = share.reason
        else:
            values["A"][key], values["B"][key] = 1 - share, share
    for key, reasons in unanswered.items():
        for name in _ORDERS:
            if name in reasons:
                missing[name][key] = reasons[name]
            else:
                values[name][key] = 1.0
    return MetricFigures(
        definition=JUDGE_METRICS[criterion],
        a=values["A"],
        b=values["B"],
        missing_a=missing["A"],
        missing_b=missing["B"],
    )


def agreement(criterion: Criterion, judged: Sequence[JudgedQuestion]) -> Agreement:
    """Return how far a judge agrees with himself."""
    said = [
        {
            first: [_share_of_b(each.of(criterion), first) if isinstance(each, Judgement) else None for each in results]
            for first, results in question.results.items()
        }
        for question in judged
    ]
    across = [pair for each in said for pair in zip(each["A"], each["B"], strict=True)]
    within = [pair for each in said for first in _ORDERS for pair in combinations(each[first], 2)]
    places = [
        each.of(criterion) is Choice.FIRST
        for question in judged
        for results in question.results.values()
        for each in results
        if isinstance(each, Judgement) and each.of(criterion) is not Choice.TIE
    ]
    return Agreement(orders=_same(across), samples=_same(within), first_wins=fmean(places) if places else None)


def _same(pairs: Sequence[tuple[float | None, float | None]]) -> float | None:
    both = [one == other for one, other in pairs if one is not None and other is not None]
    return fmean(both) if both else None


def _share_of_b(choice: Choice, first: VariantName) -> float:
    if choice is Choice.TIE:
        return 0.5
    return float((choice is Choice.FIRST) == (first == "B"))
