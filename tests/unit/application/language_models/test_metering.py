import asyncio
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_engineering.application.language_models.ledger import (
    Budget,
    BudgetExceededError,
    CallStatus,
    LedgerInMemory,
    ModelCall,
    Spending,
)
from llm_engineering.application.language_models.metering import MeteredModel, Prices, worst_usage
from llm_engineering.application.language_models.port import (
    ModelFailedError,
    ModelOverloadedError,
    ModelRefusedError,
    ModelUnreachableError,
)
from llm_engineering.domain.errors import StoreUnavailableError
from llm_engineering.domain.language_models import ChatMessage, Completion, ModelRequest, Role, TokenUsage
from tests.support.scripted_model import Said, Script, ScriptedModel

pytestmark = pytest.mark.anyio

PRICES = Prices(per_million_prompt_tokens=1_000_000, per_million_completion_tokens=2_000_000)
"""1 for a token that is read, 2 for one that is written."""
USAGE = TokenUsage(prompt_tokens=20, completion_tokens=5)
NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def request(max_output_tokens: int = 10, purpose: str = "answer v1") -> ModelRequest:
    message = ChatMessage(role=Role.USER, content="Tides?")
    return ModelRequest(messages=(message,), max_output_tokens=max_output_tokens, purpose=purpose)


WORST = 256 + 16 + 6 + 2 * 10
"""The bound of the prompt (template, marks, bytes), and ten tokens of reply."""


def metered(
    *script: Script, ledger: LedgerInMemory | None = None, limit: float | None = None, prices: Prices | None = PRICES
) -> tuple[MeteredModel, LedgerInMemory, ScriptedModel]:
    ledger = ledger or LedgerInMemory()
    model = ScriptedModel(*script, otherwise=lambda _: Said(usage=USAGE))
    budget = Budget(limit=limit) if limit is not None else None
    meter = MeteredModel(model, ledger, prices=prices, budget=budget, destination="models.example", now=lambda: NOW)
    return meter, ledger, model


async def the_call(ledger: LedgerInMemory) -> ModelCall:
    (call,) = await ledger.calls()
    return call


async def test_an_answered_call_has_its_cost_and_its_line_in_the_ledger() -> None:
    meter, ledger, _ = metered()

    completion = await meter.completion(request())

    assert completion.cost == 20 * 1 + 5 * 2
    call = await the_call(ledger)
    assert (call.status, call.usage, call.cost, call.error) == (CallStatus.ANSWERED, USAGE, 30.0, None)
    assert (call.destination, call.purpose, call.started_at) == ("models.example", "answer v1", NOW)
    assert call.model.name == "scripted"


async def test_a_stream_is_counted_the_same() -> None:
    meter, ledger, _ = metered()

    *_, last = [item async for item in meter.stream(request())]

    assert isinstance(last, Completion)
    assert last.cost == 30.0
    assert (await the_call(ledger)).cost == 30.0


async def test_without_prices_tokens_are_counted_and_no_cost_is_told() -> None:
    meter, ledger, _ = metered(prices=None)

    assert (await meter.completion(request())).cost is None
    assert (await the_call(ledger)).usage == USAGE


async def test_the_call_that_could_exceed_the_budget_is_not_made() -> None:
    meter, _, model = metered(limit=30 + WORST - 1)
    await meter.completion(request())

    with pytest.raises(BudgetExceededError) as caught:
        await meter.completion(request())
    with pytest.raises(BudgetExceededError):
        await anext(aiter(meter.stream(request())))

    assert caught.value.call.cost == WORST
    assert len(model.requests) == 1


async def test_a_call_that_just_fits_is_made() -> None:
    meter, _, model = metered(limit=30 + WORST)

    await meter.completion(request())
    await meter.completion(request())

    assert len(model.requests) == 2


async def test_what_is_under_way_counts_as_the_most_it_can_cost() -> None:
    answer = asyncio.Event()
    meter, ledger, _ = metered(Said(usage=USAGE, before=answer), limit=WORST + 29)
    first = asyncio.ensure_future(meter.completion(request()))
    while not await ledger.calls():
        await asyncio.sleep(0)

    with pytest.raises(BudgetExceededError):
        await meter.completion(request(max_output_tokens=1))
    answer.set()
    await first

    assert (await the_call(ledger)).cost == 30.0


@pytest.mark.parametrize(
    ("error", "cost"),
    [
        (ModelRefusedError("No.", remedy="Ask less."), 0.0),
        (ModelOverloadedError("Busy.", remedy="Wait."), 0.0),
        (ModelUnreachableError("Nobody.", remedy="Start it.", was_sent=False), 0.0),
        (ModelUnreachableError("Late.", remedy="Wait."), float(WORST)),
        (ModelFailedError("Broke.", remedy="Wait."), float(WORST)),
    ],
)
async def test_a_failed_call_costs_what_the_provider_may_charge(error: Exception, cost: float) -> None:
    meter, ledger, _ = metered(error)

    with pytest.raises(type(error)):
        await meter.completion(request())

    call = await the_call(ledger)
    assert (call.status, call.cost, call.error) == (CallStatus.FAILED, cost, type(error).__name__)


async def test_a_cancelled_call_counts_as_the_most_it_can_cost() -> None:
    meter, ledger, model = metered(Said(before=asyncio.Event()))
    task = asyncio.ensure_future(meter.completion(request()))
    while not model.requests:
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])

    call = await the_call(ledger)
    assert (call.status, call.cost, call.error) == (CallStatus.FAILED, float(WORST), "CancelledError")


async def test_a_stream_that_is_left_counts_as_the_most_it_can_cost_and_is_closed() -> None:
    meter, ledger, model = metered()
    items: Any = meter.stream(request())
    async with aclosing(items):
        await anext(items)

    assert (await the_call(ledger)).cost == float(WORST)
    assert len(model.cancelled) == 1


async def test_tokens_that_nobody_counted_cost_the_most_they_can() -> None:
    estimated = TokenUsage(prompt_tokens=1, completion_tokens=1, is_estimated=True)
    meter, ledger, _ = metered(Said(usage=estimated))

    completion = await meter.completion(request())

    assert completion.cost == float(WORST)
    assert (await the_call(ledger)).usage == worst_usage(request())


class FullLedger(LedgerInMemory):
    """Has no room for what became of a call."""

    async def settle(self, call: ModelCall) -> None:
        raise StoreUnavailableError("The disk is full.", remedy="Free space.")


async def test_a_reply_that_is_paid_is_not_lost_for_the_ledger() -> None:
    meter, ledger, _ = metered(ledger=FullLedger())

    assert (await meter.completion(request())).cost == 30.0
    assert (await the_call(ledger)).status is CallStatus.UNDER_WAY


ENDINGS = st.sampled_from(["answered", "failed", "refused", "cancelled", "left"])


@given(
    calls=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 40), ENDINGS), min_size=1, max_size=12),
    limit=st.integers(0, 1500),
    order=st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_no_interleaving_overspends(calls: list[tuple[int, int, str]], limit: int, order: Any) -> None:
    """Calls begin and end in any order, and the true cost of all that were made is within the budget at any time."""
    asyncio.run(_interleaved(calls, limit, order))


async def _interleaved(calls: list[tuple[int, int, str]], limit: int, order: Any) -> None:
    ledger, paid = LedgerInMemory(), 0.0
    running: list[tuple[asyncio.Task[Any], asyncio.Event, float, str]] = []
    waiting = list(calls)
    while waiting or running:
        if waiting and (not running or order.random() < 0.6):
            most, written, ending = waiting.pop()
            usage = TokenUsage(prompt_tokens=20, completion_tokens=min(written, most))
            end = asyncio.Event()
            meter, _, model = metered(_outcome(usage, end, ending), ledger=ledger, limit=limit)
            task = asyncio.ensure_future(_consumed(meter, request(most), ending, end))
            for _ in range(5):
                await asyncio.sleep(0)
            if model.requests:
                running.append((task, end, PRICES.cost(usage), ending))
            else:
                with pytest.raises(BudgetExceededError):
                    await task
        else:
            task, end, cost, ending = running.pop(order.randrange(len(running)))
            task.cancel() if ending == "cancelled" else end.set()
            await asyncio.wait([task])
            task.cancelled() or task.exception()
            paid += 0 if ending == "refused" else cost  # the provider may charge the whole of what was broken off
        assert paid <= Spending.of(await ledger.calls()).cost <= limit


def _outcome(usage: TokenUsage, end: asyncio.Event, ending: str) -> Script:
    return Said("a b", usage=usage, before=None if ending == "left" else end)


async def _consumed(meter: MeteredModel, asked: ModelRequest, ending: str, end: asyncio.Event) -> None:
    if ending == "left":
        items: Any = meter.stream(asked)
        async with aclosing(items):
            await anext(items)
            await end.wait()
        return
    await meter.completion(asked)
