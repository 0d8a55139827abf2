"""Step: the scores of a candidate beside its weights."""

from pathlib import Path
from typing import Annotated

from loguru import logger
from zenml import step

from llm_engineering.application.evaluate.model_scoring.configuration import ModelEvaluating, ModelKind
from llm_engineering.application.evaluate.model_scoring.folders import write_evaluation
from llm_engineering.application.evaluate.model_scoring.report import EvaluationReport
from llm_engineering.domain.model_scores import ModelEvaluation
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer


@step(enable_cache=False, output_materializers=ResultMaterializer)  # the folder lies outside of ZenML
def keep_evaluation(report: EvaluationReport, evaluating: ModelEvaluating) -> Annotated[ModelEvaluation, "evaluation"]:
    """Return the scores, and write them into the folder of the candidate, where promotion looks for them."""
    candidate = None if evaluating.candidate is None else evaluating.model(evaluating.candidate)
    if candidate is not None and candidate.kind is ModelKind.FOLDER and candidate.folder is not None:
        folder = Settings().data_folder / Path(candidate.folder).expanduser()
        logger.info("the scores lie in {path}", path=write_evaluation(folder, report.evaluation))
    return report.evaluation
