"""Pipeline: the live index is asked golden questions, and may not have become worse."""

from zenml import pipeline
from zenml.enums import ExecutionMode

from llm_engineering.application.evaluate.gate import GateRule
from llm_engineering.application.retrieve.configuration import Retrieval
from steps.evaluation.load_questions import load_questions
from steps.evaluation.require_not_worse import require_not_worse
from steps.evaluation.score_retrieval import score_retrieval


@pipeline(execution_mode=ExecutionMode.FAIL_FAST)  # raises what the step raised
def evaluate_retrieval(
    golden_version: str | None,
    *,
    retrieval: Retrieval,
    compare_ways: bool,
    gate: GateRule,
    accept: bool,
) -> None:
    """Measure the index of the settings; fails if it is significantly worse than when it was last accepted.

    Args:
        golden_version: Which one; None means the one that was written last.
        retrieval: How the index is searched.
        compare_ways: Whether to search by meaning alone and by words alone too.
        gate: When the run fails.
        accept: Whether the figures are accepted, whatever they are.
    """
    evaluation = score_retrieval(load_questions(golden_version), retrieval, compare_ways)
    require_not_worse(evaluation, gate, accept)
