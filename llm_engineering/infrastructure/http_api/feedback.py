"""What people think of answers: `/feedback`."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body
from fastapi.concurrency import run_in_threadpool

from llm_engineering.application.feedback.writing import given_feedback
from llm_engineering.domain.answers import Feedback
from llm_engineering.infrastructure.http_api.asking import FEEDBACK_EXAMPLES, GivenFeedback
from llm_engineering.infrastructure.http_api.metrics import ServiceMetrics
from llm_engineering.infrastructure.http_api.parts import ServiceParts
from llm_engineering.infrastructure.http_api.problems import ERROR_RESPONSES, ProblemBody
from llm_engineering.infrastructure.http_api.variants import Choosing, UserHeader, user_named

_NO_ANSWER: Final[dict[str, Any]] = {
    "model": ProblemBody,
    "description": "Traces are kept, and there is none of an answer with this id.",
}


def feedback_routes(parts: ServiceParts, choosing: Choosing, metrics: ServiceMetrics) -> APIRouter:
    """Return the route of feedback."""
    routes = APIRouter(tags=["feedback"], responses={**ERROR_RESPONSES, 404: _NO_ANSWER})

    @routes.post(
        "/feedback",
        summary="Say whether an answer helped",
        response_description="The feedback as it is stored: it survives whatever happens to the service from now on.",
    )
    async def feedback(
        given: Annotated[GivenFeedback, Body(openapi_examples=FEEDBACK_EXAMPLES)], user: UserHeader = ""
    ) -> Feedback:
        said = Feedback(
            trace_id=str(given.trace_id),
            is_helpful=given.is_helpful,
            comment=given.comment,
            user=given.user or user_named(user),
            given_at=datetime.now(UTC),
        )
        await run_in_threadpool(given_feedback, parts.feedback_store, parts.tracer, said)
        await choosing.said(said)
        metrics.count_feedback(is_helpful=said.is_helpful)
        return said

    return routes
