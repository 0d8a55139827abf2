"""The figures of one model in one score, by question or text, and their means with intervals."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Final

import numpy as np

from llm_engineering.application.evaluate.model_scoring.likelihood import Likelihood, text_key
from llm_engineering.application.evaluate.model_scoring.questions import NamedText
from llm_engineering.application.experiments.figures import Direction, MetricDefinition
from llm_engineering.application.experiments.given_answers import Failure
from llm_engineering.application.experiments.metrics import AnswerMetric
from llm_engineering.application.experiments.questions import ComparedQuestion
from llm_engineering.application.experiments.resampling import RESAMPLES, Floats, bootstrap_intervals
from llm_engineering.application.experiments.running import Answers
from llm_engineering.domain.model_scores import ScoreInterval
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import counted

ALPHA: Final = 0.05
"""Share of the intervals that may miss the mean."""
FAILED: Final = MetricDefinition(
    name="failed",
    meaning="Share of the questions that got no answer.",
    direction=Direction.LOWER,
    largest_difference=1.0,
)
PERPLEXITY: Final = MetricDefinition(
    name="perplexity",
    meaning="Perplexity on held-out texts of the author; comparable between models with the same tokenizer.",
    direction=Direction.LOWER,
)
BITS_PER_BYTE: Final = MetricDefinition(
    name="bits_per_byte",
    meaning="Bits that a byte of held-out texts of the author costs; comparable between any models.",
    direction=Direction.LOWER,
)
_SEED: Final = 7


class ScoreValues(FrozenModel):
    """The figures of one model in one score."""

    definition: MetricDefinition
    values: Mapping[str, float]
    """By question, or by text."""
    missing: Mapping[str, str] = {}
    """Why there is none, by question or text."""
    is_logarithm: bool = False
    """Whether the figures are natural logarithms of what the score says: its mean is the geometric one."""

    @property
    def interval(self) -> ScoreInterval | None:
        """The mean with its 95 % bootstrap interval; None without a figure, and as wide as a point with one."""
        if not self.values:
            return None
        mean = _interval([self.values[key] for key in sorted(self.values)])
        if not self.is_logarithm:
            return mean
        value, low, high = np.exp([mean.value, mean.low, mean.high]).tolist()
        return ScoreInterval(value=value, low=low, high=high, count=mean.count)

    @property
    def missing_by_reason(self) -> dict[str, int]:
        """How many figures there are not for each reason."""
        return counted(self.missing.values())

    def difference(self, baseline: "ScoreValues") -> ScoreInterval | None:
        """Return this minus the baseline over what both have a figure of, with its interval; None if nothing."""
        both = sorted(self.values.keys() & baseline.values.keys())
        if not both:
            return None
        own, other = (np.array([of.values[key] for key in both]) for of in (self, baseline))
        return _geometric_difference(own, other) if self.is_logarithm else _interval((own - other).tolist())


def metric_values(metric: AnswerMetric, questions: Sequence[ComparedQuestion], answers: Answers) -> ScoreValues:
    """Return the figures of a metric for the answers of one model; what has none is missing with its reason."""
    values: dict[str, float] = {}
    missing: dict[str, str] = {}
    for question in questions:
        given = answers.given.get(question.id)
        found: float | Failure = (
            metric.value(question, given)
            if given is not None
            else answers.failed.get(question.id, Failure(reason="not_asked", detail="It was not asked."))
        )
        if isinstance(found, Failure):
            missing[question.id] = found.reason
        else:
            values[question.id] = found
    return ScoreValues(definition=metric.definition, values=values, missing=missing)


def failed_values(questions: Sequence[ComparedQuestion], answers: Answers) -> ScoreValues:
    """Return 1 for each question without an answer and 0 for the others."""
    return ScoreValues(definition=FAILED, values={each.id: float(each.id not in answers.given) for each in questions})


def likelihood_values(
    texts: Sequence[NamedText], found: Mapping[str, Likelihood | Failure]
) -> tuple[ScoreValues, ScoreValues]:
    """Return perplexity and bits per byte of some texts; each text counts the same, however long it is."""
    keys = list(dict.fromkeys(text_key(text) for text in texts))
    missing = {key: each.reason for key in keys if isinstance(each := found[key], Failure)}
    read = {key: each for key in keys if isinstance(each := found[key], Likelihood)}
    return (
        ScoreValues(
            definition=PERPLEXITY,
            values={key: each.nats_per_token for key, each in read.items()},
            missing=missing,
            is_logarithm=True,
        ),
        ScoreValues(
            definition=BITS_PER_BYTE, values={key: each.bits_per_byte for key, each in read.items()}, missing=missing
        ),
    )


def _interval(values: Sequence[float]) -> ScoreInterval:
    mean = fmean(values)
    low, high = mean, mean
    if len(values) > 1:
        lows, highs = bootstrap_intervals(np.array([values]), ALPHA)
        low, high = float(lows[0]), float(highs[0])
    return ScoreInterval(value=mean, low=low, high=high, count=len(values))


def _geometric_difference(own: Floats, other: Floats) -> ScoreInterval:
    """Return exp(mean(own)) - exp(mean(other)) with its percentile interval over paired resamples."""
    number = len(own)
    value = float(np.exp(own.mean()) - np.exp(other.mean()))
    if number == 1:
        return ScoreInterval(value=value, low=value, high=value, count=1)
    drawn = np.random.default_rng(_SEED).integers(0, number, size=(RESAMPLES, number))
    differences = np.exp(own[drawn].mean(axis=1)) - np.exp(other[drawn].mean(axis=1))
    low, high = np.quantile(differences, [ALPHA / 2, 1 - ALPHA / 2]).tolist()
    return ScoreInterval(value=value, low=low, high=high, count=number)
