"""The twin as a chat model, spoken to by OpenAI's own client."""

from typing import Any

import httpx
import openai
import pytest
from pydantic import SecretStr

from llm_engineering.application.answer.asking import AnswerDone, AnswerReplaced
from llm_engineering.application.language_models.port import ModelUnreachableError
from llm_engineering.domain.language_models import TokenUsage
from llm_engineering.infrastructure.http_api.access import Access
from tests.contracts.answerer import CHUNKS
from tests.support.fake_answerer import FailingAnswerer, FakeAnswerer

pytestmark = pytest.mark.integration
KEY = "correct-horse-battery-staple"
QUESTION: Any = {"role": "user", "content": "Which loom reads cards?"}
ANSWER = "A loom of Jacquard reads punched cards. [1]"
SOURCES = "\n\nSources:\n[1] Looms, Ada Lovelace: https://medium/looms"
ONE: Any = {"twin": {"limit": 1}}


@pytest.fixture
def talk(make_app: Any, run: Any) -> Any:
    """Return a client of an answerer, with the key that the service needs."""
    access = Access.of(host="127.0.0.1", keys=SecretStr(KEY), allowed_hosts=None, cors_origins=None)

    def client(answerer: Any = None, key: str = KEY) -> openai.OpenAI:
        service = run(make_app(answerer, access=access))
        return openai.OpenAI(base_url=f"{service.url}/v1", api_key=key, max_retries=0)

    return client


def test_the_model_is_listed(talk: Any) -> None:
    assert [model.id for model in talk().models.list()] == ["llm-twin"]


def test_a_question_is_answered_with_numbered_sources(talk: Any) -> None:
    answerer = FakeAnswerer(CHUNKS, extra={"usage": TokenUsage(prompt_tokens=7, completion_tokens=3)})

    completion = talk(answerer).chat.completions.create(model="llm-twin", messages=[QUESTION], extra_body=ONE)

    assert completion.choices[0].message.content == ANSWER + SOURCES
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage.total_tokens == 10
    assert completion.twin["kind"] == "quoted"
    assert [each["quote"] for each in completion.twin["citations"]] == ["A loom of Jacquard reads punched cards."]
    assert completion.id == f"chatcmpl-{completion.twin['trace_id']}"


def test_an_answer_streams(talk: Any) -> None:
    stream = talk().chat.completions.create(
        model="llm-twin", messages=[QUESTION], stream=True, stream_options={"include_usage": True}, extra_body=ONE
    )

    chunks = list(stream)
    texts = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(texts) == ANSWER + SOURCES
    assert len([text for text in texts if text]) > 3
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-2].twin["citations"][0]["number"] == 1
    assert chunks[-1].usage.total_tokens == 0


def test_only_the_last_message_is_read_and_that_is_said(talk: Any) -> None:
    earlier: Any = [
        {"role": "system", "content": "You are a pirate."},
        {"role": "user", "content": "What does a compiler translate?"},
        {"role": "assistant", "content": "Words."},
    ]

    completion = talk().chat.completions.create(model="llm-twin", messages=[*earlier, QUESTION], extra_body=ONE)

    assert completion.choices[0].message.content == ANSWER + SOURCES
    assert completion.twin["notes"] == [
        "Earlier messages were not read: each question is looked up and answered on its own."
    ]


def test_parts_of_a_message_are_read_together(talk: Any) -> None:
    parts = [{"type": "text", "text": "Which loom"}, {"type": "text", "text": "reads cards?"}]

    completion = talk().chat.completions.create(
        model="llm-twin", messages=[{"role": "user", "content": parts}], extra_body=ONE
    )

    assert completion.choices[0].message.content == ANSWER + SOURCES


def test_filters_come_in_the_extra_body(talk: Any) -> None:
    completion = talk().chat.completions.create(
        model="llm-twin", messages=[QUESTION], extra_body={"twin": {"platform": "ada.dev"}}
    )

    assert [each["platform"] for each in completion.twin["citations"]] == ["ada.dev"]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"model": "gpt-4o"}, openai.NotFoundError, 'the only one is "llm-twin"'),
        ({"messages": []}, openai.UnprocessableEntityError, "messages: List should have at least 1 item"),
        ({"messages": [{"role": "assistant", "content": "Hm"}]}, openai.UnprocessableEntityError, "Send the question"),
        ({"messages": [{"role": "user", "content": " "}]}, openai.UnprocessableEntityError, "Send the question last"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://a"}}]}]},
            openai.UnprocessableEntityError,
            "Input should be 'text'",
        ),
        (
            {"messages": [{"role": "user", "content": "x" * 2001}]},
            openai.UnprocessableEntityError,
            "query: String should have at most 2000 characters",
        ),
        ({"extra_body": {"twin": {"category": "books"}}}, openai.UnprocessableEntityError, "category: Input should be"),
        ({"extra_body": {"twin": {"writer": "Ada"}}}, openai.UnprocessableEntityError, "twin.writer: Extra inputs"),
    ],
)
def test_what_cannot_be_answered_is_an_error_of_the_client(
    talk: Any, change: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        talk().chat.completions.create(**{"model": "llm-twin", "messages": [QUESTION], **change})


def test_a_wrong_key_is_an_error_of_the_client(talk: Any) -> None:
    with pytest.raises(openai.AuthenticationError, match="This service needs a key"):
        talk(key="wrong-key-of-good-length").chat.completions.create(model="llm-twin", messages=[QUESTION])


@pytest.mark.parametrize("pieces", [0, 3])
def test_a_model_that_fails_is_an_error_of_the_client(talk: Any, pieces: int) -> None:
    answerer = FailingAnswerer(CHUNKS, error=ModelUnreachableError("Secret.", remedy="Start it."), pieces=pieces)
    client = talk(answerer)

    with pytest.raises(openai.APIError, match="no usable reply"):
        list(client.chat.completions.create(model="llm-twin", messages=[QUESTION], stream=True))


def test_what_was_said_in_vain_is_said_to_be_void(talk: Any) -> None:
    class Replacing(FakeAnswerer):
        async def events(self, question: Any) -> Any:
            async for event in super().events(question):
                if isinstance(event, AnswerDone):
                    yield AnswerReplaced(note="The model failed.")
                yield event

    stream = talk(Replacing(CHUNKS)).chat.completions.create(
        model="llm-twin", messages=[QUESTION], stream=True, extra_body=ONE
    )

    said = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    assert said == f"{ANSWER}\n\n---\nWhat stands above does not count. The model failed.\n\n{ANSWER}{SOURCES}"


def test_a_text_that_checking_changed_is_said_again(talk: Any) -> None:
    answerer = FakeAnswerer(CHUNKS)

    class Checking(FakeAnswerer):
        async def events(self, question: Any) -> Any:
            async for event in answerer.events(question):
                if isinstance(event, AnswerDone):
                    event = AnswerDone(answer=event.answer.model_copy(update={"text": "Checked text. [1]"}))  # noqa: PLW2901
                yield event

    stream = talk(Checking(CHUNKS)).chat.completions.create(
        model="llm-twin", messages=[QUESTION], stream=True, extra_body=ONE
    )

    said = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    assert said == f"{ANSWER}\n\n---\nChecked:\n\nChecked text. [1]{SOURCES}"


def test_parameters_that_the_twin_lacks_are_left(client: httpx.Client) -> None:
    body = {"model": "llm-twin", "messages": [QUESTION], "temperature": 0.3, "tools": [], "n": 1, "user": "ada"}

    assert client.post("/v1/chat/completions", json=body).status_code == 200
