"""Step: the end of a run in which too much failed, or whose candidate may not be promoted."""

from typing import Annotated

from zenml import step

from llm_engineering.application.evaluate.model_scoring.configuration import ModelEvaluating
from llm_engineering.application.evaluate.model_scoring.promotion import PassedPromotion, passed_promotion
from llm_engineering.application.evaluate.model_scoring.report import EvaluationReport, require_answered
from llm_engineering.domain.model_scores import ModelEvaluation
from steps.materializers import ResultMaterializer


@step(enable_cache=False, output_materializers=ResultMaterializer)
def require_promotion(
    report: EvaluationReport,
    evaluating: ModelEvaluating,
    kept: ModelEvaluation,  # noqa: ARG001 - the scores are kept before a run fails
) -> Annotated[PassedPromotion, "promotion"]:
    """Return the verdict on the candidate, or fail the run; report and scores are kept by the steps before."""
    require_answered(report, evaluating.max_failed_share)
    return passed_promotion(report.evaluation.verdict, evaluating.gate)
