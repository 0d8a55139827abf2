"""What every `CallLedger` promises, as tests. A subclass gives the fixture `made_ledger`."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from llm_engineering.application.language_models.ledger import (
    Budget,
    BudgetExceededError,
    CallLedger,
    CallStatus,
    ModelCall,
    Spending,
)
from llm_engineering.domain.language_models import ModelIdentity, TokenUsage

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def call(name: str, cost: float, **changes: Any) -> ModelCall:
    """Return a call that costs something."""
    fields: dict[str, Any] = {
        "id": name,
        "started_at": NOW,
        "model": ModelIdentity(provider="openai", name="tide-1"),
        "destination": "models.example",
        "purpose": "answer v1",
        "usage": TokenUsage(prompt_tokens=10, completion_tokens=5),
        "cost": cost,
    }
    return ModelCall(**{**fields, **changes})


@pytest.mark.anyio
class CallLedgerContract:
    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    @pytest.fixture
    def made_ledger(self) -> CallLedger:
        raise NotImplementedError

    @pytest.fixture
    async def ledger(self, made_ledger: CallLedger) -> AsyncIterator[CallLedger]:
        yield made_ledger
        await made_ledger.close()

    async def test_it_is_empty_at_first(self, ledger: CallLedger) -> None:
        assert await ledger.calls() == ()

    async def test_calls_come_back_as_they_were_entered_the_oldest_first(self, ledger: CallLedger) -> None:
        late, early = call("late", 1), call("early", 2, started_at=NOW - timedelta(hours=1))
        await ledger.enter(late, None)
        await ledger.enter(early, None)

        assert await ledger.calls() == (early, late)
        assert await ledger.calls(NOW) == (late,)
        assert await ledger.calls(NOW + timedelta(microseconds=1)) == ()

    async def test_a_settled_call_replaces_what_was_entered(self, ledger: CallLedger) -> None:
        await ledger.enter(call("one", 5), None)
        settled = call("one", 1, status=CallStatus.ANSWERED)
        await ledger.settle(settled)

        assert await ledger.calls() == (settled,)

    async def test_what_was_not_entered_is_not_settled(self, ledger: CallLedger) -> None:
        await ledger.settle(call("other", 1, status=CallStatus.FAILED))

        assert await ledger.calls() == ()

    async def test_a_budget_is_used_up_to_its_limit_and_not_beyond(self, ledger: CallLedger) -> None:
        budget = Budget(limit=1.0)
        await ledger.enter(call("one", 0.5), budget)
        await ledger.enter(call("two", 0.5), budget)

        with pytest.raises(BudgetExceededError, match=r"could cost 0\.25, and the budget of 1 has 0 left") as caught:
            await ledger.enter(call("three", 0.25), budget)

        assert caught.value.spent == 1.0
        assert [each.id for each in await ledger.calls()] == ["one", "two"]

    async def test_what_a_settled_call_did_not_need_can_be_spent(self, ledger: CallLedger) -> None:
        budget = Budget(limit=1.0)
        await ledger.enter(call("one", 0.9), budget)
        await ledger.settle(call("one", 0.1, status=CallStatus.ANSWERED))
        await ledger.enter(call("two", 0.9), budget)

        assert Spending.of(await ledger.calls()).cost == pytest.approx(1.0)

    async def test_only_calls_of_the_last_days_count(self, ledger: CallLedger) -> None:
        await ledger.enter(call("old", 1.0, started_at=NOW - timedelta(days=31)), None)

        await ledger.enter(call("new", 1.0), Budget(limit=1.0, days=30))
        with pytest.raises(BudgetExceededError, match="in 32 days"):
            await ledger.enter(call("newer", 0.1), Budget(limit=1.0, days=32))

    async def test_calls_at_the_same_time_do_not_overspend_together(self, ledger: CallLedger) -> None:
        budget = Budget(limit=1.0)

        ended = await asyncio.gather(
            *(ledger.enter(call(str(number), 0.25), budget) for number in range(12)), return_exceptions=True
        )

        assert sum(isinstance(each, BudgetExceededError) for each in ended) == 8
        assert Spending.of(await ledger.calls()).cost == 1.0

    async def test_it_may_be_closed_twice(self, ledger: CallLedger) -> None:
        await ledger.enter(call("one", 1), None)

        await ledger.close()
        await ledger.close()
