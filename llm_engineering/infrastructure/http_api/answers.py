"""Questions and what comes of them: `/rag`, `/rag/stream`, `/retrieve`, `/explain`, `/facets`, `/experiment`."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any, cast

from fastapi import APIRouter, Body, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from pydantic_core import to_jsonable_python
from starlette.responses import Response

from llm_engineering.application.answer.asking import AnswerDone, AnswerEvent, FoundPassage
from llm_engineering.application.retrieve.facets import Facets
from llm_engineering.domain.answers import Answer
from llm_engineering.infrastructure.http_api.asking import (
    EXPLANATION_EXAMPLES,
    QUESTION_EXAMPLES,
    AskedExplanation,
    AskedQuestion,
)
from llm_engineering.infrastructure.http_api.desk import Desk, Feed
from llm_engineering.infrastructure.http_api.metrics import ServiceMetrics
from llm_engineering.infrastructure.http_api.parts import ServiceParts
from llm_engineering.infrastructure.http_api.problems import ERROR_RESPONSES, READING_RESPONSES
from llm_engineering.infrastructure.http_api.recording import request_id_of
from llm_engineering.infrastructure.http_api.streaming import EVENTS_CONTENT, PING, EventStream, error_json, event_bytes
from llm_engineering.infrastructure.http_api.variants import Choice, Choosing, UserHeader, user_named

AskedBody = Annotated[AskedQuestion, Body(openapi_examples=QUESTION_EXAMPLES)]
_STREAM_DESCRIPTION = """The answer as it comes, as server-sent events. The name of an event is its `kind`:

- `passages`: what the answer rests on, first;
- `text`: a piece of the answer, before it is checked;
- `replaced`: the text so far is void, because the model failed; the answer begins anew;
- `answer`: the checked answer, last; its text counts;
- `error`: the answer has failed; an error as other responses have it."""


class Passages(BaseModel):
    """The passages that an answer would rest on, the best first."""

    passages: tuple[FoundPassage, ...]


class RunningExperiment(BaseModel):
    """Whether an experiment takes users."""

    experiment: str | None
    """Its name; None if none runs, and then nobody needs to know users apart."""


def answer_routes(
    parts: ServiceParts, desk: Desk, choosing: Choosing, metrics: ServiceMetrics, ping_seconds: float
) -> APIRouter:
    """Return the routes of questions."""
    routes = APIRouter(tags=["answers"], responses=ERROR_RESPONSES)

    @routes.post("/rag", summary="Answer a question")
    async def rag(question: AskedBody, request: Request, user: UserHeader = "") -> Answer:
        choice = choosing.choice(user_named(user))
        answer = await desk.result(request, lambda: choice.answerer.answer(question))
        metrics.count_answer(answer)
        return await choosing.shown(choice, answer)

    @routes.post(
        "/rag/stream",
        summary="Answer a question as it is written",
        description=_STREAM_DESCRIPTION,
        response_class=Response,
        responses={200: {"content": EVENTS_CONTENT}},
    )
    async def rag_stream(question: AskedBody, request: Request, user: UserHeader = "") -> Response:
        choice = choosing.choice(user_named(user))
        feed = desk.opened_feed(request, shown_events(choice.answerer.events(question), choice, choosing))
        first = await first_of(feed)
        return EventStream(_events(feed, first, metrics, ping_seconds, request_id_of(request.scope)))

    @routes.post("/retrieve", summary="Find passages without an answer")
    async def retrieve(question: AskedBody, request: Request) -> Passages:
        return Passages(passages=await desk.result(request, lambda: parts.answerer.passages(question)))

    @routes.post(
        "/explain",
        summary="Look at values on the way to an answer",
        response_description="The values by name, as JSON; what is no JSON as text.",
        response_model=dict[str, Any],
    )
    async def explain(
        asked: Annotated[AskedExplanation, Body(openapi_examples=EXPLANATION_EXAMPLES)], request: Request
    ) -> Response:
        values = await desk.result(
            request, lambda: parts.answerer.intermediates(asked.question, asked.names, asked.overrides)
        )
        # Escaped to ASCII, because a value can hold half characters, which UTF-8 cannot.
        shown = json.dumps(to_jsonable_python(values, fallback=str, inf_nan_mode="strings", serialize_unknown=True))
        return Response(shown, media_type="application/json")

    return routes


def page_data_routes(parts: ServiceParts, desk: Desk, choosing: Choosing) -> APIRouter:
    """Return the routes of what a page has to know before a question: filters, and whether an experiment runs."""
    routes = APIRouter(tags=["answers"], responses=READING_RESPONSES)

    @routes.get("/facets", summary="Tell what can be filtered by")
    async def facets(request: Request) -> Facets:
        return await desk.result(request, lambda: run_in_threadpool(parts.facets))

    @routes.get("/experiment", summary="Tell whether an experiment takes users")
    async def experiment() -> RunningExperiment:
        return RunningExperiment(experiment=choosing.running)

    return routes


async def shown_events(
    events: AsyncIterator[AnswerEvent], choice: Choice, choosing: Choosing
) -> AsyncGenerator[AnswerEvent, None]:
    """Yield the events of an answer, the answer itself as it is shown to a user."""
    async with aclosing(cast("AsyncGenerator[AnswerEvent, None]", events)):
        async for event in events:
            if isinstance(event, AnswerDone):
                yield event.model_copy(update={"answer": await choosing.shown(choice, event.answer)})
            else:
                yield event


async def first_of(feed: Feed[AnswerEvent]) -> AnswerEvent:
    """Return the first event of a feed; if there is none to be had, the feed is closed and the cause raised."""
    try:
        return await feed.first()
    except BaseException:
        await feed.close()
        raise


async def _events(
    feed: Feed[AnswerEvent], first: AnswerEvent, metrics: ServiceMetrics, ping_seconds: float, request_id: str
) -> AsyncGenerator[bytes, None]:
    try:
        yield event_bytes(first.model_dump_json(), first.kind)
        async with aclosing(feed.rest(ping_seconds)) as rest:
            async for event in rest:
                if isinstance(event, AnswerDone):
                    metrics.count_answer(event.answer)
                yield event_bytes(event.model_dump_json(), event.kind) if event else PING
    except Exception as error:  # noqa: BLE001 - the status has been sent: the stream itself has to say it; it is logged
        yield event_bytes(error_json(error, request_id), "error")
    finally:
        await feed.close()
