"""Step: the newest versions of artifacts as JSON files."""

from pathlib import Path
from typing import Annotated

from zenml import step
from zenml.client import Client
from zenml.models import ArtifactVersionResponse

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures, Result
from llm_engineering.domain.samples import GatedDataset
from llm_engineering.domain.suggestions import did_you_mean
from steps.datasets.materializer import dataset_json
from steps.materializers import ResultMaterializer, result_json

_LISTED_ARTIFACTS = 100


class UnknownArtifactError(InvalidInputError):
    """No run has made an artifact of this name."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(
            f"There is no artifact {name!r}.{did_you_mean(name, known)}",
            remedy=f"Run the pipeline that makes it first; there is: {', '.join(known) or 'none yet'}.",
        )
        self.name = name


class ExportedFile(FrozenModel):
    """One artifact as a file."""

    artifact: str
    version: str
    path: str
    bytes: int


class ExportedFiles(Result):
    """What an export wrote."""

    files: tuple[ExportedFile, ...]

    @property
    def figures(self) -> Figures:
        """Each artifact with its version, place and size."""
        return {file.artifact: file.model_dump(exclude={"artifact"}) for file in self.files}


@step(enable_cache=False, output_materializers=ResultMaterializer)
def export_artifacts(artifact_names: list[str], output_dir: str) -> Annotated[ExportedFiles, "exported_files"]:
    """Write the newest version of each artifact to `output_dir/<name>.json`."""
    return ExportedFiles(files=tuple(exported_file(name, Path(output_dir)) for name in artifact_names))


def exported_file(name: str, folder: Path) -> ExportedFile:
    """Write one artifact and return where it lies; an older file is replaced at once or not at all.

    Raises:
        UnknownArtifactError: There is no such artifact.
    """
    version = _newest_version(name)
    content = version.load()
    path = folder / f"{name}.json"
    folder.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".json.partial")
    text = dataset_json(content) if isinstance(content, GatedDataset) else result_json(content)
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
    return ExportedFile(artifact=name, version=str(version.version), path=str(path), bytes=path.stat().st_size)


def _newest_version(name: str) -> ArtifactVersionResponse:
    client = Client()
    try:
        return client.get_artifact_version(name)
    except KeyError as error:
        known = sorted({artifact.name for artifact in client.list_artifacts(size=_LISTED_ARTIFACTS)})
        raise UnknownArtifactError(name, known) from error
