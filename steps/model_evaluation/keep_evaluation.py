"""Step: the scores of a candidate beside its weights."""

from typing import Annotated

from zenml import step

from llm_engineering.application.evaluate.model_scoring.configuration import ModelEvaluating, ModelKind
from llm_engineering.application.evaluate.model_scoring.folders import write_evaluation
from llm_engineering.application.evaluate.model_scoring.report import EvaluationReport
from llm_engineering.domain.outcomes import Figures, Result
from llm_engineering.infrastructure.evaluation.model_source import model_folder
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer


class KeptEvaluation(Result):
    """Where scores were written to."""

    path: str | None
    """None: there is no candidate, or it is a service, which has no folder."""

    @property
    def figures(self) -> Figures:
        """The path."""
        return {"path": self.path or "nowhere: no candidate is a folder"}


@step(enable_cache=False, output_materializers=ResultMaterializer)  # the folder lies outside of ZenML
def keep_evaluation(report: EvaluationReport, evaluating: ModelEvaluating) -> Annotated[KeptEvaluation, "evaluation"]:
    """Write the scores into the folder of the candidate, where promotion looks for them."""
    if evaluating.candidate is None:
        return KeptEvaluation(path=None)
    candidate = evaluating.model(evaluating.candidate)
    folder = model_folder(Settings(), candidate)
    if folder is None or candidate.kind is not ModelKind.FOLDER:
        return KeptEvaluation(path=None)
    return KeptEvaluation(path=str(write_evaluation(folder, report.evaluation)))
