"""Stores the outcome of an experiment like any result, with a report of its own for the dashboard."""

from pathlib import PurePosixPath
from typing import Any, ClassVar

from zenml.enums import VisualizationType

from llm_engineering.application.experiments.comparison import AnswerComparison
from llm_engineering.domain.outcomes import Result
from steps.experiments.report import comparison_html
from steps.materializers import ResultMaterializer


class ComparisonMaterializer(ResultMaterializer):
    """Keeps an `AnswerComparison` as `ResultMaterializer` does, beside the report with plots."""

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (AnswerComparison,)

    def save_visualizations(self, data: Result) -> dict[str, VisualizationType]:
        """Write the report and return where it lies."""
        if not isinstance(data, AnswerComparison):
            return super().save_visualizations(data)
        page = str(PurePosixPath(self.uri) / "report.html")
        with self.artifact_store.open(page, "w") as file:
            file.write(comparison_html(data))
        return {page: VisualizationType.HTML}
