"""What a YAML file says of an offline experiment."""

from typing import Self

from pydantic import Field, model_validator

from llm_engineering.application.answer.configuration import Answering
from llm_engineering.application.experiments.figures import VariantName
from llm_engineering.application.experiments.gate import ComparisonGate
from llm_engineering.application.experiments.judge_figures import JUDGE_METRIC_NAMES
from llm_engineering.application.experiments.judging import Judging
from llm_engineering.application.experiments.metrics import require_metrics
from llm_engineering.application.experiments.rule import DecisionRule
from llm_engineering.application.experiments.style_metric import STYLE_SCORE
from llm_engineering.application.experiments.variants import AnswerChanges, SameVariantsError
from llm_engineering.application.experiments.verdict import UnknownMetricError
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel


class TwoSourcesError(InvalidInputError):
    """Questions are to come from a golden set and from a file."""

    def __init__(self) -> None:
        super().__init__(
            "questions.golden_version and questions.file are both set.", remedy="Set one of them, or neither."
        )


class QuestionSource(FrozenModel):
    """Which questions are asked."""

    golden_version: str | None = None
    """A golden set; None without a file: the one that was written last."""
    file: str | None = None
    """A JSON Lines file with id, text and, where known, relevant."""
    limit: int | None = Field(default=None, ge=1)
    """At most so many; None: all."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.golden_version and self.file:
            raise TwoSourcesError
        return self


class OfflineExperiment(FrozenModel):
    """Two variants that answer the same questions, and what decides between them."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,79}$")
    """Answers are kept under it and not asked for twice."""
    answering: Answering = Answering()
    """How answers are made where a variant changes nothing."""
    a: AnswerChanges = AnswerChanges()
    """What A changes; nothing: the answer as it is."""
    b: AnswerChanges
    """What B changes. Several changes are one variant."""
    questions: QuestionSource = QuestionSource()
    passages: int = Field(default=5, ge=1, le=50)
    """How many passages an answer may rest on."""
    metrics: tuple[str, ...] = ("ndcg", "citation_support", "answered", "length", "copy_rate")
    """What is measured; the primary metric of the rule is among them."""
    author: str | None = None
    """Full name of whom answers are to sound like, for style_score and the judge; None: for style_score the one author
    of the passages that an answer was given, for the judge nobody in particular."""
    judge: Judging | None = None
    """Lets a language model compare the answers, which adds judge_accuracy and judge_style; None: nobody is asked."""
    rule: DecisionRule
    concurrency: int = Field(default=4, ge=1, le=64)
    """How many questions may be under way at a time."""
    gate: ComparisonGate = ComparisonGate()

    @model_validator(mode="after")
    def _can_be_decided(self) -> Self:
        if self.answering_of("A") == self.answering_of("B"):
            raise SameVariantsError
        require_metrics(self.metrics)
        if self.rule.primary_metric not in self.measured:
            raise UnknownMetricError(self.rule.primary_metric, self.measured)
        return self

    @property
    def measured(self) -> tuple[str, ...]:
        """The metrics that there will be figures of, those of the judge included."""
        return self.metrics if self.judge is None else (*self.metrics, *JUDGE_METRIC_NAMES)

    @property
    def needs_style(self) -> bool:
        """Whether answers are compared with what authors have written."""
        return STYLE_SCORE.name in self.metrics

    def answering_of(self, variant: VariantName) -> Answering:
        """Return how a variant answers."""
        return (self.a if variant == "A" else self.b).over(self.answering)
