"""A language model that is asked again when the cause of a failure may pass."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Final

from loguru import logger

from llm_engineering.application.language_models.breaker import CircuitOpenError
from llm_engineering.application.language_models.port import BrokenReplyError, LanguageModel, ModelOverloadedError
from llm_engineering.application.language_models.streams import opened_stream
from llm_engineering.application.language_models.wrapper import ModelWrapper
from llm_engineering.domain.errors import RetryableError
from llm_engineering.domain.language_models import Completion, ModelRequest

Sleep = Callable[[float], Awaitable[None]]
Jitter = Callable[[], float]
"""Returns a number from 0 to 1."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a model is asked, and how long is waited in between."""

    tries: int = 3
    """With the first one."""
    first_wait_seconds: float = 0.5
    """Doubles with each try. What is waited lies evenly between half of it and all of it, so that callers that failed
    together do not come back together."""
    max_wait_seconds: float = 30.0
    """Longest wait; a server that asks for more is not asked again."""

    def wait_seconds(self, tried: int, jitter: float) -> float:
        """Return how long to wait after so many tries.

        Args:
            tried: Tries so far, at least 1.
            jitter: From 0 to 1.
        """
        full: float = min(self.first_wait_seconds * 2 ** (tried - 1), self.max_wait_seconds)
        return full * (0.5 + 0.5 * jitter)


STANDARD_RETRIES: Final = RetryPolicy()


class RetryingModel(ModelWrapper):
    """Asks again after failures that may pass; a stream only as long as nothing of it has been handed on.

    A reply that cannot be read is not asked for again: at temperature 0 it would come again and be paid again. What
    a server asks for with `Retry-After` is waited at least.

    Args:
        model: Asked for each try.
        policy: How often, and with which waits.
        sleep: Waits; given so that tests need not.
        jitter: Where in its range a wait lies.
    """

    def __init__(
        self,
        model: LanguageModel,
        policy: RetryPolicy = STANDARD_RETRIES,
        *,
        sleep: Sleep = asyncio.sleep,
        jitter: Jitter = random.random,  # noqa: S311 - it keeps no secret
    ) -> None:
        super().__init__(model)
        self._policy = policy
        self._sleep = sleep
        self._jitter = jitter

    async def completion(self, request: ModelRequest) -> Completion:
        """Return what the model says at last. Raises what the last try raised."""
        for tried in count(1):
            try:
                return await self._model.completion(request)
            except RetryableError as error:
                wait_seconds = self._wait_seconds(error, tried)
                if wait_seconds is None:
                    raise
            await self._sleep(wait_seconds)
        raise AssertionError  # count() does not end

    async def stream(self, request: ModelRequest) -> AsyncIterator[str | Completion]:
        """Yield what the model says. Raises what the last try raised."""
        has_begun = False
        for tried in count(1):
            try:
                async with opened_stream(self._model, request) as items:
                    async for item in items:
                        has_begun = True
                        yield item
            except RetryableError as error:
                wait_seconds = None if has_begun else self._wait_seconds(error, tried)
                if wait_seconds is None:
                    raise
            else:
                return
            await self._sleep(wait_seconds)

    def _wait_seconds(self, error: RetryableError, tried: int) -> float | None:
        """Return how long to wait before the next try; None if there is to be none."""
        if tried >= self._policy.tries or isinstance(error, CircuitOpenError | BrokenReplyError):
            return None
        wanted = (error.retry_after_seconds or 0.0) if isinstance(error, ModelOverloadedError) else 0.0
        if wanted > self._policy.max_wait_seconds:
            return None
        wait_seconds = max(wanted, self._policy.wait_seconds(tried, self._jitter()))
        logger.info(
            "try {tried} of {tries} failed ({error}); the next one in {seconds:.1f} s",
            tried=tried, tries=self._policy.tries, error=type(error).__name__, seconds=wait_seconds,
        )  # fmt: skip
        return wait_seconds
