"""The port of model registries. The suite `tests/contracts/model_registry.py` holds its adapters and fakes."""

from collections.abc import Sequence
from typing import Annotated, Final, Protocol

from pydantic import Field

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures
from llm_engineering.domain.registered_models import ModelStage, RegisteredModel, StageChange
from llm_engineering.domain.training import TrainedModel

LATEST: Final = "latest"
"""Names the version that was registered last."""
ModelName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
"""A model's name can be that of a folder."""


class Registration(FrozenModel):
    """How a trained model is registered."""

    name: ModelName = "twin"
    """All models of one twin share a name, and are its versions."""
    keep_copy: bool = True
    """Copies the folder to `registered_models/` below the data folder, where no training writes; False: refers to it
    where it is, and a version is lost when training writes there again."""


class NewVersion(FrozenModel):
    """What a version is registered with."""

    name: ModelName
    model: TrainedModel
    folder: str
    """Where it is kept: absolute."""
    weights_hash: str


class UnknownModelError(InvalidInputError):
    """No model, or no version of it, is registered under a name."""

    def __init__(self, name: str, wanted: str, known: Sequence[str]) -> None:
        super().__init__(
            f"The registry has no {name} {wanted}.".replace(" .", "."),
            remedy=f"Registered are: {', '.join(known)}."
            if known
            else "Nothing is registered under that name yet: "
            "`python -m tools.models list` shows what is, `python -m tools.models register FOLDER` adds a model.",
        )
        self.name = name
        self.wanted = wanted


class ModelRegistry(Protocol):
    """Keeps versions of models and their stages. Two processes may use it at the same time."""

    def names(self) -> Sequence[str]:
        """Return the names under which models are registered, in alphabetical order."""
        ...

    def versions(self, name: str) -> Sequence[RegisteredModel]:
        """Return all versions of a name, oldest first; none if nobody knows it."""
        ...

    def register(self, new: NewVersion) -> RegisteredModel:
        """Add a version, or return the one that has these weights already, at its stage and with its history.

        A version that is there learns its folder anew: it may have been moved.
        """
        ...

    def change_stage(self, model: RegisteredModel, change: StageChange) -> RegisteredModel:
        """Put a version to a stage, add the change to its history and return it as it is then.

        Whatever else is in staging or production becomes archived, in the same transaction.
        """
        ...

    def note_evaluation(self, model: RegisteredModel, figures: Figures) -> RegisteredModel:
        """Keep the figures of an evaluation with a version, in the place of earlier ones."""
        ...


def chosen_version(registry: ModelRegistry, name: str, wanted: str = LATEST) -> RegisteredModel:
    """Return a version by its number, its stage or as the latest.

    Args:
        registry: Where it is.
        name: Of the model.
        wanted: A number, "latest", or a stage that one version has at most: "staging" or "production".

    Raises:
        UnknownModelError: There is no such version.
    """
    versions = registry.versions(name)
    if wanted == LATEST and versions:
        return versions[-1]
    unique = {ModelStage.STAGING.value, ModelStage.PRODUCTION.value}
    for each in versions:
        if wanted.lstrip("v") == str(each.version) or (wanted in unique and each.stage.value == wanted):
            return each
    known = [f"{each.version} ({each.stage.value})" for each in versions] or list(registry.names())
    raise UnknownModelError(name, wanted, known)
