"""Whether the outcome of an offline experiment lets a run pass."""

from collections.abc import Sequence

from llm_engineering.application.experiments.comparison import AnswerComparison
from llm_engineering.application.experiments.verdict import Decision
from llm_engineering.domain.errors import TwinError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures, Result


class ComparisonGate(FrozenModel):
    """Which verdicts let a run fail."""

    fails_on: tuple[Decision, ...] = ()
    """E.g. `[A]`: B must not be worse; `[A, alike, not_enough_data]`: B must be better. Empty: none."""


class VerdictRefusedError(TwinError):
    """The verdict is one of those that the gate does not let pass."""

    def __init__(self, experiment: str, sentence: str, decision: Decision, refused: Sequence[Decision]) -> None:
        super().__init__(
            f"The experiment {experiment!r} ended with {str(decision)!r}: {sentence} The gate refuses "
            f"{', '.join(map(str, refused))}.",
            remedy="The report of the run shows the figures. Keep A, or change B and give the experiment a new name.",
        )
        self.decision = decision


class PassedVerdict(Result):
    """A verdict that the gate lets pass."""

    experiment: str
    decision: Decision
    says: str

    @property
    def figures(self) -> Figures:
        """The verdict."""
        return {"experiment": self.experiment, "verdict": str(self.decision), "says": self.says}


def passed_verdict(comparison: AnswerComparison, gate: ComparisonGate) -> PassedVerdict:
    """Return the verdict on an experiment, if the gate lets it pass.

    Raises:
        VerdictRefusedError: It does not.
    """
    found = comparison.verdict
    if found.decision in gate.fails_on:
        raise VerdictRefusedError(comparison.experiment, found.sentence, found.decision, gate.fails_on)
    return PassedVerdict(experiment=comparison.experiment, decision=found.decision, says=found.sentence)
