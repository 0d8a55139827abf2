"""Stores a result as one JSON Lines file beside an HTML page that the dashboard shows."""

import json
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, ClassVar, TypeVar

from zenml.enums import ArtifactType, VisualizationType
from zenml.materializers.base_materializer import BaseMaterializer
from zenml.metadata.metadata_types import MetadataType

from llm_engineering.domain.outcomes import Batch, Result
from steps.preview import preview_html

ResultT = TypeVar("ResultT", bound=Result)


class ResultMaterializer(BaseMaterializer):
    """Keeps any `Result`: its fields are the first line, the items of a `Batch` one line each after it.

    One file per artifact, whatever the number of items; plain JSON, so that reading a foreign artifact runs no
    code. The result's figures become the artifact's metadata.
    """

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (Result,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA

    @property
    def _file(self) -> str:
        return str(PurePosixPath(self.uri) / "result.jsonl")

    def save(self, data: Result) -> None:
        """Write the result."""
        with self.artifact_store.open(self._file, "w") as file:
            file.writelines(f"{line}\n" for line in result_lines(data))

    def load(self, data_type: type[ResultT]) -> ResultT:
        """Read a result of the given type."""
        with self.artifact_store.open(self._file, "r") as file:
            return result_of(data_type, iter(file))

    def save_visualizations(self, data: Result) -> dict[str, VisualizationType]:
        """Write the page and return where it lies."""
        page = str(PurePosixPath(self.uri) / "preview.html")
        with self.artifact_store.open(page, "w") as file:
            file.write(preview_html(data))
        return {page: VisualizationType.HTML}

    def extract_metadata(self, data: Result) -> dict[str, MetadataType]:
        """Return the figures of the result that there are; ZenML knows no null."""
        return {name: value for name, value in data.figures.items() if value is not None}


def result_lines(result: Result) -> Iterator[str]:
    """Yield a result as JSON lines: its fields without items, then each item."""
    batch_fields = {"items"} if isinstance(result, Batch) else None
    yield json.dumps(result.model_dump(mode="json", exclude=batch_fields), ensure_ascii=False)
    if isinstance(result, Batch):
        for item in result.items:
            yield json.dumps(result.record(item), ensure_ascii=False)


def result_json(result: Result) -> str:
    """Return a result as one JSON object for other programs, with its figures and the items of a `Batch`."""
    lines = result_lines(result)
    document = {"type": type(result).__name__, "figures": result.figures, **json.loads(next(lines))}
    if isinstance(result, Batch):
        document["items"] = [json.loads(line) for line in lines]
    return json.dumps(document, ensure_ascii=False, indent=2)


def result_of(result_type: type[ResultT], lines: Iterator[str]) -> ResultT:
    """Return the result that `result_lines` made lines of.

    Raises:
        pydantic.ValidationError: The lines are not of this type.
    """
    fields = json.loads(next(lines))
    if issubclass(result_type, Batch):
        fields["items"] = [result_type.item(json.loads(line)) for line in lines]
    return result_type.model_validate(fields)
