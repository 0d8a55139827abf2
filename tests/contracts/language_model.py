"""What every `LanguageModel` promises, as tests. A subclass gives the fixture `made_model`.

The request is answered by each of them with a text of at least six tokens.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, ClassVar

import pytest

from llm_engineering.application.language_models.port import (
    BrokenReplyError,
    LanguageModel,
    LanguageModelError,
    ModelRefusedError,
)
from llm_engineering.domain.language_models import (
    ChatMessage,
    Completion,
    Evidence,
    FinishReason,
    ModelRequest,
    Role,
)

PASSAGE = "The glass tide comes in twice a day. Nobody has seen the glass tide at noon, as far as anybody knows."
SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}


def request(**changes: Any) -> ModelRequest:
    """Return a question with its passage."""
    fields: dict[str, Any] = {
        "messages": (
            ChatMessage(role=Role.SYSTEM, content="Answer from the passage: [1] " + PASSAGE),
            ChatMessage(role=Role.USER, content="When does the glass tide come in?"),
        ),
        "max_output_tokens": 60,
        "question": "When does the glass tide come in?",
        "evidence": (Evidence(number=1, title="Tides", text=PASSAGE),),
        "purpose": "contract",
    }
    return ModelRequest(**{**fields, **changes})


async def streamed(model: LanguageModel, asked: ModelRequest) -> tuple[list[str], Completion]:
    """Return the pieces of a stream and what comes last."""
    *pieces, last = [item async for item in model.stream(asked)]
    assert isinstance(last, Completion)
    texts = [piece for piece in pieces if isinstance(piece, str)]
    assert texts == pieces
    return texts, last


async def collect(items: AsyncIterator[str | Completion], pieces: list[str]) -> None:
    """Add the pieces of a stream to a list, which has those before an error too."""
    async for item in items:
        if isinstance(item, str):
            pieces.append(item)  # noqa: PERF401 - what came before an error counts


@pytest.mark.anyio
class LanguageModelContract:
    writes_json: ClassVar[bool] = True
    """Whether JSON of a schema comes of it; if not, an error says so."""

    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    @pytest.fixture
    def made_model(self) -> LanguageModel:
        raise NotImplementedError

    @pytest.fixture
    async def model(self, made_model: LanguageModel) -> AsyncIterator[LanguageModel]:
        yield made_model
        await made_model.close()

    async def test_it_says_who_it_is(self, model: LanguageModel) -> None:
        before = model.identity
        await model.completion(request())

        assert model.identity == before
        assert before.provider
        assert before.name

    async def test_it_answers_and_counts(self, model: LanguageModel) -> None:
        completion = await model.completion(request())

        assert completion.text.strip()
        assert completion.model
        assert completion.usage.prompt_tokens > 0
        assert 0 < completion.usage.completion_tokens <= 60

    async def test_the_pieces_of_a_stream_are_the_text_of_its_completion(self, model: LanguageModel) -> None:
        pieces, completion = await streamed(model, request())

        assert pieces
        assert all(pieces)
        assert "".join(pieces) == completion.text
        assert completion.usage.completion_tokens > 0

    async def test_at_temperature_0_it_says_the_same_again_streamed_or_not(self, model: LanguageModel) -> None:
        first = await model.completion(request())
        second = await model.completion(request())
        _, third = await streamed(model, request())

        assert first.text == second.text == third.text
        assert first.finish_reason == second.finish_reason == third.finish_reason
        assert first.usage.prompt_tokens == second.usage.prompt_tokens == third.usage.prompt_tokens

    @pytest.mark.parametrize("is_streamed", [False, True])
    async def test_it_stops_at_the_most_tokens(self, model: LanguageModel, *, is_streamed: bool) -> None:
        short = request(max_output_tokens=4)

        completion = (await streamed(model, short))[1] if is_streamed else await model.completion(short)

        assert completion.finish_reason is FinishReason.LENGTH
        assert completion.text
        assert completion.usage.completion_tokens <= 4

    async def test_calls_may_run_at_the_same_time(self, model: LanguageModel) -> None:
        alone = await model.completion(request())

        completions, (pieces, _) = await asyncio.gather(
            asyncio.gather(*(model.completion(request()) for _ in range(4))), streamed(model, request())
        )

        assert {completion.text for completion in completions} == {alone.text}
        assert "".join(pieces) == alone.text

    async def test_a_cancelled_call_ends_and_leaves_the_model_usable(self, model: LanguageModel) -> None:
        task = asyncio.ensure_future(model.completion(request()))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

        assert (await model.completion(request())).text

    async def test_a_stream_that_is_left_early_leaves_the_model_usable(self, model: LanguageModel) -> None:
        items: Any = model.stream(request())
        async with aclosing(items):
            first = await anext(items)

        assert first
        assert (await model.completion(request())).text

    async def test_json_is_of_its_schema_or_an_error(self, model: LanguageModel) -> None:
        asked = request(json_schema=SCHEMA)
        if not self.writes_json:
            with pytest.raises(LanguageModelError) as caught:
                await model.completion(asked)
            assert isinstance(caught.value, ModelRefusedError | BrokenReplyError)
            return

        completion = await model.completion(asked)
        pieces, last = await streamed(model, asked)

        assert list(json.loads(completion.text)) == ["answer"]
        assert "".join(pieces) == last.text == completion.text

    async def test_a_schema_that_is_none_is_refused(self, model: LanguageModel) -> None:
        with pytest.raises(ModelRefusedError):
            await model.completion(request(json_schema={"type": "thing"}))

    async def test_it_may_be_closed_twice(self, model: LanguageModel) -> None:
        await model.completion(request())

        await model.close()
        await model.close()
