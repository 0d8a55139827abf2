"""What ZenML has kept of forgotten documents: artifacts with their text, and the models that these went into."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import IO, Final, cast
from uuid import UUID

from zenml.artifact_stores import BaseArtifactStore
from zenml.artifacts.utils import load_artifact_store
from zenml.client import Client
from zenml.enums import ArtifactType
from zenml.exceptions import DoesNotExistException
from zenml.models import ArtifactVersionResponse, StepRunResponse
from zenml.utils.pagination_utils import depaginate

from llm_engineering.application.warehouse.forget_plans import HeldArtifact
from llm_engineering.domain.errors import TwinError

_BLOCK_BYTES: Final = 1 << 20
_UUID: Final = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class UnreadableArtifactError(TwinError):
    """The files of an artifact cannot be read, so that nobody can say what they hold; nothing was removed."""

    def __init__(self, artifact: HeldArtifact, reason: str) -> None:
        super().__init__(
            f"The artifact {artifact.name!r}, version {artifact.version}, at {artifact.uri} cannot be searched "
            f"({reason[:200]}).",
            remedy="Make its artifact store reachable, or delete it with `zenml artifact version delete`, and repeat.",
        )
        self.artifact = artifact
        self.reason = reason


class ZenmlArtifacts:
    """The artifacts of the active ZenML project, in whichever artifact stores they lie.

    Results of steps name the document of each text that they hold by its id, so ids are what is searched for.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._stores: dict[UUID, BaseArtifactStore] = {}

    def holding(self, ids: Collection[str]) -> Sequence[HeldArtifact]:
        """Return the artifact versions whose files hold one of some ids; those without files hold none.

        Raises:
            UnreadableArtifactError: Files cannot be read.
        """
        wanted = _Wanted(ids)
        versions = depaginate(self._client.list_artifact_versions, sort_by="created")
        return [_held(version) for version in versions if self._holds(version, wanted)]

    def models_of(self, artifacts: Sequence[HeldArtifact]) -> Sequence[str]:
        """Return the model versions and model artifacts that some artifacts, or what was made of them, went into.

        A model version counts if such an artifact is linked to it, or if it belongs to a run that used one.
        """
        lineage = _Lineage.of(
            depaginate(self._client.list_run_steps, hydrate=True), {UUID(each.id) for each in artifacts}
        )
        return sorted({*self._model_versions(lineage), *self._model_artifacts(lineage)})

    def remove(self, artifact: HeldArtifact) -> None:
        """Delete the files of an artifact version; its record stays, because runs refer to it.

        Raises:
            UnreadableArtifactError: The files cannot be deleted.
        """
        version = self._client.get_artifact_version(UUID(artifact.id))
        try:
            store = self._store(version)
            if store is not None and store.exists(artifact.uri):
                store.rmtree(artifact.uri)
        except (OSError, DoesNotExistException, NotImplementedError) as error:
            raise UnreadableArtifactError(artifact, str(error)) from error

    def _holds(self, version: ArtifactVersionResponse, wanted: "_Wanted") -> bool:
        try:
            store = self._store(version)
            return store is not None and any(_file_holds(store, path, wanted) for path in _files(store, version.uri))
        except (OSError, DoesNotExistException, NotImplementedError) as error:
            raise UnreadableArtifactError(_held(version), str(error)) from error

    def _store(self, version: ArtifactVersionResponse) -> BaseArtifactStore | None:
        store_id = version.artifact_store_id
        if store_id is None:
            return None
        if store_id not in self._stores:
            self._stores[store_id] = load_artifact_store(store_id)
        return self._stores[store_id]

    def _model_versions(self, lineage: "_Lineage") -> Iterator[str]:
        for model_version in depaginate(self._client.list_model_versions):
            artifacts = depaginate(self._client.list_model_version_artifact_links, model_version_id=model_version.id)
            runs = depaginate(self._client.list_model_version_pipeline_run_links, model_version_id=model_version.id)
            is_trained = any(link.artifact_version.id in lineage.artifacts for link in artifacts) or any(
                link.pipeline_run.id in lineage.runs for link in runs
            )
            if is_trained:
                yield f"{model_version.model.name} {model_version.name}"

    def _model_artifacts(self, lineage: "_Lineage") -> Iterator[str]:
        for version in depaginate(self._client.list_artifact_versions, type=ArtifactType.MODEL):
            if version.id in lineage.artifacts:
                yield f"{version.artifact.name} {version.version}"


class _Lineage:
    """What was made of some artifacts, step after step, and the runs that did so."""

    def __init__(self, artifacts: set[UUID], runs: set[UUID]) -> None:
        self.artifacts = artifacts
        self.runs = runs

    @classmethod
    def of(cls, steps: Iterable[StepRunResponse], origins: set[UUID]) -> "_Lineage":
        made = [(step.pipeline_run_id, _ids(step.inputs), _ids(step.outputs)) for step in steps]
        artifacts = set(origins)
        while grown := set().union(*(outputs for _, inputs, outputs in made if inputs & artifacts)) - artifacts:
            artifacts |= grown
        return cls(artifacts, {run for run, inputs, outputs in made if (inputs | outputs) & artifacts})


class _Wanted:
    """Ids to be found in files. Those that are no UUIDs (of imported documents) must stand between quotes."""

    def __init__(self, ids: Collection[str]) -> None:
        encoded = {each.encode() for each in ids}
        self._uuids = {each for each in encoded if _UUID.fullmatch(each)}
        self._others = [b'"%b"' % each for each in encoded - self._uuids]
        self.longest = max((len(each) + 2 for each in encoded), default=0)

    def is_in(self, block: bytes) -> bool:
        return not self._uuids.isdisjoint(_UUID.findall(block)) or any(each in block for each in self._others)


def _ids(artifacts: Mapping[str, Sequence[ArtifactVersionResponse]]) -> set[UUID]:
    return {artifact.id for versions in artifacts.values() for artifact in versions}


def _held(version: ArtifactVersionResponse) -> HeldArtifact:
    return HeldArtifact(id=str(version.id), name=version.artifact.name, version=str(version.version), uri=version.uri)


def _files(store: BaseArtifactStore, folder: str) -> Iterator[str]:
    if store.exists(folder):
        for root, _, names in store.walk(folder):
            yield from (f"{_text(root).rstrip('/')}/{_text(name)}" for name in names)


def _text(path: str | bytes) -> str:
    return path.decode() if isinstance(path, bytes) else path


def _file_holds(store: BaseArtifactStore, path: str, wanted: _Wanted) -> bool:
    with cast("IO[bytes]", store.open(path, "rb")) as file:
        rest = b""
        while block := file.read(_BLOCK_BYTES):
            if wanted.is_in(rest + block):
                return True
            # An id may lie on both sides of a cut.
            rest = (rest + block)[-wanted.longest :]
    return False
