"""SageMakerModel against a runtime on loopback that misbehaves, and with the stub of botocore."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from threading import Event
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from llm_engineering.application.language_models.port import (
    BrokenReplyError,
    LanguageModelError,
    ModelFailedError,
    ModelOverloadedError,
    ModelRefusedError,
    ModelUnreachableError,
)
from llm_engineering.infrastructure.aws.clients import AwsAccess
from llm_engineering.infrastructure.aws.errors import AwsMissingError
from llm_engineering.infrastructure.language_models.sagemaker_endpoint import SageMakerModel
from llm_engineering.infrastructure.language_models.timeouts import ModelTimeouts
from tests.contracts.language_model import collect, request, streamed
from tests.support.openai_stub import SAID, Asked, OpenAIStub, Reply
from tests.support.sagemaker_stub import ENDPOINT, runtime_client, sagemaker_stub

pytestmark = [pytest.mark.integration, pytest.mark.anyio]

both_ways = pytest.mark.parametrize("is_streamed", [False, True], ids=["whole", "streamed"])


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def stub() -> Iterator[OpenAIStub]:
    with sagemaker_stub() as stub:
        yield stub


@pytest.fixture
async def model(stub: OpenAIStub) -> AsyncIterator[SageMakerModel]:
    model = SageMakerModel(runtime_client(stub), ENDPOINT)
    yield model
    await model.close()


async def raised(model: SageMakerModel, *, is_streamed: bool = False) -> LanguageModelError:
    with pytest.raises(LanguageModelError) as caught:
        await (streamed(model, request()) if is_streamed else model.completion(request()))
    return caught.value


def aws_error(status: int, code: str, message: str = "no") -> Reply:
    return Reply(status=status, error={"code": code, "message": message})


async def test_it_sends_the_chat_and_reads_lines_that_were_cut_anywhere(
    stub: OpenAIStub, model: SageMakerModel
) -> None:
    pieces, completion = await streamed(model, request())

    (asked,) = stub.requests
    assert asked.path == "/endpoints/twin/invocations-response-stream"
    assert "model" not in asked.body
    assert asked.body["max_tokens"] == 60
    assert pieces == ["The", " glass", " tide", " comes", " in", " twice", " a", " day."]
    assert completion.usage.completion_tokens == 8


@both_ways
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (aws_error(400, "ThrottlingException"), ModelOverloadedError),
        (aws_error(503, "ServiceUnavailable"), ModelOverloadedError),
        (aws_error(429, "ModelNotReadyException"), ModelOverloadedError),
        (aws_error(500, "InternalFailure"), ModelFailedError),
        (aws_error(400, "ExpiredTokenException"), ModelRefusedError),
        (aws_error(403, "AccessDeniedException"), ModelRefusedError),
        (aws_error(400, "ValidationError", "Endpoint twin of account 1 not found."), ModelRefusedError),
        (Reply(status=500), ModelFailedError),
        (Reply(status=429), ModelOverloadedError),
        (Reply(status=400, error={"message": "maximum context length is 100"}), ModelRefusedError),
    ],
    ids=lambda value: getattr(value, "__name__", None) or str(value.error or value.status)[:40],
)
async def test_an_error_of_the_service_or_the_container_is_one_of_the_port(
    stub: OpenAIStub, model: SageMakerModel, reply: Reply, kind: type[LanguageModelError], *, is_streamed: bool
) -> None:
    stub.script(reply)

    assert type(await raised(model, is_streamed=is_streamed)) is kind


async def test_an_expired_sign_in_says_what_to_do(stub: OpenAIStub, model: SageMakerModel) -> None:
    stub.script(aws_error(400, "ExpiredTokenException"))

    assert "aws sso login" in (await raised(model)).remedy


async def test_no_such_endpoint_names_its_setting(stub: OpenAIStub) -> None:
    model = SageMakerModel(runtime_client(stub), "twn")
    error = await raised(model)
    await model.close()

    assert "'twn'" in error.problem
    assert "SAGEMAKER_ENDPOINT_INFERENCE" in error.remedy


async def test_a_stream_that_is_cut_off_gives_its_pieces_then_an_error(stub: OpenAIStub, model: SageMakerModel) -> None:
    stub.script(Reply(cut_after=3))
    pieces: list[str] = []

    with pytest.raises(ModelUnreachableError):
        await collect(model.stream(request()), pieces)

    assert pieces == ["The", " glass", " tide"]


async def test_a_body_that_is_no_chat_is_a_broken_reply(stub: OpenAIStub, model: SageMakerModel) -> None:
    stub.script(Reply(raw=b"<html>"))

    assert isinstance(await raised(model), BrokenReplyError)


async def test_a_container_that_does_not_take_all_is_asked_for_less(stub: OpenAIStub, model: SageMakerModel) -> None:
    def rule(asked: Asked) -> Reply | None:
        refused = "stream_options" in asked.body
        return Reply(status=400, error={"message": "stream_options: extra fields"}) if refused else None

    stub.rule = rule

    assert "".join((await streamed(model, request()))[0]) == SAID
    assert len(stub.requests) == 2


async def test_a_stream_that_is_left_hangs_up(stub: OpenAIStub, model: SageMakerModel) -> None:
    stub.script(Reply(between=Event()))
    items: Any = model.stream(request())
    async with aclosing(items):
        assert await anext(items) == "The"

    assert await asyncio.to_thread(stub.client_left.wait, 10)


async def test_an_endpoint_that_hangs_is_given_up(stub: OpenAIStub) -> None:
    stub.script(Reply(before=Event()), Reply(before=Event()))
    model = SageMakerModel(runtime_client(stub), ENDPOINT, ModelTimeouts(whole=0.05, token=0.05))
    errors = [await raised(model), await raised(model, is_streamed=True)]
    await model.close()

    assert all(isinstance(error, ModelUnreachableError) and error.was_sent for error in errors)


async def test_nobody_there_costs_nothing(stub: OpenAIStub) -> None:
    stub.url = "http://127.0.0.1:9/v1"
    model = SageMakerModel(runtime_client(stub), ENDPOINT)
    error = await raised(model)
    await model.close()

    assert isinstance(error, ModelUnreachableError)
    assert not error.was_sent


async def test_what_the_client_itself_checks_is_asked_right() -> None:
    client = boto3.client(
        "sagemaker-runtime", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )  # fmt: skip
    model = SageMakerModel(client, ENDPOINT)
    with Stubber(client) as stubber:
        stubber.add_client_error("invoke_endpoint", "ModelError", "broke", 424, response_meta={})
        error = await raised(model)
    await model.close()

    assert type(error) is ModelFailedError
    assert model.host == "runtime.sagemaker.eu-west-1.amazonaws.com"


def test_without_a_region_it_says_where_to_set_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))

    with pytest.raises(AwsMissingError, match="AWS_REGION"):
        SageMakerModel.connect(ENDPOINT, AwsAccess())
