"""The instruct set that the last run of `generate_datasets` made."""

from dataclasses import dataclass
from typing import Final

from zenml.client import Client

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.samples import GatedDataset, SampleKind

ACCEPTED_DATASET: Final = "accepted_dataset"
"""What passed the gates and was enough."""
_LOOKED_AT: Final = 50
"""Versions that are looked at for the last one with instructions."""


class NoInstructSetError(InvalidInputError):
    """No run has made an instruct set."""

    def __init__(self, artifact: str) -> None:
        super().__init__(
            f"No run has made an instruct set yet: none of the last {_LOOKED_AT} artifacts {artifact!r} is one.",
            remedy="Run `poetry poe run-generate-instruct-datasets-pipeline`, or set data.dataset to a file, a folder, "
            "or owner/name on the Hugging Face Hub.",
        )


@dataclass(frozen=True, slots=True)
class NamedDataset:
    """A data set with what it is called."""

    dataset: GatedDataset
    name: str
    """Artifact and version."""


def last_instruct_set(artifact: str = ACCEPTED_DATASET) -> NamedDataset:
    """Return the newest version of an artifact that is an instruct set.

    Raises:
        NoInstructSetError: There is none.
    """
    versions = Client().list_artifact_versions(artifact=artifact, sort_by="desc:created", size=_LOOKED_AT)
    for version in versions:
        if version.run_metadata.get("kind") == SampleKind.INSTRUCT.value:
            return NamedDataset(version.load(), f"{artifact} {version.version}")
    raise NoInstructSetError(artifact)
