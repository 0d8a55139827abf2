"""A language model whose calls are counted, priced, written down and kept within a budget."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from uuid import uuid4

from loguru import logger
from pydantic import Field

from llm_engineering.application.language_models.ledger import Budget, CallLedger, CallStatus, ModelCall
from llm_engineering.application.language_models.port import (
    LanguageModel,
    ModelOverloadedError,
    ModelRefusedError,
    ModelUnreachableError,
)
from llm_engineering.application.language_models.streams import opened_stream
from llm_engineering.application.language_models.tokens import prompt_bound
from llm_engineering.application.language_models.wrapper import ModelWrapper
from llm_engineering.domain.errors import TwinError
from llm_engineering.domain.language_models import Completion, ModelRequest, TokenUsage
from llm_engineering.domain.models import FrozenModel

_NOTHING: Final = TokenUsage()
_MILLION: Final = 1_000_000
T = TypeVar("T")


class Prices(FrozenModel):
    """What a provider charges, in any one currency."""

    per_million_prompt_tokens: float = Field(ge=0)
    per_million_completion_tokens: float = Field(ge=0)

    def cost(self, usage: TokenUsage) -> float:
        """Return what tokens cost."""
        return (
            usage.prompt_tokens * self.per_million_prompt_tokens
            + usage.completion_tokens * self.per_million_completion_tokens
        ) / _MILLION


def worst_usage(request: ModelRequest) -> TokenUsage:
    """Return the most tokens that a request can take, for an estimate before a run as well as for a reservation."""
    return TokenUsage(
        prompt_tokens=prompt_bound(request), completion_tokens=request.max_output_tokens, is_estimated=True
    )


class MeteredModel(ModelWrapper):
    """Enters each call in a ledger before it is made, with the most that it can cost, and settles it afterwards.

    So a budget holds under any number of calls at a time, and what a killed process had under way stays counted. A call
    that was cut off, cancelled or answered without figures counts as the most that it can have cost, because the
    provider may charge it. One that was refused, or never reached anybody, costs nothing.

    Args:
        model: Asked once for each call: what is asked again has to be around this, or its tries are not counted.
        ledger: Where calls are kept; closed with the model.
        prices: None: calls cost nothing that is known, and completions say no cost.
        budget: None: there is no limit. Without prices it limits nothing.
        destination: Host that the texts go to; None if they stay on this machine.
        now: Tells the time, with a time zone.
    """

    def __init__(
        self,
        model: LanguageModel,
        ledger: CallLedger,
        *,
        prices: Prices | None = None,
        budget: Budget | None = None,
        destination: str | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(model)
        self._ledger = ledger
        self._prices = prices
        self._budget = budget
        self._destination = destination
        self._now = now

    async def completion(self, request: ModelRequest) -> Completion:
        """Return what the model says, with its cost.

        Raises:
            BudgetExceededError: The call could cost more than the budget has left.
        """
        call = await self._entered(request)
        try:
            completion = await self._model.completion(request)
        except BaseException as error:
            await self._settle_failed(call, error)
            raise
        return await self._settled(call, completion)

    async def stream(self, request: ModelRequest) -> AsyncIterator[str | Completion]:
        """Yield what the model says, last with its cost.

        Raises:
            BudgetExceededError: The call could cost more than the budget has left.
        """
        call = await self._entered(request)
        is_settled = False
        try:
            async with opened_stream(self._model, request) as items:
                async for item in items:
                    if isinstance(item, Completion):
                        is_settled = True
                        yield await self._settled(call, item)
                    else:
                        yield item
        except BaseException as error:
            if not is_settled:
                await self._settle_failed(call, error)
            raise

    async def close(self) -> None:
        """Close the model and the ledger."""
        await self._model.close()
        await self._ledger.close()

    async def _entered(self, request: ModelRequest) -> ModelCall:
        usage = worst_usage(request)
        call = ModelCall(
            id=str(uuid4()),
            started_at=self._now(),
            model=self.identity,
            destination=self._destination,
            purpose=request.purpose,
            usage=usage,
            cost=self._cost(usage),
        )
        try:
            await _to_its_end(self._ledger.enter(call, self._budget))
        except asyncio.CancelledError as error:
            await self._settle(call, _NOTHING, CallStatus.FAILED, error)
            raise
        return call

    async def _settled(self, call: ModelCall, completion: Completion) -> Completion:
        """Settle an answered call and return its completion with the cost."""
        usage = call.usage if completion.usage.is_estimated else completion.usage
        if self._cost(usage) > call.cost:
            logger.warning(
                "a call of {name} took {usage} tokens, more than the {bound} that were thought possible",
                name=call.model.name, usage=usage.total_tokens, bound=call.usage.total_tokens,
            )  # fmt: skip
        cost = await self._settle(call, usage, CallStatus.ANSWERED)
        return completion.model_copy(update={"cost": cost if self._prices else None})

    async def _settle_failed(self, call: ModelCall, error: BaseException) -> None:
        usage = _NOTHING if _is_free(error) else call.usage
        await self._settle(call, usage, CallStatus.FAILED, error)

    async def _settle(
        self, call: ModelCall, usage: TokenUsage, status: CallStatus, error: BaseException | None = None
    ) -> float:
        cost = self._cost(usage)
        name = type(error).__name__ if error is not None else None
        settled = call.model_copy(update={"usage": usage, "cost": cost, "status": status, "error": name})
        try:
            await _to_its_end(self._ledger.settle(settled))
        except TwinError as fault:
            # The reply is paid, and must not be lost for this: the call stays in the ledger as the most it can cost.
            logger.error("a call could not be settled in the ledger: {fault}", fault=str(fault))
        return cost

    def _cost(self, usage: TokenUsage) -> float:
        return self._prices.cost(usage) if self._prices is not None else 0.0


def _is_free(error: BaseException) -> bool:
    """Return whether a failed call cannot have been charged."""
    if isinstance(error, ModelUnreachableError):
        return not error.was_sent
    return isinstance(error, ModelRefusedError | ModelOverloadedError)


async def _to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Run something to its end even if the task that waits for it is cancelled, which is then cancelled afterwards."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
