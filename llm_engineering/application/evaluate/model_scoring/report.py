"""What an evaluation of models found, with all that a reader needs to believe it."""

from collections.abc import Mapping

from llm_engineering.application.evaluate.model_scoring.copies import CopiedSpan
from llm_engineering.application.evaluate.model_scoring.grading import GradeReport
from llm_engineering.application.evaluate.model_scoring.questions import QuestionOrigin
from llm_engineering.application.evaluate.model_scoring.scores import ScoreValues
from llm_engineering.application.evaluate.style.model import StyleFigures
from llm_engineering.application.experiments.comparison import VariantCost
from llm_engineering.application.experiments.judge_figures import JudgeReport
from llm_engineering.domain.errors import TwinError
from llm_engineering.domain.model_scores import ModelEvaluation
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures, Result


class SaidAnswer(FrozenModel):
    """What a model said to a question."""

    text: str | None
    """None: it gave no answer."""
    failure: str | None = None
    """Why it gave none."""
    copies: tuple[CopiedSpan, ...] = ()
    """What of it stands in a training text."""


class ReportedQuestion(FrozenModel):
    """A question with what each model said."""

    id: str
    text: str
    origin: QuestionOrigin
    reference: str | None
    answers: Mapping[str, SaidAnswer]
    """By model."""


class ReportedModel(FrozenModel):
    """How one model did."""

    cost: VariantCost
    scores: tuple[ScoreValues, ...]
    grades: GradeReport | None = None
    """None: nobody graded."""
    compared: JudgeReport | None = None
    """What the judge made of it beside the baseline; None: nobody did, or it is the baseline."""


class EvaluationReport(Result):
    """The scores of models, and what they rest on."""

    evaluation: ModelEvaluation
    baseline: str
    candidate: str | None
    source: str
    """Where the questions came from."""
    author: str | None
    models: Mapping[str, ReportedModel]
    """By name, in the order of the configuration."""
    questions: tuple[ReportedQuestion, ...]
    training_texts: int
    """How many texts copies were looked for in."""
    style: StyleFigures | None = None
    """How well styles are told apart; None: they cannot be."""
    document_ids: tuple[str, ...] = ()
    """The documents whose words may be in it, so that it is found when one is forgotten."""

    @property
    def figures(self) -> Figures:
        """All means, the verdict, what the answers cost, and how far a judge agrees with himself."""
        return {
            **self.evaluation.figures,
            "source": self.source,
            "training_texts": self.training_texts,
            **({"reasons": list(self.evaluation.verdict.reasons)} if self.evaluation.verdict else {}),
            "costs": {name: _cost(each.cost) for name, each in self.models.items()},
            **({"style": self.style.model_dump()} if self.style else {}),
            **_judge({name: each.grades.figures for name, each in self.models.items() if each.grades}, "grades"),
            **_judge({name: each.compared.figures for name, each in self.models.items() if each.compared}, "compared"),
        }

    @property
    def failed_shares(self) -> dict[str, float]:
        """Share of the questions that each model left without an answer."""
        return {name: _failed_share(each) for name, each in self.models.items()}


class TooManyUnansweredError(TwinError):
    """A model left too many questions without an answer."""

    def __init__(self, model: str, share: float, allowed: float, reasons: Mapping[str, int]) -> None:
        told = ", ".join(f"{reason} {count}" for reason, count in reasons.items())
        super().__init__(
            f"The model {model!r} left {share:.1%} of the questions without an answer ({told}); "
            f"max_failed_share allows {allowed:.1%}.",
            remedy="The report of the run shows the failures. Mend what failed and run again: answers that were given "
            "are kept. Or raise max_failed_share.",
        )
        self.model = model
        self.share = share


def require_answered(report: EvaluationReport, max_failed_share: float) -> EvaluationReport:
    """Return the report if no model failed too often.

    Raises:
        TooManyUnansweredError: One did.
    """
    for name, share in report.failed_shares.items():
        if share > max_failed_share:
            raise TooManyUnansweredError(name, share, max_failed_share, report.models[name].cost.failed)
    return report


def _failed_share(model: ReportedModel) -> float:
    failed = sum(model.cost.failed.values())
    asked = failed + model.cost.answers
    return failed / asked if asked else 0.0


def _cost(cost: VariantCost) -> Figures:
    return {**cost.model_dump(mode="json"), "seconds": round(cost.seconds, 2)}


def _judge(figures: Figures, name: str) -> Figures:
    return {f"judge_{name}": figures} if figures else {}
