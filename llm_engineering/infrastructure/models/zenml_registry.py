"""The registry on ZenML's model control plane."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from zenml.client import Client
from zenml.enums import MetadataResourceTypes
from zenml.exceptions import EntityExistsError
from zenml.models import (
    ModelVersionArtifactRequest,
    ModelVersionPipelineRunRequest,
    ModelVersionResponse,
    RunMetadataResource,
)
from zenml.utils.pagination_utils import depaginate

from llm_engineering.application.train.registry import NewVersion
from llm_engineering.domain.errors import TwinError
from llm_engineering.domain.outcomes import Figures
from llm_engineering.domain.registered_models import ModelStage, RegisteredModel, StageChange

_TAG: Final = "llm-twin"
_NAME_DIGITS: Final = 16
_KEPT_CHANGES: Final = 100
"""ZenML keeps no value of metadata that is longer than 65,535 characters."""
_HISTORY: Final = TypeAdapter(tuple[StageChange, ...])
_CONTENT: Final = ("folder", "weights_hash", "kind", "base_model", "contract_hash", "datasets", "training")
_EVALUATION: Final = "evaluation"
_CHANGES: Final = "stage_changes"


class UnreadableVersionError(TwinError):
    """A version in ZenML was not made by this project, or its metadata was lost."""

    def __init__(self, name: str, version: int, reason: str) -> None:
        super().__init__(
            f"Version {version} of the model {name!r} in ZenML cannot be read ({reason}).",
            remedy=f"Register its folder again (`python -m tools.models register FOLDER --name {name}`), or delete it: "
            f"`zenml model version delete {name} {version}`.",
        )
        self.name = name
        self.version = version


class ZenmlModelRegistry:
    """Keeps each name as a model of ZenML and each version as a model version, named by its weights.

    Such a name is unique, so that two processes cannot register the same weights twice. What a version is made of is
    its metadata, which the dashboard shows. Models that others have put into ZenML are left alone.

    Args:
        client: Of ZenML, with the project that is active.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def names(self) -> Sequence[str]:
        """Return the names of the models that this project has registered."""
        return sorted(each.name for each in depaginate(self._client.list_models, tags=_TAG))

    def versions(self, name: str) -> Sequence[RegisteredModel]:
        """Return all versions of a name, oldest first.

        Raises:
            UnreadableVersionError: One of them was not made by this project.
        """
        try:
            model = self._client.get_model(name)
        except KeyError:
            return ()
        found = depaginate(self._client.list_model_versions, model=model.id, hydrate=True, sort_by="asc:number")
        return tuple(map(_registered, found))

    def register(self, new: NewVersion) -> RegisteredModel:
        """Add a version, or return the one that has these weights already."""
        self._require_model(new.name)
        name = f"sha256-{new.weights_hash[:_NAME_DIGITS]}"
        try:
            version = self._client.create_model_version(new.name, name=name, tags=[_TAG])
        except EntityExistsError:
            version = self._client.get_model_version(new.name, name)
        # Also for a version that is there: a run may have been killed between the two calls.
        self._note(version.id, {key: value for key, value in _content(new).items() if value})
        return self._read(version.id)

    def change_stage(self, model: RegisteredModel, change: StageChange) -> RegisteredModel:
        """Add a change to the history, then put the version to its stage.

        The stage comes last: killed in between, nothing is served that nobody can roll back.
        """
        version = self._client.get_model_version(model.name, model.version)
        history = (*_registered(version).history, change)[-_KEPT_CHANGES:]
        self._note(version.id, {_CHANGES: _HISTORY.dump_python(history, mode="json")})
        # With `force`, ZenML archives what is at the stage in the same transaction.
        self._client.update_model_version(version.model.id, version.id, stage=change.stage.value, force=True)
        return self._read(version.id)

    def note_evaluation(self, model: RegisteredModel, figures: Figures) -> RegisteredModel:
        """Keep the figures of an evaluation as metadata of a version."""
        version = self._client.get_model_version(model.name, model.version)
        # A list, because ZenML adds a mapping to the one that was there, and old scores would stay.
        self._note(version.id, {_EVALUATION: [_without_nothing(figures)]})
        return self._read(version.id)

    def link(self, model: RegisteredModel, *, run: UUID, artifacts: Sequence[UUID]) -> None:
        """Tell ZenML which run made a version, and of which artifacts; telling it twice changes nothing."""
        version = self._client.get_model_version(model.name, model.version)
        store = self._client.zen_store
        store.create_model_version_pipeline_run_link(
            ModelVersionPipelineRunRequest(model_version=version.id, pipeline_run=run)
        )
        for each in artifacts:
            store.create_model_version_artifact_link(
                ModelVersionArtifactRequest(model_version=version.id, artifact_version=each)
            )

    def _require_model(self, name: str) -> None:
        try:
            model = self._client.get_model(name)
        except KeyError:
            try:
                self._client.create_model(name, tags=[_TAG], description="A model of LLM Twin.")
            except EntityExistsError:  # another process was faster
                return
        else:
            if _TAG not in {tag.name for tag in model.tags}:
                self._client.update_model(name, add_tags=[_TAG])

    def _note(self, version: UUID, metadata: Mapping[str, Any]) -> None:
        resource = RunMetadataResource(id=version, type=MetadataResourceTypes.MODEL_VERSION)
        self._client.create_run_metadata(dict(metadata), [resource])

    def _read(self, version: UUID) -> RegisteredModel:
        return _registered(self._client.get_model_version(model_version_name_or_number_or_id=version))


def _content(new: NewVersion) -> dict[str, Any]:
    model = new.model
    return {
        "folder": new.folder,
        "weights_hash": new.weights_hash,
        "kind": model.kind.value,
        "base_model": model.base_model,
        "contract_hash": model.contract_hash,
        "datasets": {each.method.value: each.dataset.content_hash for each in model.stages},
        "training": _without_nothing(model.figures),
    }


def _without_nothing(figures: Figures) -> dict[str, Any]:
    """Return figures without those that there are not: ZenML knows no null at the top."""
    return {name: value for name, value in figures.items() if value is not None}


def _registered(version: ModelVersionResponse) -> RegisteredModel:
    found: Mapping[str, Any] = version.run_metadata
    (evaluation,) = found.get(_EVALUATION, [{}])
    try:
        return RegisteredModel.model_validate({
            "name": version.model.name,
            "version": version.number,
            "stage": version.stage or ModelStage.NONE,
            "history": found.get(_CHANGES, ()),
            "evaluation": evaluation,
            **{key: found[key] for key in _CONTENT if key in found},
        })
    except ValidationError as error:
        faults = ", ".join(".".join(map(str, each["loc"])) for each in error.errors(include_url=False))
        raise UnreadableVersionError(version.model.name, version.number, f"without {faults}") from error
