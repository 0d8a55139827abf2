"""OpenAICompatibleModel against a server that misbehaves."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from threading import Event
from typing import Any

import pytest
from pydantic import SecretStr

from llm_engineering.application.language_models.port import (
    BrokenReplyError,
    LanguageModelError,
    ModelFailedError,
    ModelOverloadedError,
    ModelRefusedError,
    ModelUnreachableError,
)
from llm_engineering.domain.language_models import Completion, FinishReason, TokenUsage
from llm_engineering.infrastructure.language_models.addresses import ModelAddress
from llm_engineering.infrastructure.language_models.openai_compatible import OpenAICompatibleModel
from llm_engineering.infrastructure.language_models.timeouts import ModelTimeouts
from tests.contracts.language_model import SCHEMA, collect, request, streamed
from tests.support.openai_stub import MODEL, SAID, Asked, OpenAIStub, Reply, openai_stub

pytestmark = [pytest.mark.integration, pytest.mark.anyio]

KEY = "sk-correct-horse-battery"
Connecting = Callable[..., OpenAICompatibleModel]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def stub() -> Iterator[OpenAIStub]:
    with openai_stub() as stub:
        yield stub


@pytest.fixture
async def connect(stub: OpenAIStub) -> AsyncIterator[Connecting]:
    """Yield a function that returns a model of the stub, by default with a key."""
    models: list[OpenAICompatibleModel] = []

    def connected(url: str = stub.url, key: str | None = KEY, **timeouts: float) -> OpenAICompatibleModel:
        secret = SecretStr(key) if key is not None else None
        model = OpenAICompatibleModel.connect(ModelAddress.parse(url), secret, MODEL, ModelTimeouts(**timeouts))
        models.append(model)
        return model

    yield connected
    for model in models:
        await model.close()


async def raised(model: OpenAICompatibleModel, *, is_streamed: bool, **changes: Any) -> LanguageModelError:
    with pytest.raises(LanguageModelError) as caught:
        await (streamed(model, request(**changes)) if is_streamed else model.completion(request(**changes)))
    return caught.value


both_ways = pytest.mark.parametrize("is_streamed", [False, True], ids=["whole", "streamed"])


async def test_a_request_is_what_the_port_says(stub: OpenAIStub, connect: Connecting) -> None:
    completion = await connect().completion(request(temperature=0.5, seed=7))

    (asked,) = stub.requests
    assert asked.body == {
        "model": "tide-1",
        "messages": [
            {"role": "system", "content": request().messages[0].content},
            {"role": "user", "content": "When does the glass tide come in?"},
        ],
        "max_tokens": 60,
        "temperature": 0.5,
        "seed": 7,
    }
    assert completion == Completion(
        text=SAID,
        finish_reason=FinishReason.STOP,
        usage=TokenUsage(prompt_tokens=33, completion_tokens=8),
        model="tide-1-2026",
    )


async def test_a_stream_asks_for_the_usage_and_tells_it(stub: OpenAIStub, connect: Connecting) -> None:
    pieces, completion = await streamed(connect(), request())

    assert stub.requests[0].body["stream_options"] == {"include_usage": True}
    assert pieces == ["The", " glass", " tide", " comes", " in", " twice", " a", " day."]
    assert completion.usage == TokenUsage(prompt_tokens=33, completion_tokens=8)


async def test_the_key_and_nothing_of_this_machine_is_told(
    stub: OpenAIStub, connect: Connecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "of-another-program")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Other: of-another-program")

    await connect().completion(request())
    await connect(key=None).completion(request())

    with_key, without_key = (asked.headers for asked in stub.requests)
    assert with_key["authorization"] == f"Bearer {KEY}"
    assert "authorization" not in without_key
    assert set(with_key) - {"authorization"} == {
        "accept", "accept-encoding", "connection", "content-length", "content-type", "host", "user-agent",
        "x-stainless-raw-response",
    }  # fmt: skip
    assert with_key["user-agent"] == "llm-twin"


@both_ways
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, ModelOverloadedError),
        (503, ModelOverloadedError),
        (529, ModelOverloadedError),
        (500, ModelFailedError),
        (502, ModelFailedError),
        (408, ModelUnreachableError),
        (400, ModelRefusedError),
        (401, ModelRefusedError),
        (403, ModelRefusedError),
        (404, ModelRefusedError),
        (413, ModelRefusedError),
        (302, ModelRefusedError),
    ],
)
async def test_a_status_is_an_error_of_the_port(
    stub: OpenAIStub, connect: Connecting, status: int, kind: type[LanguageModelError], *, is_streamed: bool
) -> None:
    stub.script(Reply(status=status, error={"message": f"no, said the server to {KEY[:9]}"}))

    error = await raised(connect(), is_streamed=is_streamed)

    assert type(error) is kind
    assert str(status) in error.problem
    assert KEY not in str(error)
    assert len(stub.requests) == 1


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("0.5", None), ("soon", None)])
async def test_it_tells_how_long_to_wait(
    stub: OpenAIStub, connect: Connecting, header: str, seconds: float | None
) -> None:
    stub.script(Reply(status=429, headers={"Retry-After": header}))

    error = await raised(connect(), is_streamed=False)

    assert isinstance(error, ModelOverloadedError)
    assert error.retry_after_seconds == seconds


async def test_no_credit_is_nothing_to_wait_for(stub: OpenAIStub, connect: Connecting) -> None:
    stub.script(Reply(status=429, error={"code": "insufficient_quota", "message": "You exceeded your quota."}))

    error = await raised(connect(), is_streamed=False)

    assert isinstance(error, ModelRefusedError)
    assert "Add credit" in error.remedy


async def test_a_key_that_is_not_accepted_is_not_repeated(stub: OpenAIStub, connect: Connecting) -> None:
    stub.script(Reply(status=401, error={"message": f"Incorrect API key provided: {KEY}"}))

    error = await raised(connect(), is_streamed=False)

    assert KEY not in str(error)
    assert "OPENAI_API_KEY" in error.remedy


async def test_a_wrong_model_is_named_with_its_setting(stub: OpenAIStub, connect: Connecting) -> None:
    stub.script(Reply(status=404, error={"message": "The model `tide-1` does not exist"}))

    error = await raised(connect(), is_streamed=False)

    assert "'tide-1'" in error.problem
    assert "OPENAI_MODEL_ID" in error.remedy


async def test_a_prompt_that_is_too_long_says_what_to_shorten(stub: OpenAIStub, connect: Connecting) -> None:
    said = "This model's maximum context length is 100 tokens. However, you requested 200 (max_tokens included)."
    stub.script(Reply(status=400, error={"message": said}))

    error = await raised(connect(), is_streamed=False)

    assert isinstance(error, ModelRefusedError)
    assert "shorter passages" in error.remedy
    assert len(stub.requests) == 1


@both_ways
@pytest.mark.parametrize(
    "reply",
    [
        Reply(raw=b"<html>gateway</html>"),
        Reply(raw=b'{"choices": 3}'),
        Reply(raw=b"[1]"),
        Reply(finish="tool_calls"),
    ],
    ids=["html", "shape", "list", "tools"],
)
async def test_what_is_no_reply_is_a_broken_one(
    stub: OpenAIStub, connect: Connecting, reply: Reply, *, is_streamed: bool
) -> None:
    stub.script(Reply(raw=b"data: " + reply.raw + b"\n\n") if is_streamed and reply.raw else reply)

    assert isinstance(await raised(connect(), is_streamed=is_streamed), BrokenReplyError)


async def test_no_choice_is_a_broken_reply(stub: OpenAIStub, connect: Connecting) -> None:
    stub.script(Reply(has_choices=False))

    assert isinstance(await raised(connect(), is_streamed=False), BrokenReplyError)


@both_ways
async def test_an_error_in_place_of_a_reply_is_one(stub: OpenAIStub, connect: Connecting, *, is_streamed: bool) -> None:
    stub.script(Reply(error={"code": 503, "message": "the engine is busy"}))

    assert isinstance(await raised(connect(), is_streamed=is_streamed), ModelOverloadedError)


@pytest.mark.parametrize("reply", [Reply(cut_after=3), Reply(has_finish=False)], ids=["broken", "no end"])
async def test_a_stream_that_is_cut_off_gives_its_pieces_then_an_error(
    stub: OpenAIStub, connect: Connecting, reply: Reply
) -> None:
    stub.script(reply)
    pieces: list[str] = []
    with pytest.raises(ModelUnreachableError) as caught:
        await collect(connect().stream(request()), pieces)

    assert pieces[:3] == ["The", " glass", " tide"]
    assert caught.value.was_sent


async def test_a_connection_that_breaks_before_the_reply_may_have_cost(stub: OpenAIStub, connect: Connecting) -> None:
    stub.script(Reply(cut_after=0))

    error = await raised(connect(), is_streamed=False)

    assert isinstance(error, ModelUnreachableError)
    assert error.was_sent


@both_ways
async def test_nobody_there_costs_nothing(stub: OpenAIStub, connect: Connecting, *, is_streamed: bool) -> None:
    error = await raised(connect(url="http://127.0.0.1:9/v1"), is_streamed=is_streamed)

    assert isinstance(error, ModelUnreachableError)
    assert not error.was_sent
    assert "OPENAI_BASE_URL" in error.remedy


async def test_a_server_that_hangs_is_given_up(stub: OpenAIStub, connect: Connecting) -> None:
    stub.script(Reply(before=Event()), Reply(before=Event()), Reply(between=Event()))

    whole = await raised(connect(whole=0.05), is_streamed=False)
    first = await raised(connect(token=0.05), is_streamed=True)
    later = await raised(connect(token=0.2), is_streamed=True)

    assert "LANGUAGE_MODEL_TIMEOUT_SECONDS" in whole.remedy
    assert "LANGUAGE_MODEL_TOKEN_TIMEOUT_SECONDS" in first.remedy
    assert "LANGUAGE_MODEL_TOKEN_TIMEOUT_SECONDS" in later.remedy


async def test_a_cancelled_call_hangs_up(stub: OpenAIStub, connect: Connecting) -> None:
    stub.script(Reply(before=Event()))
    task = asyncio.ensure_future(connect().completion(request()))
    while not stub.requests:
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])

    assert await asyncio.to_thread(stub.client_left.wait, 10)


async def test_a_stream_that_is_left_hangs_up(stub: OpenAIStub, connect: Connecting) -> None:
    stub.script(Reply(between=Event()))
    items: Any = connect().stream(request())
    async with aclosing(items):
        assert await anext(items) == "The"

    assert await asyncio.to_thread(stub.client_left.wait, 10)


@both_ways
async def test_without_usage_it_is_counted_and_said_to_be(
    stub: OpenAIStub, connect: Connecting, *, is_streamed: bool
) -> None:
    stub.script(Reply(has_usage=False))
    model = connect()

    completion = (await streamed(model, request()))[1] if is_streamed else await model.completion(request())

    assert completion.usage == TokenUsage(prompt_tokens=38, completion_tokens=9, is_estimated=True)


async def test_a_server_that_does_not_stream_is_read_all_the_same(stub: OpenAIStub, connect: Connecting) -> None:
    stub.script(Reply(is_streamed=False))

    assert (await streamed(connect(), request()))[0] == [SAID]


@pytest.mark.parametrize(
    "reply", [Reply("The", finish="content_filter"), Reply("The", refusal="I cannot.")], ids=["filter", "refusal"]
)
async def test_what_the_provider_holds_back_is_said(stub: OpenAIStub, connect: Connecting, reply: Reply) -> None:
    stub.script(reply)

    completion = await connect().completion(request(json_schema=SCHEMA))

    assert completion.finish_reason is FinishReason.FILTERED


def refusing(*fields: str, said: str = "Unsupported parameter: '{}' is not supported with this model.") -> Any:
    """Return the rule of a server that refuses fields."""

    def rule(asked: Asked) -> Reply | None:
        for name in fields:
            if name in asked.body:
                return Reply(status=400, error={"message": said.format(name), "param": name})
        return None

    return rule


async def test_what_a_server_does_not_take_is_left_out_from_then_on(stub: OpenAIStub, connect: Connecting) -> None:
    said = "Unsupported parameter: '{}' is not supported. Use 'max_completion_tokens' instead."
    by_length, others = refusing("max_tokens", said=said), refusing("temperature", "seed", "stream_options")
    stub.rule = lambda asked: by_length(asked) or others(asked)
    model = connect()

    pieces, _ = await streamed(model, request(seed=1))
    asked_before = len(stub.requests)
    await model.completion(request(seed=1))

    assert "".join(pieces) == SAID
    assert asked_before == 5
    assert set(stub.requests[-1].body) == {"model", "messages", "max_completion_tokens"}
    assert len(stub.requests) == 6


async def test_json_of_a_schema_is_asked_for_as_strictly_as_the_server_can(
    stub: OpenAIStub, connect: Connecting
) -> None:
    def rule(asked: Asked) -> Reply | None:
        kind = asked.body.get("response_format", {}).get("type")
        if kind == "json_schema":
            return Reply(status=400, error={"message": "response_format json_schema is unknown"})
        if kind == "json_object":
            return Reply(status=422, error={"message": "response_format is not supported"})
        return Reply('```json\n{"answer": "at dawn"}\n```')

    stub.rule = rule

    completion = await connect().completion(request(json_schema=SCHEMA))

    assert json.loads(completion.text) == {"answer": "at dawn"}
    first, _, last = (asked.body for asked in stub.requests)
    assert first["response_format"]["json_schema"] == {"name": "reply", "schema": SCHEMA, "strict": True}
    assert '"answer"' in last["messages"][0]["content"]
    assert [message["role"] for message in last["messages"]] == ["system", "user"]


@pytest.mark.parametrize("text", ['{"answer": 3}', "not JSON", '{"answer": "cut'])
async def test_json_that_the_schema_forbids_is_a_broken_reply(stub: OpenAIStub, connect: Connecting, text: str) -> None:
    stub.script(Reply(text))

    assert isinstance(await raised(connect(), is_streamed=True, json_schema=SCHEMA), BrokenReplyError)
