"""Whether an evaluation may pass, next to the one that was accepted last."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from llm_engineering.application.evaluate.accepted import AcceptedEvaluation, last_accepted, write_accepted
from llm_engineering.application.evaluate.comparison import Comparison, compared
from llm_engineering.application.evaluate.scoring import GroupFigures, RetrievalFigures
from llm_engineering.application.ports import DocumentStore
from llm_engineering.domain.errors import TwinError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures, Result


class GateRule(FrozenModel):
    """When an evaluation fails."""

    significance: float = Field(default=0.05, gt=0, lt=1)
    """It fails if p of the one-sided paired bootstrap is below: how often a run that is as good fails by chance."""
    min_common_questions: int = Field(default=20, ge=1)
    """With fewer questions in common with the accepted evaluation nothing can be said."""


class GateDecision(StrEnum):
    """What became of an evaluation."""

    FIRST = "first"
    """Nothing was accepted before: it is now."""
    ACCEPTED = "accepted"
    """A person accepted it, whatever its figures."""
    NOT_WORSE = "not_worse"
    """It passes; what it is compared with stays, so that small losses cannot add up unseen."""
    INCOMPARABLE = "incomparable"
    """It passes, but too few questions are the same as in the accepted evaluation."""
    WORSE = "worse"
    """It fails."""


class RetrievalWorseError(TwinError):
    """The index answers the golden questions significantly worse than when it was last accepted."""

    def __init__(self, comparison: Comparison, rule: GateRule, accepted_at: str) -> None:
        difference = comparison.difference
        super().__init__(
            f"nDCG@10 fell from {comparison.before:.3f}, accepted at {accepted_at[:19]}, to {comparison.after:.3f}: "
            f"by {-difference.mean:.3f}, 95 % interval of the difference [{difference.low:+.3f}, "
            f"{difference.high:+.3f}], p = {comparison.p_worse:.4f} < {rule.significance:g} "
            f"(paired bootstrap over {comparison.questions} questions, {comparison.worse} of them worse, "
            f"{comparison.better} better).",
            remedy="The report of the run names the questions. Undo what changed, or run again with --accept.",
        )
        self.comparison = comparison
        self.rule = rule
        self.accepted_at = accepted_at


class GateVerdict(Result):
    """What became of an evaluation, and why."""

    decision: GateDecision
    rule: GateRule
    overall: GroupFigures
    accepted: Mapping[str, str | float | int] = Field(default_factory=dict)
    """Figures of the evaluation that it was compared with; empty if there was none."""
    comparison: Comparison | None = None

    @property
    def figures(self) -> Figures:
        """The decision with all that it follows from."""
        shown: Figures = {"decision": str(self.decision), **self.overall.means}
        if self.accepted:
            shown["accepted"] = dict(self.accepted)
        if self.comparison:
            found = self.comparison
            shown["common_questions"] = found.questions
            shown["difference"] = round(found.difference.mean, 4)
            shown["difference_interval"] = f"{found.difference.low:+.4f} to {found.difference.high:+.4f} (95 %)"
            shown["p_worse"] = round(found.p_worse, 4)
            shown["fails_below_p"] = self.rule.significance
            shown["questions_worse"], shown["questions_better"] = found.worse, found.better
        return shown


def gate_verdict(
    store: DocumentStore, figures: RetrievalFigures, collection: str, *, rule: GateRule, accept: bool, now: datetime
) -> GateVerdict:
    """Compare figures with those that were accepted last; write them if they are accepted, and return the verdict.

    Args:
        store: Where accepted figures are kept.
        figures: Of this evaluation.
        collection: Name of the collection of vectors, as in the settings.
        rule: When it fails.
        accept: Whether a person accepts the figures, whatever they are.
        now: The present (UTC).

    Raises:
        RetrievalWorseError: They are significantly worse, and nobody accepts that.
    """
    before = last_accepted(store, collection)
    comparison = compared(before.ndcg_by_question, figures.ndcg_by_question) if before else None
    decision = gate_decision(comparison, rule, is_first=before is None, accept=accept)
    if decision is GateDecision.WORSE and before and comparison:
        raise RetrievalWorseError(comparison, rule, before.accepted_at)
    if decision in {GateDecision.FIRST, GateDecision.ACCEPTED}:
        write_accepted(store, AcceptedEvaluation.of(figures, collection, now))
    return GateVerdict(
        decision=decision,
        rule=rule,
        overall=figures.overall,
        accepted=before.figures if before else {},
        comparison=comparison,
    )


def gate_decision(comparison: Comparison | None, rule: GateRule, *, is_first: bool, accept: bool) -> GateDecision:
    """Return what follows from a comparison with the evaluation that was accepted last."""
    if is_first:
        return GateDecision.FIRST
    if accept:
        return GateDecision.ACCEPTED
    if comparison is None or comparison.questions < rule.min_common_questions:
        return GateDecision.INCOMPARABLE
    return GateDecision.WORSE if comparison.p_worse < rule.significance else GateDecision.NOT_WORSE
