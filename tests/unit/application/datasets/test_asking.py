import json

import pytest

from llm_engineering.application.datasets.asking import Asking, Failure, ModelGoneError, Outcome, Request
from llm_engineering.application.datasets.generation import Writing
from llm_engineering.application.datasets.replies import RepliesInMemory
from llm_engineering.application.language_models.breaker import CircuitOpenError
from llm_engineering.application.language_models.port import (
    BudgetSpentError,
    ModelFailedError,
    ModelRefusedError,
)
from llm_engineering.domain.language_models import ChatMessage, Completion, FinishReason, ModelRequest, Role
from llm_engineering.domain.samples import SampleKind
from tests.support.datasets import extract
from tests.support.scripted_model import Said, ScriptedModel

GOOD = json.dumps({"samples": [{"instruction": "What?", "answer": "It weaves."}]})
PARTIAL = GOOD[:-2] + ', {"instruction": "Wh'
SCHEMA = {"type": "object"}

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def request(key: str) -> Request:
    message = ChatMessage(role=Role.USER, content=key)
    return Request(extract(key, document_id=key), ModelRequest(messages=(message,)), key)


async def outcomes(
    model: ScriptedModel, *keys: str, replies: RepliesInMemory | None = None, tries: int = 3
) -> list[Outcome]:
    writing = Writing(concurrency=1, tries=tries)
    asking = Asking(model, replies or RepliesInMemory(), SampleKind.INSTRUCT, writing)
    return await asking.outcomes([request(key) for key in keys], lambda _: None)


def told(outcome: Outcome) -> str:
    return outcome.reason if isinstance(outcome, Failure) else outcome.text


async def test_replies_come_in_the_order_of_the_requests_and_are_kept() -> None:
    replies = RepliesInMemory()
    found = await outcomes(ScriptedModel(GOOD, '{"samples": []}'), "a", "b", replies=replies)

    assert [told(each) for each in found] == [GOOD, '{"samples": []}']
    kept = await replies.replies(["a", "b"])
    assert {key: (reply.document_id, reply.completion) for key, reply in kept.items()} == {
        "a": ("a", found[0]),
        "b": ("b", found[1]),
    }


async def test_what_is_kept_is_not_asked_for_again() -> None:
    replies = RepliesInMemory()
    await outcomes(ScriptedModel(GOOD), "a", replies=replies)
    model = ScriptedModel(GOOD)
    await outcomes(model, "a", "b", replies=replies)

    assert [each.messages[0].content for each in model.requests] == ["b"]


async def test_equal_requests_are_asked_once() -> None:
    model = ScriptedModel(GOOD)

    assert [told(each) for each in await outcomes(model, "a", "a", "a")] == [GOOD, GOOD, GOOD]
    assert len(model.requests) == 1


async def test_a_reply_that_cannot_be_used_is_asked_for_again() -> None:
    model = ScriptedModel("no", Said(GOOD, finish_reason=FinishReason.FILTERED), GOOD)

    assert [told(each) for each in await outcomes(model, "a")] == [GOOD]


async def test_one_bad_reply_costs_one_reply() -> None:
    model = ScriptedModel("no", "no", GOOD)

    assert [told(each) for each in await outcomes(model, "a", "b", tries=2)] == ["broken_reply", GOOD]


async def test_what_broke_off_is_used_only_if_nothing_whole_comes() -> None:
    assert [told(each) for each in await outcomes(ScriptedModel(PARTIAL, GOOD), "a")] == [GOOD]
    (kept,) = await outcomes(ScriptedModel(PARTIAL, "no"), "a", tries=2)
    assert told(kept) == PARTIAL


async def test_what_breaks_the_schema_is_mended_and_its_tokens_are_counted_here() -> None:
    replies = RepliesInMemory()
    asking = Asking(ScriptedModel(f"So: {GOOD}"), replies, SampleKind.INSTRUCT, Writing())
    message = ChatMessage(role=Role.USER, content="two words")
    wanted = ModelRequest(messages=(message,), json_schema=SCHEMA)
    (found,) = await asking.outcomes([Request(extract("a"), wanted, "a")], lambda _: None)

    assert isinstance(found, Completion)
    assert json.loads(found.text) == json.loads(GOOD)
    assert found.usage.is_estimated
    assert found.usage.prompt_tokens == 2


async def test_when_the_budget_is_spent_the_rest_fails_for_that_reason() -> None:
    spent = BudgetSpentError("The budget is spent.", remedy="Raise it.")
    model = ScriptedModel(GOOD, spent)

    assert [told(each) for each in await outcomes(model, "a", "b", "c")] == [GOOD, "budget_spent", "budget_spent"]
    assert len(model.requests) == 2


async def test_a_model_that_is_left_alone_ends_the_run_and_what_it_said_is_kept() -> None:
    replies = RepliesInMemory()
    model = ScriptedModel(GOOD, CircuitOpenError("tide-1", 5, 30))

    with pytest.raises(ModelGoneError, match=r"After 1 of 3 replies .* the next run asks only for the rest"):
        await outcomes(model, "a", "b", "c", replies=replies)
    assert set(await replies.replies(["a", "b", "c"])) == {"a"}


async def test_failures_before_any_answer_end_the_run() -> None:
    refused = ModelRefusedError("No such model.", remedy="Choose another.")
    model = ScriptedModel(otherwise=lambda _: refused)

    with pytest.raises(ModelGoneError, match=r"After 0 of 9 replies .*No such model\. Choose another\."):
        await outcomes(model, *"abcdefghi")
    assert len(model.requests) == 5


async def test_a_failure_after_an_answer_costs_that_request() -> None:
    model = ScriptedModel(GOOD, *[ModelFailedError("It broke.", remedy="Wait.")] * 6, GOOD)

    found = await outcomes(model, *"abcdefgh")
    assert [told(each) for each in found] == [GOOD, *["model_failed"] * 6, GOOD]
