"""Online experiments as they are stored: who saw what, and what came of it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, Literal

from pydantic import Field

from llm_engineering.application.experiments.figures import VariantName
from llm_engineering.application.experiments.online import OnlineExperiment, Status
from llm_engineering.application.ports import Collection, DocumentStore
from llm_engineering.application.warehouse.documents import object_from
from llm_engineering.domain.answers import Feedback
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.identity import identifier
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.suggestions import did_you_mean

EXPERIMENTS: Final = Collection("experiments", ("name",))
EXPOSURES: Final = Collection("experiment_exposures", ("experiment", "user"))
OUTCOMES: Final = Collection("experiment_outcomes", ("experiment", "user"))


class UnknownExperimentError(InvalidInputError):
    """No experiment of a name was started."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(
            f"There is no experiment {name!r:.100}.{did_you_mean(name, known)}",
            remedy=f"Started were: {', '.join(known) or 'none; `python -m tools.experiments start FILE` starts one'}.",
        )
        self.name = name


class ChangedExperimentError(InvalidInputError):
    """An experiment was started in another way under the same name; going on would mix the two."""

    def __init__(self, name: str, changed: list[str]) -> None:
        super().__init__(
            f"The experiment {name!r} was started with another {' and '.join(changed)}.",
            remedy="Give what is to be tried now a new name. Only share_of_users may be raised, and an experiment that "
            "was stopped stays so.",
        )
        self.name = name
        self.changed = tuple(changed)


class StoredExperiment(FrozenModel):
    """An experiment with its state."""

    id: str = Field(alias="_id")
    name: str
    status: Status
    started_at: datetime
    stopped_at: datetime | None = None
    experiment: OnlineExperiment


class Exposure(FrozenModel):
    """That a user saw a variant for the first time. The natural key is the experiment and the user."""

    id: str = Field(alias="_id")
    experiment: str
    user: str
    variant: VariantName
    exposed_at: datetime


class Outcome(FrozenModel):
    """What a user first said about an answer. The natural key is the experiment and the user."""

    id: str = Field(alias="_id")
    experiment: str
    user: str
    variant: VariantName
    value: Literal[0, 1]
    """1 if he found it helpful."""
    trace_id: str
    given_at: datetime


def started(store: DocumentStore, experiment: OnlineExperiment, now: datetime) -> StoredExperiment:
    """Write that an experiment runs; one that runs already goes on, with a larger share of users if that was raised.

    Raises:
        ChangedExperimentError: An experiment of the name was started in another way, or was stopped.
        StoredObjectInvalidError: The stored one is not valid.
    """
    before = next(_experiments(store, {"name": experiment.name}), None)
    if before:
        changed = _changed(before, experiment)
        if changed:
            raise ChangedExperimentError(experiment.name, changed)
    record = StoredExperiment(
        id=identifier("experiment", experiment.name),
        name=experiment.name,
        status=Status.RUNNING,
        started_at=before.started_at if before else now,
        experiment=experiment,
    )
    return _written(store, record)


def stopped(store: DocumentStore, name: str, now: datetime) -> StoredExperiment:
    """Write that an experiment takes no more users; what it found stays.

    Raises:
        UnknownExperimentError: There is none of the name.
    """
    before = stored_experiment(store, name)
    if before.status is Status.STOPPED:
        return before
    return _written(store, before.model_copy(update={"status": Status.STOPPED, "stopped_at": now}))


def stored_experiment(store: DocumentStore, name: str) -> StoredExperiment:
    """Return an experiment by its name.

    Raises:
        UnknownExperimentError: There is none of the name.
        StoredObjectInvalidError: It is not valid.
    """
    found = next(_experiments(store, {"name": name}), None)
    if found is None:
        raise UnknownExperimentError(name, [each.name for each in stored_experiments(store)])
    return found


def stored_experiments(store: DocumentStore) -> tuple[StoredExperiment, ...]:
    """Return all experiments, those that run first, by name."""
    return tuple(sorted(_experiments(store, {}), key=lambda each: (each.status is not Status.RUNNING, each.name)))


def record_exposure(store: DocumentStore, experiment: OnlineExperiment, user: str, now: datetime) -> Exposure | None:
    """Write that a user sees his variant, if he takes part, and return what is stored: the first time counts.

    Call it when the answer is shown, not before: who sees nothing says nothing about a variant.

    Raises:
        MissingUserError: The user has no name.
        StoreUnavailableError: The store could not be written.
    """
    variant = experiment.variant_of(user)
    if variant is None:
        return None
    before = _exposure(store, experiment.name, user)
    if before:
        return before
    exposure = Exposure(
        id=identifier("exposure", experiment.name, user),
        experiment=experiment.name,
        user=user,
        variant=variant,
        exposed_at=now,
    )
    store.upsert(EXPOSURES, [exposure.model_dump(mode="json", by_alias=True)])
    return exposure


def record_outcome(store: DocumentStore, experiment: str, feedback: Feedback) -> Outcome | None:
    """Write what a user first said after he saw his variant, and return what is stored; None if he saw none.

    Later feedback of the same user changes nothing: the test needs outcomes that stay as they were when it was looked
    at, and users who do not count twice.
    """
    exposure = _exposure(store, experiment, feedback.user)
    if exposure is None or feedback.given_at < exposure.exposed_at:
        return None
    before = next(store.find(OUTCOMES, {"experiment": experiment, "user": feedback.user}), None)
    if before:
        return object_from(Outcome, OUTCOMES, before)
    outcome = Outcome(
        id=identifier("outcome", experiment, feedback.user),
        experiment=experiment,
        user=feedback.user,
        variant=exposure.variant,
        value=1 if feedback.is_helpful else 0,
        trace_id=feedback.trace_id,
        given_at=feedback.given_at,
    )
    store.upsert(OUTCOMES, [outcome.model_dump(mode="json", by_alias=True)])
    return outcome


def exposures_of(store: DocumentStore, experiment: str) -> Iterator[Exposure]:
    """Yield who saw what."""
    found = store.find(EXPOSURES, {"experiment": experiment})
    return (object_from(Exposure, EXPOSURES, each) for each in found)


def outcomes_of(store: DocumentStore, experiment: str) -> Iterator[Outcome]:
    """Yield what came of it."""
    found = store.find(OUTCOMES, {"experiment": experiment})
    return (object_from(Outcome, OUTCOMES, each) for each in found)


def _exposure(store: DocumentStore, experiment: str, user: str) -> Exposure | None:
    found = next(store.find(EXPOSURES, {"experiment": experiment, "user": user}), None)
    return object_from(Exposure, EXPOSURES, found) if found else None


def _experiments(store: DocumentStore, where: dict[str, str]) -> Iterator[StoredExperiment]:
    return (object_from(StoredExperiment, EXPERIMENTS, found) for found in store.find(EXPERIMENTS, where))


def _written(store: DocumentStore, record: StoredExperiment) -> StoredExperiment:
    store.upsert(EXPERIMENTS, [record.model_dump(mode="json", by_alias=True)])
    return record


def _changed(before: StoredExperiment, now: OnlineExperiment) -> list[str]:
    fields = [name for name in OnlineExperiment.model_fields if name != "share_of_users"]
    changed = [name for name in fields if getattr(before.experiment, name) != getattr(now, name)]
    if now.share_of_users < before.experiment.share_of_users:
        changed.append("larger share_of_users")
    return [*changed, *(["status (it was stopped)"] if before.status is Status.STOPPED else [])]
