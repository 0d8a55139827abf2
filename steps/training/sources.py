"""Where the data of a training come from: artifacts of earlier runs, files and folders, or the Hugging Face Hub."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from zenml.client import Client
from zenml.models import ArtifactVersionResponse

from llm_engineering.application.train.checks import KINDS, StageSource
from llm_engineering.application.train.configuration import LATEST, TrainingPlan
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.samples import GatedDataset, SampleKind
from llm_engineering.domain.training import TrainingMethod
from llm_engineering.infrastructure.datasets.reading import read_samples

DATASET_ARTIFACT: Final = "accepted_dataset"
"""What the pipelines that make data sets end with."""
_ARTIFACT: Final = "artifact:"
_LOOKED_AT: Final = 100


class NoDatasetYetError(InvalidInputError):
    """No run has made a data set of a kind."""

    def __init__(self, method: TrainingMethod, kind: SampleKind) -> None:
        super().__init__(
            f"`{method}.data` is {LATEST}, and no run has made a set of {kind} samples yet.",
            remedy=f"Run `poetry poe run-generate-{kind}-datasets-pipeline` first, or name a file, a folder or a data "
            "set of the Hugging Face Hub.",
        )
        self.method = method
        self.kind = kind


class NoDatasetArtifactError(InvalidInputError):
    """An artifact is not there, or is no data set."""

    def __init__(self, method: TrainingMethod, name: str, fault: str) -> None:
        super().__init__(
            f"`{method}.data` names the artifact {name!r:.200}, which {fault}.",
            remedy="Name a version of accepted_dataset or gated_dataset; `zenml artifact version list` lists them.",
        )
        self.method = method
        self.name = name


def exact_sources(plan: TrainingPlan) -> dict[TrainingMethod, str]:
    """Return where the data of each stage come from, so that it is the same later: "latest" becomes an artifact's id.

    Raises:
        NoDatasetYetError: There is no artifact of the kind.
    """
    return {
        method: f"{_ARTIFACT}{_newest(method).id}" if settings.data == LATEST else settings.data
        for method, settings in plan.stages.items()
    }


def stage_sources(sources: Mapping[TrainingMethod, str], data_folder: Path) -> dict[TrainingMethod, StageSource]:
    """Return the samples of each stage. A step that asks for an artifact becomes its consumer in ZenML.

    Args:
        sources: What `exact_sources` gave.
        data_folder: Files and folders are looked for as they are named, and then in it.

    Raises:
        TwinError: A data set is not there or cannot be read.
    """
    return {
        method: _of_artifact(method, source.removeprefix(_ARTIFACT))
        if source.startswith(_ARTIFACT)
        else _of_file_or_hub(source, data_folder)
        for method, source in sources.items()
    }


def local_path(source: str, data_folder: Path) -> Path | None:
    """Return the file or folder that data are read from: as it is named, or below the data folder; None: neither."""
    named = Path(source).expanduser()
    found = named if named.exists() else data_folder / source
    return found if found.exists() and not source.startswith(_ARTIFACT) else None


def _newest(method: TrainingMethod) -> ArtifactVersionResponse:
    found = Client().list_artifact_versions(
        artifact=DATASET_ARTIFACT, sort_by="desc:created", size=_LOOKED_AT, hydrate=True
    )
    for version in found:
        if version.run_metadata.get("kind") == KINDS[method].value:
            return version
    raise NoDatasetYetError(method, KINDS[method])


def _of_artifact(method: TrainingMethod, name: str) -> StageSource:
    try:
        version = Client().get_artifact_version(name)
    except KeyError as error:
        raise NoDatasetArtifactError(method, name, "there is none of") from error
    dataset = version.load()
    if not isinstance(dataset, GatedDataset):
        raise NoDatasetArtifactError(method, name, f"is no data set but a {type(dataset).__name__}")
    return StageSource(name=f"{version.artifact.name} {version.version}", samples=dataset.kept)


def _of_file_or_hub(source: str, data_folder: Path) -> StageSource:
    path = local_path(source, data_folder)
    place = source if path is None else str(path)
    # The name goes where the model goes, and folders of this machine are nobody's business.
    name = Path(source).name if Path(source).expanduser().is_absolute() else source
    return StageSource(name=name, samples=tuple(read_samples(place)))
