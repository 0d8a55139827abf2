"""The twin as a chat model: `/v1/chat/completions`, `/v1/models`."""

import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, Final
from uuid import uuid4

from fastapi import APIRouter, Body, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from llm_engineering.application.answer.asking import AnswerDone, AnswerEvent, AnswerReplaced, TextWritten
from llm_engineering.domain.answers import Answer
from llm_engineering.infrastructure.http_api.answers import first_of, shown_events
from llm_engineering.infrastructure.http_api.asking import AskedQuestion
from llm_engineering.infrastructure.http_api.chat_messages import (
    MODEL,
    AssistantMessage,
    ChatCompletion,
    ChatRequest,
    Choice,
    ModelList,
    TwinExtra,
    Usage,
    sources_text,
)
from llm_engineering.infrastructure.http_api.desk import Desk, Feed
from llm_engineering.infrastructure.http_api.metrics import ServiceMetrics
from llm_engineering.infrastructure.http_api.problems import ERROR_RESPONSES, READING_RESPONSES, ProblemBody, Told
from llm_engineering.infrastructure.http_api.recording import request_id_of
from llm_engineering.infrastructure.http_api.streaming import EVENTS_CONTENT, PING, EventStream, error_json, event_bytes
from llm_engineering.infrastructure.http_api.variants import Choosing, UserHeader, user_named

_EXAMPLES: Final[dict[str, Any]] = {
    "chat": {
        "summary": "A question",
        "value": {"model": MODEL, "messages": [{"role": "user", "content": "How are documents cut into chunks?"}]},
    }
}
_NO_MODEL: Final = Told(404, "model_not_found", f'There is no such model here; the only one is "{MODEL}".')


def chat_routes(desk: Desk, choosing: Choosing, metrics: ServiceMetrics, ping_seconds: float) -> APIRouter:
    """Return the routes that any client of OpenAI's interface can talk to."""
    routes = APIRouter(prefix="/v1", tags=["chat"])

    @routes.post(
        "/chat/completions",
        summary="Answer the last message of a conversation",
        response_model=ChatCompletion,
        responses={
            **ERROR_RESPONSES,
            200: {"content": EVENTS_CONTENT},
            404: {"model": ProblemBody, "description": "There is no such model."},
        },
    )
    async def complete(
        chat: Annotated[ChatRequest, Body(openapi_examples=_EXAMPLES)], request: Request, user: UserHeader = ""
    ) -> Response:
        if chat.model != MODEL:
            return _NO_MODEL.response(request_id_of(request.scope))
        question, choice = _question(chat), choosing.choice(chat.user or user_named(user))
        if not chat.stream:
            answer = await desk.result(request, lambda: choice.answerer.answer(question))
            metrics.count_answer(answer)
            return JSONResponse(_completion(await choosing.shown(choice, answer), chat).model_dump(mode="json"))
        feed = desk.opened_feed(request, shown_events(choice.answerer.events(question), choice, choosing))
        first = await first_of(feed)
        stream = _ChatStream(chat, metrics, request_id_of(request.scope))
        return EventStream(stream.pieces(feed, first, ping_seconds))

    @routes.get("/models", summary="Name the model", responses=READING_RESPONSES)
    async def models() -> ModelList:
        return ModelList()

    return routes


def _question(chat: ChatRequest) -> AskedQuestion:
    try:
        return chat.question
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False, include_input=False)) from error


def _completion(answer: Answer, chat: ChatRequest) -> ChatCompletion:
    message = AssistantMessage(content=answer.text + sources_text(answer))
    return ChatCompletion(
        id=f"chatcmpl-{answer.trace_id}",
        created=int(time.time()),
        choices=(Choice(message=message),),
        usage=Usage.of(answer),
        twin=TwinExtra.of(answer, chat.notes),
    )


class _ChatStream:
    """Says an answer in chunks. What was said cannot be taken back here, so a correction is said after it."""

    def __init__(self, chat: ChatRequest, metrics: ServiceMetrics, request_id: str) -> None:
        self._chat = chat
        self._metrics = metrics
        self._request_id = request_id
        self._base = {"id": f"chatcmpl-{uuid4()}", "object": "chat.completion.chunk", "created": int(time.time())}
        self._said = ""
        """What counts of the text that was said."""

    async def pieces(
        self, feed: Feed[AnswerEvent], first: AnswerEvent, ping_seconds: float
    ) -> AsyncGenerator[bytes, None]:
        """Yield the chunks as server-sent events, and close the feed at the end."""
        try:
            yield self._chunk({"role": "assistant", "content": ""})
            for piece in self._said_of(first):
                yield piece
            async with aclosing(feed.rest(ping_seconds)) as rest:
                async for event in rest:
                    for piece in self._said_of(event):
                        yield piece
            yield event_bytes("[DONE]")
        except Exception as error:  # noqa: BLE001 - the status has been sent: the stream itself has to say it; it is logged
            yield event_bytes(error_json(error, self._request_id))
        finally:
            await feed.close()

    def _said_of(self, event: AnswerEvent | None) -> list[bytes]:
        match event:
            case None:
                return [PING]
            case TextWritten(text=text):
                self._said += text
                return [self._chunk({"content": text})]
            case AnswerReplaced(note=note):
                void = f"\n\n---\nWhat stands above does not count. {note}\n\n" if self._said else ""
                self._said = ""
                return [self._chunk({"content": void})] if void else []
            case AnswerDone(answer=answer):
                return self._end(answer)
            case _:
                return []

    def _end(self, answer: Answer) -> list[bytes]:
        self._metrics.count_answer(answer)
        correction = answer.text
        if self._said:
            correction = "" if self._said.strip() == answer.text.strip() else f"\n\n---\nChecked:\n\n{answer.text}"
        last = self._chunk({"content": correction + sources_text(answer)})
        twin = TwinExtra.of(answer, self._chat.notes).model_dump(mode="json")
        pieces = [last, self._chunk({}, finish_reason="stop", twin=twin)]
        if self._chat.stream_options and self._chat.stream_options.include_usage:
            pieces.append(self._event({"choices": [], "usage": Usage.of(answer).model_dump()}))
        return pieces

    def _chunk(self, delta: dict[str, str], *, finish_reason: str | None = None, **more: object) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
        return self._event({"choices": [choice], **more})

    def _event(self, fields: dict[str, Any]) -> bytes:
        return event_bytes(json.dumps({**self._base, "model": MODEL, **fields}))
