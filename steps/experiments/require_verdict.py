"""Step: the end of a run whose verdict is not wanted."""

from typing import Annotated

from zenml import step

from llm_engineering.application.experiments.comparison import AnswerComparison
from llm_engineering.application.experiments.gate import ComparisonGate, PassedVerdict, passed_verdict
from steps.materializers import ResultMaterializer


@step(output_materializers=ResultMaterializer)
def require_verdict(comparison: AnswerComparison, gate: ComparisonGate) -> Annotated[PassedVerdict, "verdict"]:
    """Return the verdict on an experiment, or fail the run; the comparison is kept by the step before."""
    return passed_verdict(comparison, gate)
