"""Who may come into production, and back: the gate is the evaluation of exactly those weights."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from llm_engineering.application.train.registry import LATEST, ModelRegistry, UnknownModelError
from llm_engineering.domain.errors import InvalidInputError, TwinError
from llm_engineering.domain.model_scores import ModelEvaluation
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.registered_models import ChangeKind, ModelStage, RegisteredModel, StageChange

_SHOWN_REASONS: Final = 3
_BROKEN: Final = "broken: "
"""How a reason of a verdict begins whose rule does not hold; others may stand beside it."""
_GO_ON: Final = (
    "Evaluate it (`poetry poe run-evaluation-pipeline`), train a better one, or put it into production against the "
    'gate with --force "why", which is kept with the version.'
)


class Evidence(FrozenModel):
    """What lies in the folder of a version now."""

    weights_hash: str | None
    """Of the weights as they are; None: the folder is not there."""
    evaluation: ModelEvaluation | None = None
    """None: nobody has judged it."""


class Promotion(FrozenModel):
    """What an evaluation leads to."""

    name: str = "twin"
    """Of the model in the registry."""
    version: str = LATEST
    """A number, a stage, or "latest"."""
    promote: bool = False
    """Puts the version into production if the evaluation lets it pass. A version that it keeps back is no error: the
    run has done what it was for."""


class WeightsChangedError(TwinError):
    """The folder of a version does not hold its weights any more, so that it cannot be served."""

    def __init__(self, model: RegisteredModel, found: str | None) -> None:
        what = "is not there" if found is None else f"holds other weights ({found[:12]}) than were registered"
        super().__init__(
            f"The folder {model.folder} of {model.name} {model.version} {what} ({model.weights_hash[:12]} expected).",
            remedy="Put the folder back, or register what is in it as a version of its own: "
            "`python -m tools.models register FOLDER`.",
        )
        self.folder = model.folder
        self.found = found


class GateClosedError(InvalidInputError):
    """The evaluation does not let a version into production; nothing was changed."""

    def __init__(self, model: RegisteredModel, reasons: Sequence[str]) -> None:
        shown = "; ".join(reasons[:_SHOWN_REASONS])
        more = len(reasons) - _SHOWN_REASONS
        super().__init__(
            f"{model.name} {model.version} stays out of production: {shown}{f'; and {more} more' if more > 0 else ''}.",
            remedy=_GO_ON,
        )
        self.reasons = tuple(reasons)


class NothingToRollBackError(TwinError):
    """There is no earlier version that could take the place of the one in production."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"{name} cannot be rolled back: {reason}.",
            remedy=f"`python -m tools.models list {name}` shows the versions; promote one of them.",
        )
        self.name = name


def gate_objections(model: RegisteredModel, evaluation: ModelEvaluation | None) -> tuple[str, ...]:
    """Return what speaks against a version in production; nothing: the gate is open.

    Only an evaluation counts that names the weights of the version as those of the candidate that it judged.
    """
    if evaluation is None:
        return ("it has not been evaluated: there is no evaluation.json in its folder",)
    verdict = evaluation.verdict
    if verdict is None:
        return ("its evaluation has no verdict: no rule was set",)
    judged = next((each for each in evaluation.models if each.model == verdict.candidate), None)
    if judged is None or judged.weights_hash is None:
        return (f"its evaluation does not say which weights {verdict.candidate!r} had",)
    if judged.weights_hash != model.weights_hash:
        other, own = judged.weights_hash[:12], model.weights_hash[:12]
        return (f"its evaluation is about other weights ({other}, those of this version are {own})",)
    if verdict.is_promoted:
        return ()
    broken = tuple(each.removeprefix(_BROKEN) for each in verdict.reasons if each.startswith(_BROKEN))
    return broken or verdict.reasons or (f"the evaluation keeps it back, compared with {verdict.baseline}",)


def promoted(
    registry: ModelRegistry, model: RegisteredModel, evidence: Evidence, *, at: datetime, forced: str | None = None
) -> RegisteredModel:
    """Put a version into production and return it; what was there becomes archived.

    A version that is in production already is returned as it is.

    Args:
        registry: Where the version is.
        model: The version.
        evidence: What lies in its folder.
        at: Now.
        forced: Why it goes there whatever the gate says; None: the gate decides.

    Raises:
        WeightsChangedError: Its folder does not hold it any more; no force helps.
        GateClosedError: The evaluation is missing, is about other weights, or keeps it back.
    """
    _require_weights(model, evidence.weights_hash)
    if model.stage is ModelStage.PRODUCTION:
        return model
    objections = gate_objections(model, evidence.evaluation)
    if objections and forced is None:
        raise GateClosedError(model, objections)
    kind = ChangeKind.FORCED if objections else ChangeKind.PROMOTED
    reason = f"{forced} (against: {'; '.join(objections)})" if objections else _let_pass(evidence.evaluation)
    current = _in_production(registry, model.name)
    change = StageChange(
        at=at,
        kind=kind,
        stage=ModelStage.PRODUCTION,
        replaced=None if current is None else current.version,
        reason=reason,
    )
    return registry.change_stage(model, change)


def rollback_target(registry: ModelRegistry, name: str) -> RegisteredModel:
    """Return the version whose place the one in production took.

    Raises:
        UnknownModelError: Nothing is registered under the name.
        NothingToRollBackError: None is in production, it was the first one, or the earlier one is gone.
    """
    versions = registry.versions(name)
    if not versions:
        raise UnknownModelError(name, "", registry.names())
    current = _in_production(registry, name)
    if current is None:
        raise NothingToRollBackError(name, "no version is in production")
    if current.replaced is None:
        raise NothingToRollBackError(name, f"version {current.version} was the first one in production")
    before = next((each for each in versions if each.version == current.replaced), None)
    if before is None:
        raise NothingToRollBackError(name, f"version {current.replaced}, which was there before, was deleted")
    return before


def rolled_back(
    registry: ModelRegistry, before: RegisteredModel, evidence: Evidence, *, at: datetime
) -> RegisteredModel:
    """Put the version of `rollback_target` into production again and return it; the current one becomes archived.

    It was let in once, so no gate is asked. Rolling back twice goes back twice.

    Raises:
        WeightsChangedError: Its folder does not hold it any more.
    """
    _require_weights(before, evidence.weights_hash)
    current = _in_production(registry, before.name)
    gone = "" if current is None else f"in the place of {current.version}"
    change = StageChange(at=at, kind=ChangeKind.ROLLED_BACK, stage=ModelStage.PRODUCTION, reason=gone)
    return registry.change_stage(before, change)


def put_to_stage(
    registry: ModelRegistry, model: RegisteredModel, stage: ModelStage, *, at: datetime, reason: str = ""
) -> RegisteredModel:
    """Put a version to a stage that needs no gate, staging or archived, and return it.

    Raises:
        InvalidInputError: It is another stage: production has a gate, and nothing goes back to the beginning.
    """
    if stage not in {ModelStage.STAGING, ModelStage.ARCHIVED}:
        raise InvalidInputError(
            f"{model.name} {model.version} cannot simply be put to {stage.value!r}.",
            remedy=f"Promote it: `python -m tools.models promote {model.name} {model.version}`; or name staging or "
            "archived.",
        )
    if model.stage is stage:
        return model
    return registry.change_stage(model, StageChange(at=at, kind=ChangeKind.CHOSEN, stage=stage, reason=reason))


def _in_production(registry: ModelRegistry, name: str) -> RegisteredModel | None:
    return next((each for each in registry.versions(name) if each.stage is ModelStage.PRODUCTION), None)


def _require_weights(model: RegisteredModel, found: str | None) -> None:
    if found != model.weights_hash:
        raise WeightsChangedError(model, found)


def _let_pass(evaluation: ModelEvaluation | None) -> str:
    verdict = None if evaluation is None else evaluation.verdict
    return "" if verdict is None else f"better than {verdict.baseline}: {'; '.join(verdict.reasons[:_SHOWN_REASONS])}"
