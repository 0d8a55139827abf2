"""A language model that is left alone for a while after it failed several times in a row."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from loguru import logger
from pybreaker import STATE_CLOSED, STATE_OPEN, CircuitBreaker, CircuitBreakerError, CircuitMemoryStorage

from llm_engineering.application.language_models.port import (
    BrokenReplyError,
    BudgetSpentError,
    LanguageModel,
    LanguageModelError,
    ModelUnreachableError,
)
from llm_engineering.application.language_models.streams import opened_stream
from llm_engineering.application.language_models.wrapper import ModelWrapper
from llm_engineering.domain.errors import RetryableError
from llm_engineering.domain.language_models import Completion, ModelRequest

FAILURES: Final = 5
REST_SECONDS: Final = 30.0


class CircuitOpenError(ModelUnreachableError):
    """A model failed so often in a row that it is not asked for a while."""

    def __init__(self, name: str, failures: int, rest_seconds: float) -> None:
        super().__init__(
            f"The language model {name!r} failed {failures} times in a row, so it is not asked now.",
            remedy=f"The next call after {rest_seconds:.0f} s of rest tries it again; its failures stand in the log.",
            was_sent=False,
        )
        self.name = name


class BreakingModel(ModelWrapper):
    """Fails at once as long as the model is left alone; then one call tries it, and decides whether it is asked again.

    Counted are failures that may pass. A refused request or a reply that cannot be read shows that the model is up. A
    cancelled call shows nothing.

    Args:
        model: The model to leave alone.
        failures: How many in a row are too many.
        rest_seconds: For how long it is left alone.
    """

    def __init__(self, model: LanguageModel, *, failures: int = FAILURES, rest_seconds: float = REST_SECONDS) -> None:
        super().__init__(model)
        self._failures = failures
        self._rest = timedelta(seconds=rest_seconds)
        self._storage = CircuitMemoryStorage(STATE_CLOSED)
        self._breaker = CircuitBreaker(
            fail_max=failures, reset_timeout=rest_seconds, exclude=[_shows_life], state_storage=self._storage
        )
        self._is_tried = False

    async def completion(self, request: ModelRequest) -> Completion:
        """Return what the model says.

        Raises:
            CircuitOpenError: It is left alone now.
        """
        with self._watched():
            return await self._model.completion(request)

    async def stream(self, request: ModelRequest) -> AsyncIterator[str | Completion]:
        """Yield what the model says.

        Raises:
            CircuitOpenError: It is left alone now.
        """
        with self._watched():
            async with opened_stream(self._model, request) as items:
                async for item in items:
                    yield item

    @contextmanager
    def _watched(self) -> Iterator[None]:
        is_trial = self._storage.state == STATE_OPEN
        if is_trial and (self._is_tried or not self._has_rested()):
            raise CircuitOpenError(self.identity.name, self._failures, self._rest.total_seconds())
        self._is_tried = self._is_tried or is_trial
        try:
            yield
        except LanguageModelError as error:
            if not isinstance(error, BudgetSpentError):  # nothing was asked
                self._note(error)
            raise
        else:
            self._note(None)
        finally:
            if is_trial:
                self._is_tried = False

    def _has_rested(self) -> bool:
        opened = self._storage.opened_at
        return opened is None or datetime.now(UTC) >= opened + self._rest

    def _note(self, error: LanguageModelError | None) -> None:
        """Tell the breaker how a call ended; it takes functions that end at once, not awaitables."""

        def outcome() -> None:
            if error is not None:
                raise error

        before = self._storage.state
        # The breaker raises an error of its own when the circuit opens, and where a call ends that began before that.
        with suppress(CircuitBreakerError, LanguageModelError):
            self._breaker.call(outcome)
        if self._storage.state != before:
            logger.warning(
                "the language model {name} is {state}",
                name=self.identity.name,
                state="left alone for a while" if self._storage.state == STATE_OPEN else "asked again",
            )


def _shows_life(error: BaseException) -> bool:
    return isinstance(error, BrokenReplyError) or not isinstance(error, RetryableError)
