"""A judge compares the answers of a model with those of the baseline, in both orders."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from llm_engineering.application.evaluate.model_scoring.questions import EvaluatedQuestion
from llm_engineering.application.evaluate.model_scoring.scores import ScoreValues
from llm_engineering.application.experiments.figures import Direction, MetricDefinition, MetricFigures
from llm_engineering.application.experiments.judge import Judge, judged_answers
from llm_engineering.application.experiments.judge_figures import JudgeReport
from llm_engineering.application.experiments.judging import Criterion
from llm_engineering.application.experiments.running import Answers
from llm_engineering.application.ports import DocumentStore

KEPT_UNDER: Final = "model evaluation"
"""What answers and judgements are stored under; no experiment can have this name."""
WIN_SCORES: Final = {
    criterion: MetricDefinition(
        name=f"judge_wins_{criterion.value}",
        meaning=f"Share of the comparisons with the baseline that are won by {criterion.value}; a tie is half.",
        direction=Direction.HIGHER,
        largest_difference=1.0,
    )
    for criterion in Criterion
}


async def compared_with_baseline(
    judge: Judge,
    questions: Sequence[EvaluatedQuestion],
    answers: Answers,
    baseline: Answers,
    store: DocumentStore,
    *,
    concurrency: int,
    now: Callable[[], datetime],
    on_progress: Callable[[int], None] = lambda _: None,
) -> tuple[tuple[ScoreValues, ...], JudgeReport]:
    """Return how often a model wins against the baseline, by question, with a report on the judge.

    Raises:
        NothingJudgedError: He judged nothing at all.
        BudgetSpentError: The budget of the language model is spent; what was judged is kept.
        StoreUnavailableError: The store could not be reached.
    """
    judged = await judged_answers(
        judge,
        KEPT_UNDER,
        questions,
        {"A": baseline, "B": answers},
        store,
        concurrency=concurrency,
        now=now,
        on_progress=on_progress,
    )
    scores = tuple(_wins(criterion, figures) for criterion, figures in zip(Criterion, judged.figures, strict=True))
    return scores, judged.report


def _wins(criterion: Criterion, figures: MetricFigures) -> ScoreValues:
    """Return the share of a model by question; without an answer of both there is none, whoever failed."""
    missing = {key: f"baseline_{reason}" for key, reason in figures.missing_a.items()}
    return ScoreValues(
        definition=WIN_SCORES[criterion],
        values={key: figures.b[key] for key in figures.paired},
        missing={**missing, **figures.missing_b},
    )
