"""TransformersModel on a model with random weights."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from llm_engineering.application.language_models.port import ModelOverloadedError, ModelRefusedError
from llm_engineering.domain.language_models import FinishReason
from llm_engineering.infrastructure.language_models.transformers_chat import PromptTooLongError, UnusableChatModelError
from llm_engineering.infrastructure.language_models.transformers_folder import TransformersModel
from tests.contracts.language_model import request, streamed
from tests.support.tiny_chat_model import CONTEXT_TOKENS, WITHOUT_SYSTEM, chat_tokenizer, saved_tiny_chat_model

pytestmark = [pytest.mark.integration, pytest.mark.anyio]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def model(tiny_chat_model: Path) -> AsyncIterator[TransformersModel]:
    model = TransformersModel(tiny_chat_model, "tiny", max_waiting=1)
    yield model
    await model.close()


async def test_the_prompt_is_counted_in_the_chat_template(model: TransformersModel, tiny_chat_model: Path) -> None:
    completion = await model.completion(request())

    first, second = request().messages
    text = f"<|system|>{first.content}<|end|><|user|>{second.content}<|end|><|assistant|>"
    assert completion.usage.prompt_tokens == len(chat_tokenizer(None).encode(text))
    assert completion.model == "tiny"


async def test_a_seed_makes_sampling_repeatable(model: TransformersModel) -> None:
    first, again, other = [await model.completion(request(temperature=2.0, seed=seed)) for seed in (1, 1, 2)]

    assert first.text == again.text != other.text


async def test_a_prompt_that_fills_the_context_is_refused(model: TransformersModel) -> None:
    long = request().messages[0].model_copy(update={"content": "z " * CONTEXT_TOKENS})

    with pytest.raises(PromptTooLongError, match=f"reads {CONTEXT_TOKENS}"):
        await model.completion(request(messages=(long,)))


async def test_a_reply_ends_with_the_context(model: TransformersModel) -> None:
    completion = await model.completion(request(max_output_tokens=100_000))

    assert completion.finish_reason is FinishReason.LENGTH
    assert completion.usage.total_tokens == CONTEXT_TOKENS


async def test_a_further_call_than_may_wait_is_refused_for_now(model: TransformersModel) -> None:
    ended = await asyncio.gather(*(model.completion(request()) for _ in range(4)), return_exceptions=True)

    assert [isinstance(each, ModelOverloadedError) for each in ended] == [False, False, True, True]
    assert (await model.completion(request())).text


async def test_a_stream_that_is_left_is_not_computed_to_its_end(model: TransformersModel) -> None:
    items: Any = model.stream(request(max_output_tokens=100_000))
    async with aclosing(items):
        await anext(items)

    assert (await model.completion(request(max_output_tokens=1))).usage.completion_tokens == 1


async def test_a_template_without_a_system_is_told_by_the_user(tmp_path: Path) -> None:
    folder = saved_tiny_chat_model(tmp_path / "plain", template=WITHOUT_SYSTEM)
    model = TransformersModel.from_model_id(str(folder))
    pieces, completion = await streamed(model, request())
    await model.close()

    assert "".join(pieces) == completion.text
    first, second = request().messages
    text = f"<|user|>{first.content}\n\n{second.content}<|end|><|assistant|>"
    assert completion.usage.prompt_tokens == len(chat_tokenizer(None).encode(text))


@pytest.mark.parametrize("what", ["empty", "template"])
async def test_a_folder_without_a_chat_model_is_refused(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    if what == "template":
        saved_tiny_chat_model(folder, template=None)
    model = TransformersModel.from_model_id(str(folder))

    with pytest.raises(ModelRefusedError, match="HF_MODEL_ID"):
        await model.completion(request())
    await model.close()


def test_a_model_that_is_nowhere_is_refused() -> None:
    with pytest.raises(UnusableChatModelError, match="no local folder"):
        TransformersModel.from_model_id("nobody/no-such-model")
