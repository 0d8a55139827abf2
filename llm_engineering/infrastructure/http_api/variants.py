"""Which variant of the answer a user sees while an online experiment runs, and what is written of it.

What cannot be written is counted and logged; it never fails an answer or feedback.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import Header
from loguru import logger

from llm_engineering.application.answer.asking import Answerer
from llm_engineering.application.experiments.figures import VariantName
from llm_engineering.application.experiments.serving import ServedExperiment
from llm_engineering.domain.answers import Answer, Feedback, ShownVariant
from llm_engineering.infrastructure.http_api.metrics import ServiceMetrics

MAX_USER_CHARACTERS: Final = 200
_PATIENCE_SECONDS: Final = 0.25
"""How long an answer may wait until it is written that it was shown; after that it is written when it can be."""

UserHeader = Annotated[
    str,
    Header(
        alias="X-User",
        max_length=MAX_USER_CHARACTERS,
        description="A stable name of the user, in UTF-8; without one nobody takes part in experiments.",
    ),
]


@dataclass(frozen=True, slots=True)
class Variants:
    """A running experiment with what answers in each variant."""

    served: ServedExperiment
    answerers: Mapping[VariantName, Answerer]


@dataclass(frozen=True, slots=True)
class Choice:
    """What answers one user."""

    answerer: Answerer
    user: str = ""
    shown: ShownVariant | None = None
    """Set if the user takes part in an experiment."""


class Choosing:
    """Chooses what answers a user. Belongs to one event loop.

    Args:
        usual: Answers everybody who takes part in no experiment.
        variants: Of the experiment; None if there is none.
        metrics: Counts what is shown and what could not be written.
    """

    def __init__(self, usual: Answerer, variants: Variants | None, metrics: ServiceMetrics) -> None:
        self._usual = usual
        self._variants = variants
        self._metrics = metrics
        self._writing: dict[str, asyncio.Task[None]] = {}
        self._has_failed = False

    def choice(self, user: str) -> Choice:
        """Return what answers a user."""
        variant = self._variants.served.variant_of(user) if self._variants else None
        if self._variants is None or variant is None:
            return Choice(self._usual)
        shown = ShownVariant(experiment=self._variants.served.experiment.name, variant=variant)
        return Choice(self._variants.answerers[variant], user, shown)

    @property
    def running(self) -> str | None:
        """The name of the experiment that takes users now; None if none does."""
        served = self._variants.served if self._variants else None
        return served.experiment.name if served and served.is_running else None

    async def shown(self, choice: Choice, answer: Answer) -> Answer:
        """Return an answer as it is shown now, with its variant; that it is shown is written."""
        if self._variants is None or choice.shown is None:
            return answer
        self._metrics.count_variant(choice.shown.variant)
        served, user, now = self._variants.served, choice.user, datetime.now(UTC)
        writing = asyncio.create_task(self._written(lambda: served.note_exposure(user, now)))
        self._writing[user] = writing
        writing.add_done_callback(lambda done: self._forget(user, done))
        # Written before the answer goes out, so that whatever the user says of it finds that he saw it.
        await asyncio.wait([writing], timeout=_PATIENCE_SECONDS)
        return answer.model_copy(update={"experiment": choice.shown})

    async def said(self, feedback: Feedback) -> None:
        """Write what a user says as the outcome of his variant, once it is written that he saw it."""
        if self._variants is None:
            return
        served = self._variants.served
        if (writing := self._writing.get(feedback.user)) is not None:
            await asyncio.wait([writing])
        await self._written(lambda: served.note_outcome(feedback))

    async def _written(self, write: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(write)
        except Exception as error:  # noqa: BLE001 - whatever fails in an experiment, the answer goes on
            self._metrics.count_experiment_failure()
            if not self._has_failed:
                self._has_failed = True
                logger.warning(
                    "The experiment lacks what a user saw or said: {kind}: {error}. Further ones are only counted.",
                    kind=type(error).__name__,
                    error=str(error)[:500],
                )

    def _forget(self, user: str, done: asyncio.Task[None]) -> None:
        if self._writing.get(user) is done:
            del self._writing[user]


def user_named(header: str) -> str:
    """Return the name that the header X-User gives; servers read its bytes as Latin-1, whatever they are."""
    return header.encode("latin-1", "replace").decode("utf-8", "replace").strip()
