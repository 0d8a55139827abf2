"""Stores the outcome of an evaluation of models like any result, with a report of its own for the dashboard."""

from pathlib import PurePosixPath
from typing import Any, ClassVar

from zenml.enums import VisualizationType

from llm_engineering.application.evaluate.model_scoring.report import EvaluationReport
from llm_engineering.domain.outcomes import Result
from steps.materializers import ResultMaterializer
from steps.model_evaluation.report import evaluation_html


class EvaluationMaterializer(ResultMaterializer):
    """Keeps an `EvaluationReport` as `ResultMaterializer` does, beside the report with plots."""

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (EvaluationReport,)

    def save_visualizations(self, data: Result) -> dict[str, VisualizationType]:
        """Write the report and return where it lies."""
        if not isinstance(data, EvaluationReport):
            return super().save_visualizations(data)
        page = str(PurePosixPath(self.uri) / "report.html")
        with self.artifact_store.open(page, "w") as file:
            file.write(evaluation_html(data))
        return {page: VisualizationType.HTML}
