import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from llm_engineering.application.language_models.breaker import CircuitOpenError
from llm_engineering.application.language_models.port import (
    BrokenReplyError,
    ModelFailedError,
    ModelOverloadedError,
    ModelRefusedError,
    ModelUnreachableError,
)
from llm_engineering.application.language_models.retrying import RetryingModel, RetryPolicy
from llm_engineering.domain.language_models import ChatMessage, ModelRequest, Role
from tests.contracts.language_model import collect
from tests.support.scripted_model import SAID, Said, Script, ScriptedModel

pytestmark = pytest.mark.anyio

FAILED = ModelFailedError("It broke.", remedy="Wait.")
ASKED = ModelRequest(messages=(ChatMessage(role=Role.USER, content="Tides?"),))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def retrying(*script: Script, **policy: Any) -> tuple[RetryingModel, ScriptedModel, list[float]]:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    model = ScriptedModel(*script)
    return RetryingModel(model, RetryPolicy(**policy), sleep=sleep, jitter=lambda: 1.0), model, waits


async def test_it_asks_again_with_longer_waits() -> None:
    retry, model, waits = retrying(FAILED, FAILED, FAILED, tries=4)

    assert (await retry.completion(ASKED)).text == SAID
    assert len(model.requests) == 4
    assert waits == [0.5, 1.0, 2.0]


async def test_it_gives_up_after_the_last_try() -> None:
    retry, model, waits = retrying(FAILED, FAILED, FAILED, tries=3)

    with pytest.raises(ModelFailedError, match="It broke"):
        await retry.completion(ASKED)
    assert (len(model.requests), waits) == (3, [0.5, 1.0])


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, 1.0), (0.5, 1.5), (1.0, 2.0)])
def test_a_wait_lies_between_half_of_it_and_all_of_it(jitter: float, seconds: float) -> None:
    assert RetryPolicy().wait_seconds(3, jitter) == seconds


def test_no_wait_is_longer_than_the_longest() -> None:
    assert RetryPolicy(max_wait_seconds=30).wait_seconds(20, 1.0) == 30


async def test_it_waits_as_long_as_the_server_asks_for() -> None:
    retry, _, waits = retrying(ModelOverloadedError("Busy.", remedy="Wait.", retry_after_seconds=7))

    await retry.completion(ASKED)

    assert waits == [7]


@pytest.mark.parametrize(
    "error",
    [
        ModelOverloadedError("Busy.", remedy="Wait.", retry_after_seconds=31),
        ModelRefusedError("No.", remedy="Ask less."),
        BrokenReplyError("No JSON.", remedy="Ask again."),
        CircuitOpenError("tide-1", 5, 30),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_another_try_does_not_mend_is_raised_at_once(error: Exception) -> None:
    retry, model, waits = retrying(error)

    with pytest.raises(type(error)):
        await retry.completion(ASKED)
    model.script.append(error)
    with pytest.raises(type(error)):
        await anext(aiter(retry.stream(ASKED)))
    assert (len(model.requests), waits) == (2, [])


async def test_a_stream_is_begun_again_only_before_its_first_piece() -> None:
    retry, model, _ = retrying(FAILED, Said(cut_after=2))
    pieces: list[str] = []

    with pytest.raises(ModelUnreachableError):
        await collect(retry.stream(ASKED), pieces)

    assert pieces == ["The", " glass"]
    assert len(model.requests) == 2


async def test_a_stream_that_is_left_is_closed_and_not_asked_for_again() -> None:
    retry, model, _ = retrying()
    items: Any = retry.stream(ASKED)
    async with aclosing(items):
        await anext(items)

    assert len(model.requests) == len(model.cancelled) == 1
