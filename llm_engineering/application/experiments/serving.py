"""An online experiment as a service runs it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from llm_engineering.application.experiments.exposures import (
    StoredExperiment,
    record_exposure,
    record_outcome,
    stored_experiment,
)
from llm_engineering.application.experiments.figures import VariantName
from llm_engineering.application.experiments.online import OnlineExperiment, Status
from llm_engineering.application.ports import DocumentStore
from llm_engineering.domain.answers import Feedback

REFRESH: Final = timedelta(seconds=30)
"""How long a service may go on as if nothing had changed after an experiment was stopped or takes more users."""
_REMEMBERED: Final = 100_000


class ServedExperiment:
    """Who sees which variant, and what is written of it. Safe for several threads.

    Args:
        store: Where experiments, exposures and outcomes lie.
        name: Of an experiment that was started.
        now: The time, with its zone.

    Raises:
        UnknownExperimentError: No experiment of the name was started.
        StoreUnavailableError: The store could not be read.
    """

    def __init__(self, store: DocumentStore, name: str, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._stored = stored_experiment(store, name)
        self._read_at = now()
        self._exposed: dict[str, None] = {}
        self._lock = Lock()

    @property
    def experiment(self) -> OnlineExperiment:
        """As it was last read."""
        return self._stored.experiment

    @property
    def is_running(self) -> bool:
        """Whether it takes users, as it was last read."""
        return self._stored.status is Status.RUNNING

    def variant_of(self, user: str) -> VariantName | None:
        """Return what a user sees; None for one without a name, or if the experiment has ended or is not for him.

        Asks nobody.
        """
        return self.experiment.variant_of(user) if user and self.is_running else None

    def note_exposure(self, user: str, shown_at: datetime) -> None:
        """Write that a user was shown his variant, once; and look whether the experiment still runs, now and then.

        Raises:
            StoreUnavailableError: The store could not be read or written.
        """
        with self._lock:
            is_known = user in self._exposed
        if not is_known:
            record_exposure(self._store, self.experiment, user, shown_at)
            self._remember(user)
        self._refresh()

    def note_outcome(self, feedback: Feedback) -> None:
        """Write what a user said after he saw his variant; nothing for anybody else.

        Raises:
            StoreUnavailableError: The store could not be read or written.
        """
        if self.variant_of(feedback.user) is not None:
            record_outcome(self._store, self.experiment.name, feedback)

    def _remember(self, user: str) -> None:
        with self._lock:
            self._exposed[user] = None
            if len(self._exposed) > _REMEMBERED:
                self._exposed.pop(next(iter(self._exposed)))

    def _refresh(self) -> None:
        now = self._now()
        with self._lock:
            if now - self._read_at < REFRESH:
                return
            self._read_at = now
        self._stored = self._reread()

    def _reread(self) -> StoredExperiment:
        return stored_experiment(self._store, self._stored.name)
