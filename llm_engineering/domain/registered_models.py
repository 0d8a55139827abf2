"""A trained model in the registry: its version, its stage, and how it came there."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures, Result
from llm_engineering.domain.training import WeightsKind


class ModelStage(StrEnum):
    """What a version of a model is used for. `STAGING` and `PRODUCTION` are those of one version at most."""

    NONE = "none"
    """Nothing yet."""
    STAGING = "staging"
    """To be tried out."""
    PRODUCTION = "production"
    """The one that is served."""
    ARCHIVED = "archived"
    """Nothing any more; it can come back."""


class ChangeKind(StrEnum):
    """Why a version came to a stage."""

    PROMOTED = "promoted"
    """The gate let it pass."""
    FORCED = "forced"
    """A person let it pass against the gate."""
    ROLLED_BACK = "rolled back"
    """The version that had taken its place went away again."""
    CHOSEN = "chosen"
    """A person put it there; no gate is asked for this stage."""


class StageChange(FrozenModel):
    """One step in the life of a version."""

    at: datetime
    kind: ChangeKind
    stage: ModelStage
    """What it came to."""
    replaced: int | None = None
    """The version that was in production before; None: there was none, or it is another stage."""
    reason: str = ""
    """For people: why it was forced or chosen, or the rule that let it pass."""


class RegisteredModel(Result):
    """A version of a model."""

    name: str
    version: int = Field(ge=1)
    """Counts up within the name."""
    stage: ModelStage = ModelStage.NONE
    folder: str
    """Holds weights, tokenizer, `contract.json`, `training.json`, the card, and later `evaluation.json`."""
    weights_hash: str
    """SHA-256 by which a version is known: the same weights are the same version."""
    kind: WeightsKind
    base_model: str
    contract_hash: str
    datasets: Mapping[str, str] = {}
    """Content hashes of the sets that it was trained on, by stage."""
    training: Figures = Field(default_factory=dict)
    """`TrainedModel.figures`."""
    evaluation: Figures = Field(default_factory=dict)
    """`ModelEvaluation.figures` of the last evaluation; empty: there was none."""
    history: tuple[StageChange, ...] = ()
    """In the order of time."""

    @property
    def figures(self) -> Figures:
        """Which version it is, where it lies and what it was made of."""
        return {
            "model": self.name,
            "version": self.version,
            "stage": self.stage.value,
            "folder": self.folder,
            "weights": self.weights_hash,
            "contract": self.contract_hash,
            "kind": self.kind.value,
            "base_model": self.base_model,
            "datasets": dict(self.datasets),
        }

    @property
    def tables(self) -> Mapping[str, tuple[StageChange, ...]]:
        """How it came to its stages."""
        return {"Stages": self.history} if self.history else {}

    @property
    def replaced(self) -> int | None:
        """The version whose place this one took when it last came into production by itself; None: there was none."""
        taken = [each for each in self.history if each.kind in {ChangeKind.PROMOTED, ChangeKind.FORCED}]
        return taken[-1].replaced if taken else None
