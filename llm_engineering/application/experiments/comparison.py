"""The outcome of an offline experiment: figures of both variants, the verdict, and what each cost."""

from collections.abc import Mapping, Sequence
from math import fsum

from llm_engineering.application.evaluate.style.model import StyleFigures
from llm_engineering.application.experiments.figures import MetricFigures, VariantName
from llm_engineering.application.experiments.given_answers import Failure, GivenAnswer
from llm_engineering.application.experiments.judge import Judged
from llm_engineering.application.experiments.judge_figures import JudgeReport
from llm_engineering.application.experiments.metrics import AnswerMetric
from llm_engineering.application.experiments.paired import MetricComparison
from llm_engineering.application.experiments.questions import ComparedQuestion
from llm_engineering.application.experiments.rule import DecisionRule
from llm_engineering.application.experiments.running import Answers
from llm_engineering.application.experiments.variants import AnswerChanges
from llm_engineering.application.experiments.verdict import Verdict, verdict
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures, Result, counted


class VariantCost(FrozenModel):
    """What the answers of a variant took, when they were asked for."""

    answers: int
    failed: Mapping[str, int]
    """Questions without an answer, by reason."""
    reused: int
    """Answers that an earlier run had asked for."""
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    """In the currency of the prices that are set; None if an answer has no price."""
    seconds: float
    """Sum over the answers, some of which were under way at the same time."""

    @classmethod
    def of(cls, answers: Answers) -> "VariantCost":
        """Return what answers took."""
        given = [each.answer for each in answers.given.values()]
        prices = [each.cost for each in given if each.cost is not None]
        return cls(
            answers=len(given),
            failed=counted(failure.reason for failure in answers.failed.values()),
            reused=answers.reused,
            prompt_tokens=sum(each.usage.prompt_tokens for each in given),
            completion_tokens=sum(each.usage.completion_tokens for each in given),
            cost=fsum(prices) if given and len(prices) == len(given) else None,
            seconds=fsum(each.seconds for each in given),
        )

    @property
    def seconds_each(self) -> float | None:
        """Mean seconds of an answer; None without one."""
        return self.seconds / self.answers if self.answers else None


class AnsweredQuestion(FrozenModel):
    """A question with what both variants said, for the report."""

    id: str
    text: str
    text_a: str | None
    """None if A failed."""
    text_b: str | None
    value_a: float | None
    """Figure of the primary metric."""
    value_b: float | None


class AnswerComparison(Result):
    """How two variants answered the same questions."""

    experiment: str
    source: str
    """Where the questions came from."""
    a: AnswerChanges
    b: AnswerChanges
    verdict: Verdict
    costs: Mapping[VariantName, VariantCost]
    metrics: tuple[MetricFigures, ...]
    questions: tuple[AnsweredQuestion, ...]
    document_ids: tuple[str, ...]
    """The documents whose words may be in it, so that it is found when one is forgotten."""
    style: StyleFigures | None = None
    """How well styles are told apart; None if the style is not measured, or cannot be."""
    judge: JudgeReport | None = None
    """None if nobody judged."""

    @property
    def figures(self) -> Figures:
        """The verdict, the difference in each metric, and what each variant cost."""
        found = self.verdict
        return {
            "verdict": str(found.decision),
            "says": found.sentence,
            "more_questions": found.more_questions,
            "primary_metric": found.rule.primary_metric,
            "look": found.look,
            "alpha_of_this_look": round(found.alpha, 5),
            "questions": found.primary.questions,
            "pairs": found.primary.pairs,
            "missing": {name: dict(reasons) for name, reasons in found.primary.missing.items()},
            "metrics": {each.definition.name: _row(each) for each in (found.primary, *found.others)},
            "variants": {name: _cost_row(each) for name, each in self.costs.items()},
            **({"style": self.style.model_dump()} if self.style else {}),
            **({"judge": self.judge.figures} if self.judge else {}),
        }


def answer_comparison(
    questions: Sequence[ComparedQuestion],
    answers: Mapping[VariantName, Answers],
    metrics: Sequence[AnswerMetric],
    rule: DecisionRule,
    *,
    experiment: str,
    changes: Mapping[VariantName, AnswerChanges],
    source: str,
    look: int,
    style: StyleFigures | None = None,
    judged: Judged | None = None,
) -> AnswerComparison:
    """Return the outcome of an experiment whose questions were answered.

    Args:
        questions: What was asked.
        answers: What each variant said.
        metrics: What is measured of each answer.
        rule: When it decides.
        experiment: Its name.
        changes: What each variant changes.
        source: Where the questions came from.
        look: The n-th look at the experiment.
        style: How well styles are told apart, if the style is measured.
        judged: What a judge found, whose figures are compared like any other.

    Raises:
        UnknownMetricError: The primary metric is not measured.
    """
    figures = [*(metric_figures(metric, questions, answers) for metric in metrics), *(judged.figures if judged else ())]
    found = verdict(figures, rule, look)
    primary = next(each for each in figures if each.definition.name == rule.primary_metric)
    given = [each for side in answers.values() for each in side.given.values()]
    return AnswerComparison(
        experiment=experiment,
        source=source,
        a=changes["A"],
        b=changes["B"],
        verdict=found,
        costs={name: VariantCost.of(side) for name, side in answers.items()},
        metrics=tuple(figures),
        questions=tuple(_answered(question, answers, primary) for question in questions),
        document_ids=tuple(sorted({document_id for each in given for document_id in each.document_ids})),
        style=style,
        judge=judged.report if judged else None,
    )


def metric_figures(
    metric: AnswerMetric, questions: Sequence[ComparedQuestion], answers: Mapping[VariantName, Answers]
) -> MetricFigures:
    """Return the figures of a metric for both variants; what failed or has no figure is missing with its reason."""
    values: dict[VariantName, dict[str, float]] = {"A": {}, "B": {}}
    missing: dict[VariantName, dict[str, str]] = {"A": {}, "B": {}}
    for name, side in answers.items():
        for question in questions:
            found = _value(metric, question, side)
            if isinstance(found, Failure):
                missing[name][question.id] = found.reason
            else:
                values[name][question.id] = found
    return MetricFigures(
        definition=metric.definition, a=values["A"], b=values["B"], missing_a=missing["A"], missing_b=missing["B"]
    )


def _value(metric: AnswerMetric, question: ComparedQuestion, side: Answers) -> float | Failure:
    given: GivenAnswer | None = side.given.get(question.id)
    if given is None:
        return side.failed.get(question.id) or Failure(reason="not_asked", detail="It was not asked.")
    return metric.value(question, given)


def _answered(
    question: ComparedQuestion, answers: Mapping[VariantName, Answers], primary: MetricFigures
) -> AnsweredQuestion:
    a, b = answers["A"].given.get(question.id), answers["B"].given.get(question.id)
    return AnsweredQuestion(
        id=question.id,
        text=question.text,
        text_a=a.answer.text if a else None,
        text_b=b.answer.text if b else None,
        value_a=primary.a.get(question.id),
        value_b=primary.b.get(question.id),
    )


def _row(found: MetricComparison) -> Figures:
    difference = found.difference
    return {
        "pairs": found.pairs,
        "a": None if found.mean_a is None else round(found.mean_a, 4),
        "b": None if found.mean_b is None else round(found.mean_b, 4),
        "difference": None if difference is None else round(difference.mean, 4),
        "low": None if difference is None else round(difference.low, 4),
        "high": None if difference is None else round(difference.high, 4),
        "p": round(found.adjusted_p, 4),
        "b_better": found.b_better,
        "a_better": found.a_better,
        "ties": found.ties,
    }


def _cost_row(cost: VariantCost) -> Figures:
    return {
        "answers": cost.answers,
        "failed": sum(cost.failed.values()),
        "failed_by_reason": dict(cost.failed),
        "reused": cost.reused,
        "prompt_tokens": cost.prompt_tokens,
        "completion_tokens": cost.completion_tokens,
        "cost": cost.cost,
        "seconds": round(cost.seconds, 2),
    }
