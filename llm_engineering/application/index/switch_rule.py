"""Whether a new collection takes the place of the live one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pydantic import Field

from llm_engineering.application.evaluate.comparison import Comparison, compared
from llm_engineering.application.evaluate.scoring import QuestionScore, RetrievalFigures
from llm_engineering.application.index.catalog import IndexEntry
from llm_engineering.domain.errors import TwinError
from llm_engineering.domain.models import FrozenModel

Score = Callable[[str], RetrievalFigures]
"""Returns how well a collection, by its name, answers the golden questions; raises `UnscorableCollectionError` if it
cannot be asked. All collections are asked the same questions."""

MEASURES: Final[Mapping[str, Callable[[QuestionScore], float]]] = {
    "nDCG@10": lambda score: score.ndcg,
    "recall@10": lambda score: score.recall,
    "MRR@10": lambda score: score.reciprocal_rank,
}
DECIDING_MEASURE: Final = "nDCG@10"
_NAMED: Final = 5


class SwitchRule(StrEnum):
    """When a new collection becomes live."""

    WHEN_NOT_WORSE = "when_not_worse"
    """When its mean nDCG@10 on the golden questions is at least as high, or surely at most `tolerance` lower."""
    ALWAYS = "always"
    """As soon as it is complete, without being scored."""
    NEVER = "never"
    """Only by hand."""


class WithoutQuestions(StrEnum):
    """What `when_not_worse` does where nothing can be compared."""

    SWITCH = "switch"
    KEEP = "keep"


class Switching(FrozenModel):
    """When a new collection becomes live, and how many old ones stay."""

    switch: SwitchRule = SwitchRule.WHEN_NOT_WORSE
    without_questions: WithoutQuestions = WithoutQuestions.SWITCH
    tolerance: float = Field(default=0.02, ge=0, le=1)
    """Loss of nDCG@10 that is put up with: the lower end of the 95 % interval of the paired difference (bootstrap over
    the questions) may not lie below minus this, where the mean is below 0."""
    kept_collections: int = Field(default=1, ge=1)
    """Earlier collections that stay after a switch, the previous one among them; the oldest others are deleted."""


class UnscorableCollectionError(TwinError):
    """A collection cannot be asked the golden questions."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"The collection {name!r:.120} cannot be scored: {reason[:300]}.",
            remedy="Set `switch: always` or `switch: never` in the YAML file to decide by hand.",
        )
        self.name = name
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to switch, and why."""

    switches: bool
    reason: str
    """A sentence for people."""
    comparisons: Mapping[str, Comparison]
    """Live and new collection by measure; empty where they were not compared."""


def decision(
    rule: Switching, live: str, new: str, entry: IndexEntry, *, missing_authors: Sequence[str], score: Score | None
) -> Decision:
    """Return whether a complete new collection takes the place of the live one.

    Args:
        rule: From the YAML file.
        live: The collection that answers now.
        new: The one that may replace it.
        entry: What is noted of the new one.
        missing_authors: Names of authors whom only the live one has documents of.
        score: Asks the golden questions; None if there are none yet.
    """
    decided = _without_scores(rule, entry, missing_authors)
    if decided is not None:
        return decided
    if score is None:
        return _uncompared(rule, "There are no golden questions yet.")
    try:
        before, after = score(live), score(new)
    except UnscorableCollectionError as error:
        return _uncompared(rule, error.problem)
    return compared_decision(rule, before, after)


def compared_decision(rule: Switching, before: RetrievalFigures, after: RetrievalFigures) -> Decision:
    """Return whether figures are not worse than earlier ones, by the rule `when_not_worse`."""
    found = {name: compared(_by_question(before, name), _by_question(after, name)) for name in MEASURES}
    comparisons = {name: comparison for name, comparison in found.items() if comparison is not None}
    deciding = comparisons.get(DECIDING_MEASURE)
    if deciding is None:
        return _uncompared(rule, "Both collections have no golden question in common.")
    difference = deciding.difference
    switches = difference.mean >= 0 or difference.low >= -rule.tolerance
    verdict = "not worse" if switches else f"it may have lost more than {rule.tolerance:g}"
    return Decision(
        switches=switches,
        reason=f"nDCG@10 of {deciding.questions} golden questions went from {deciding.before:.3f} to "
        f"{deciding.after:.3f} (95 % interval of the difference {difference.low:+.3f} to {difference.high:+.3f}): "
        f"{verdict}.",
        comparisons=comparisons,
    )


def _by_question(figures: RetrievalFigures, measure: str) -> dict[str, float]:
    return {score.question_id: MEASURES[measure](score) for score in figures.scores}


def _without_scores(rule: Switching, entry: IndexEntry, missing_authors: Sequence[str]) -> Decision | None:
    """Return what is decided before anything is scored; None if the scores decide."""
    if rule.switch is SwitchRule.NEVER:
        return _kept("The rule is `switch: never`.")
    if missing_authors:
        names = ", ".join(missing_authors[:_NAMED])
        return _kept(f"The new collection has no documents of {names} yet; run the feature pipeline for them, too.")
    if rule.switch is SwitchRule.ALWAYS:
        return Decision(switches=True, reason="The rule is `switch: always`.", comparisons={})
    if entry.rolled_back_at is not None:
        return _kept(
            f"A person went back from this collection on {entry.rolled_back_at:%Y-%m-%d %H:%M} UTC; "
            "`python -m tools.index --rollback` or `switch: always` makes it live again."
        )
    return None


def _kept(reason: str) -> Decision:
    return Decision(switches=False, reason=reason, comparisons={})


def _uncompared(rule: Switching, problem: str) -> Decision:
    switches = rule.without_questions is WithoutQuestions.SWITCH
    return Decision(
        switches=switches,
        reason=f"{problem} The rule is `without_questions: {rule.without_questions}`.",
        comparisons={},
    )
