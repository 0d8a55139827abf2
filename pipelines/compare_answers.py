"""Pipeline: two variants of the answer are asked the same questions, and the better one is named."""

from zenml import pipeline
from zenml.enums import ExecutionMode

from llm_engineering.application.answer.configuration import Answering
from llm_engineering.application.experiments.configuration import OfflineExperiment, QuestionSource
from llm_engineering.application.experiments.gate import ComparisonGate
from llm_engineering.application.experiments.judging import Judging
from llm_engineering.application.experiments.rule import DecisionRule
from llm_engineering.application.experiments.variants import AnswerChanges
from steps.experiments.compare_variants import compare_variants
from steps.experiments.load_compared_questions import load_compared_questions
from steps.experiments.require_verdict import require_verdict


@pipeline(execution_mode=ExecutionMode.FAIL_FAST)  # raises what the step raised
def compare_answers(
    name: str,
    *,
    answering: Answering,
    a: AnswerChanges,
    b: AnswerChanges,
    questions: QuestionSource,
    passages: int,
    metrics: list[str],
    author: str | None,
    judge: Judging | None,
    rule: DecisionRule,
    concurrency: int,
    gate: ComparisonGate,
) -> None:
    """Compare two variants of the answer on the index of the settings.

    Args:
        name: Of the experiment; answers are kept under it.
        answering: How answers are made where a variant changes nothing.
        a: What A changes.
        b: What B changes.
        questions: Which questions are asked.
        passages: How many passages an answer may rest on.
        metrics: What is measured.
        author: Whom answers are to sound like.
        judge: How a language model compares the answers; None: it does not.
        rule: When there is a verdict.
        concurrency: How many questions may be under way at a time.
        gate: Which verdicts let the run fail.
    """
    experiment = OfflineExperiment(
        name=name,
        answering=answering,
        a=a,
        b=b,
        questions=questions,
        passages=passages,
        metrics=tuple(metrics),
        author=author,
        judge=judge,
        rule=rule,
        concurrency=concurrency,
        gate=gate,
    )
    comparison = compare_variants(load_compared_questions(questions), experiment)
    require_verdict(comparison, gate)
