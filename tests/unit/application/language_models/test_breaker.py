import asyncio
from contextlib import suppress

import pytest

from llm_engineering.application.language_models.breaker import BreakingModel, CircuitOpenError
from llm_engineering.application.language_models.port import (
    BrokenReplyError,
    LanguageModelError,
    ModelFailedError,
    ModelRefusedError,
)
from llm_engineering.domain.language_models import ChatMessage, ModelRequest, Role
from tests.support.scripted_model import SAID, Said, Script, ScriptedModel

pytestmark = pytest.mark.anyio

FAILED = ModelFailedError("It broke.", remedy="Wait.")
ASKED = ModelRequest(messages=(ChatMessage(role=Role.USER, content="Tides?"),))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def breaking(*script: Script, rest_seconds: float = 3600) -> tuple[BreakingModel, ScriptedModel]:
    model = ScriptedModel(*script)
    return BreakingModel(model, failures=3, rest_seconds=rest_seconds), model


async def failed(model: BreakingModel, times: int) -> None:
    for _ in range(times):
        with pytest.raises(LanguageModelError):
            await model.completion(ASKED)


async def test_after_three_failures_in_a_row_it_is_not_asked() -> None:
    model, inner = breaking(FAILED, FAILED, FAILED)
    await failed(model, 3)

    with pytest.raises(CircuitOpenError, match="failed 3 times in a row"):
        await model.completion(ASKED)
    with pytest.raises(CircuitOpenError):
        await anext(aiter(model.stream(ASKED)))
    assert len(inner.requests) == 3


@pytest.mark.parametrize(
    "life", [SAID, ModelRefusedError("No.", remedy="Ask less."), BrokenReplyError("No JSON.", remedy="Ask again.")]
)
async def test_a_sign_of_life_begins_the_count_anew(life: Script) -> None:
    model, inner = breaking(FAILED, FAILED, life, FAILED, FAILED)
    await failed(model, 2)
    with suppress(LanguageModelError):
        await model.completion(ASKED)
    await failed(model, 2)

    assert (await model.completion(ASKED)).text == SAID
    assert len(inner.requests) == 6


async def test_after_its_rest_one_call_tries_it_and_the_others_fail_at_once() -> None:
    answer = asyncio.Event()
    model, inner = breaking(FAILED, FAILED, FAILED, Said(before=answer), rest_seconds=0)
    await failed(model, 3)
    trial = asyncio.ensure_future(model.completion(ASKED))
    await asyncio.sleep(0)

    with pytest.raises(CircuitOpenError):
        await model.completion(ASKED)
    answer.set()

    assert (await trial).text == SAID
    assert (await model.completion(ASKED)).text == SAID
    assert len(inner.requests) == 5


async def test_a_trial_that_fails_lets_it_rest_again() -> None:
    model, inner = breaking(*[FAILED] * 5, rest_seconds=0)
    await failed(model, 5)

    assert (await model.completion(ASKED)).text == SAID
    assert len(inner.requests) == 6


async def test_a_cancelled_trial_decides_nothing() -> None:
    model, _ = breaking(FAILED, FAILED, FAILED, Said(before=asyncio.Event()), rest_seconds=0)
    await failed(model, 3)
    trial = asyncio.ensure_future(model.completion(ASKED))
    await asyncio.sleep(0)
    trial.cancel()
    await asyncio.wait([trial])

    assert (await model.completion(ASKED)).text == SAID
