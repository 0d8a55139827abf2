"""The ledger of calls of language models: what was asked of whom, and what it cost.

The suite `tests/contracts/call_ledger.py` holds its adapters.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from math import fsum
from typing import Protocol

from pydantic import Field

from llm_engineering.application.language_models.port import BudgetSpentError
from llm_engineering.domain.language_models import ModelIdentity, TokenUsage
from llm_engineering.domain.models import FrozenModel


class CallStatus(StrEnum):
    """How far a call has come."""

    UNDER_WAY = "under_way"
    """Its cost is the most that it can be. It stays so for a process that was killed meanwhile."""
    ANSWERED = "answered"
    FAILED = "failed"
    """Its cost is the most that the provider may charge for it, which is nothing if it was not sent or was refused."""


class ModelCall(FrozenModel):
    """One call of a language model; calls with the same id are one call."""

    id: str
    started_at: datetime
    model: ModelIdentity
    destination: str | None
    """Host that the texts went to; None if they stayed on this machine."""
    purpose: str
    usage: TokenUsage
    cost: float = Field(ge=0)
    """In the currency of the prices; 0 if there are none."""
    status: CallStatus = CallStatus.UNDER_WAY
    error: str | None = None
    """Name of the error of a failed call."""


class Budget(FrozenModel):
    """What calls may cost together."""

    limit: float = Field(ge=0)
    """In the currency of the prices."""
    days: int | None = Field(default=None, ge=1)
    """Calls of so many days up to now count; None: all in the ledger."""

    def since(self, now: datetime) -> datetime | None:
        """Return when the oldest call began that counts; None if all do."""
        return now - timedelta(days=self.days) if self.days is not None else None


class Spending(FrozenModel):
    """What some calls came to."""

    calls: int = 0
    failed: int = 0
    usage: TokenUsage = TokenUsage()
    cost: float = 0.0
    destinations: tuple[str, ...] = ()
    """Hosts that texts went to, in alphabetical order."""

    @classmethod
    def of(cls, calls: Iterable[ModelCall]) -> "Spending":
        """Return what calls came to."""
        listed = list(calls)
        return cls(
            calls=len(listed),
            failed=sum(call.status is CallStatus.FAILED for call in listed),
            usage=sum((call.usage for call in listed), TokenUsage()),
            cost=fsum(call.cost for call in listed),
            destinations=tuple(sorted({call.destination for call in listed if call.destination})),
        )


class CallLedger(Protocol):
    """Keeps calls. Calls may run at the same time, from several tasks, threads and, if it lasts, processes."""

    async def enter(self, call: ModelCall, budget: Budget | None) -> None:
        """Keep a call that is about to be made, with the most that it can cost, if the budget allows for it.

        What is asked and what is kept are one step: two calls are never both allowed where only one is.

        Raises:
            BudgetExceededError: With this call those of the budget could cost more than its limit. Nothing is kept.
        """
        ...

    async def settle(self, call: ModelCall) -> None:
        """Replace a call by what became of it; one that was not entered is left out."""
        ...

    async def calls(self, since: datetime | None = None) -> tuple[ModelCall, ...]:
        """Return the calls that began at a time or later, the oldest first."""
        ...

    async def close(self) -> None:
        """Let go of files; safe to call twice."""
        ...


class BudgetExceededError(BudgetSpentError):
    """A call could cost more than the budget has left."""

    def __init__(self, call: ModelCall, budget: Budget, spent: float) -> None:
        period = f" in {budget.days} days" if budget.days is not None else ""
        super().__init__(
            f"The next call of {call.model.name!r} could cost {call.cost:.6g}, and the budget of {budget.limit:.6g}"
            f"{period} has {max(budget.limit - spent, 0):.6g} left. Nothing was sent.",
            remedy="Raise LANGUAGE_MODEL_BUDGET, wait until older calls no longer count, or ask for fewer tokens.",
        )
        self.call = call
        self.budget = budget
        self.spent = spent


def require_within(budget: Budget | None, call: ModelCall, spent: float) -> None:
    """Check that a budget allows for a call besides what was spent in its time.

    Raises:
        BudgetExceededError: It does not.
    """
    if budget is not None and spent + call.cost > budget.limit:
        raise BudgetExceededError(call, budget, spent)


class LedgerInMemory:
    """A ledger of this process and event loop, for the budget of one run."""

    def __init__(self) -> None:
        self._calls: dict[str, ModelCall] = {}

    async def enter(self, call: ModelCall, budget: Budget | None) -> None:
        """Keep a call, if the budget allows for it. Nothing is awaited, so no other call comes in between."""
        if budget is not None:
            require_within(budget, call, fsum(each.cost for each in self._since(budget.since(call.started_at))))
        self._calls[call.id] = call

    async def settle(self, call: ModelCall) -> None:
        """Replace a call by what became of it."""
        if call.id in self._calls:
            self._calls[call.id] = call

    async def calls(self, since: datetime | None = None) -> tuple[ModelCall, ...]:
        """Return the calls since a time."""
        return tuple(sorted(self._since(since), key=lambda call: call.started_at))

    async def close(self) -> None:
        """Nothing is to be let go of."""

    def _since(self, since: datetime | None) -> list[ModelCall]:
        return [call for call in self._calls.values() if since is None or call.started_at >= since]
