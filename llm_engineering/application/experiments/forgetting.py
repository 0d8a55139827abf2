"""Forgets a user: what he saw in experiments, what came of it, and what he said about answers."""

from llm_engineering.application.experiments.exposures import EXPOSURES, OUTCOMES
from llm_engineering.application.ports import FEEDBACK, DocumentStore
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel


class UnknownUserError(InvalidInputError):
    """Nothing is kept under the name of a user; nothing was deleted."""

    def __init__(self, user: str) -> None:
        super().__init__(
            f"Nothing is kept under the name {user!r:.200}.",
            remedy="Give the name as the header X-User or the field `user` gave it; capital letters count.",
        )
        self.user = user


class ForgottenUser(FrozenModel):
    """What was deleted, in numbers of objects."""

    exposures: int
    """Experiments in which he saw a variant."""
    outcomes: int
    """Experiments that had an outcome of his; their figures are those of the other users now."""
    feedback: int
    """Answers that he said something about."""


def forget_user(store: DocumentStore, user: str) -> ForgottenUser:
    """Delete everything that is kept under the name of a user.

    A call that is killed half-way can be repeated: outcomes go before the exposures that they rest on.

    Raises:
        UnknownUserError: Nothing is kept under the name, or there is no name.
        StoreUnavailableError: The store could not be written; the call can be repeated.
    """
    if not user:
        raise UnknownUserError(user)
    where = {"user": user}
    outcomes = store.delete(OUTCOMES, where)
    exposures = store.delete(EXPOSURES, where)
    forgotten = ForgottenUser(exposures=exposures, outcomes=outcomes, feedback=store.delete(FEEDBACK, where))
    if forgotten == ForgottenUser(exposures=0, outcomes=0, feedback=0):
        raise UnknownUserError(user)
    return forgotten
