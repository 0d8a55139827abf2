"""Stores a trained model's facts like any result, with a page of its own for the dashboard; its weights lie outside."""

from pathlib import PurePosixPath
from typing import Any, ClassVar

from zenml.enums import ArtifactType, VisualizationType

from llm_engineering.domain.outcomes import Result
from llm_engineering.domain.training import TrainedModel
from steps.materializers import ResultMaterializer
from steps.training.report import training_html


class TrainedModelMaterializer(ResultMaterializer):
    """Keeps a `TrainedModel` as `ResultMaterializer` does, beside a page with curves and replies."""

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (TrainedModel,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.MODEL

    def save_visualizations(self, data: Result) -> dict[str, VisualizationType]:
        """Write the page and return where it lies."""
        if not isinstance(data, TrainedModel):
            return super().save_visualizations(data)
        page = str(PurePosixPath(self.uri) / "report.html")
        with self.artifact_store.open(page, "w") as file:
            file.write(training_html(data))
        return {page: VisualizationType.HTML}
