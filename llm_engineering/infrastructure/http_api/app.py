"""The app of the service, made of its parts. Nothing runs before a server runs it."""

from importlib.metadata import version
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from loguru import logger
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from llm_engineering.domain.errors import TwinError
from llm_engineering.infrastructure.http_api.access import Access
from llm_engineering.infrastructure.http_api.answers import answer_routes, page_data_routes
from llm_engineering.infrastructure.http_api.chat import chat_routes
from llm_engineering.infrastructure.http_api.desk import Desk
from llm_engineering.infrastructure.http_api.documentation import documentation_routes
from llm_engineering.infrastructure.http_api.feedback import feedback_routes
from llm_engineering.infrastructure.http_api.gates import BodyGate, HostGate, KeyGate, OriginGate
from llm_engineering.infrastructure.http_api.limits import ServiceLimits
from llm_engineering.infrastructure.http_api.metrics import ServiceMetrics
from llm_engineering.infrastructure.http_api.operations import operation_routes
from llm_engineering.infrastructure.http_api.page_files import page_routes
from llm_engineering.infrastructure.http_api.parts import ServiceParts
from llm_engineering.infrastructure.http_api.problems import told
from llm_engineering.infrastructure.http_api.recording import RequestRecord, request_id_of
from llm_engineering.infrastructure.http_api.summaries import summary_routes
from llm_engineering.infrastructure.http_api.variants import Choosing

_DESCRIPTION: Final = """Answers questions from what an author has written, with citations.

Send a key as `Authorization: Bearer KEY` or `X-API-Key: KEY` where the service needs one. Every error has the same
shape, and its `request_id`, which is the response header `X-Request-ID` too, is in the log of the service."""


def service_app(
    parts: ServiceParts, *, access: Access | None = None, limits: ServiceLimits | None = None, has_docs: bool = False
) -> FastAPI:
    """Return the app.

    Args:
        parts: What answers.
        access: Who may ask; by default this machine.
        limits: What one caller, and all together, may ask.
        has_docs: Whether `/docs` shows the description in a browser, for which that loads scripts from a public CDN.
    """
    access, limits = access or Access(), limits or ServiceLimits()
    metrics = ServiceMetrics(has_model=parts.has_model)
    desk = Desk(limits)
    choosing = Choosing(parts.answerer, parts.variants, metrics)
    app = FastAPI(
        title="LLM Twin",
        version=version("llm-twin"),
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=_middleware(access, limits, metrics),
        exception_handlers=dict.fromkeys(
            (TwinError, TimeoutError, HTTPException, RequestValidationError, ClientDisconnect), _error_response
        ),
    )
    app.include_router(answer_routes(parts, desk, choosing, metrics, limits.ping_seconds))
    app.include_router(page_data_routes(parts, desk, choosing))
    app.include_router(chat_routes(desk, choosing, metrics, limits.ping_seconds))
    app.include_router(summary_routes(parts.summaries, desk))
    app.include_router(feedback_routes(parts, choosing, metrics))
    app.include_router(operation_routes(parts, desk, metrics))
    app.include_router(page_routes())
    if has_docs:
        app.include_router(documentation_routes(app))
    return app


def _middleware(access: Access, limits: ServiceLimits, metrics: ServiceMetrics) -> list[Middleware]:
    """Return the layers around the app, the outermost first: who is turned away costs as little as possible."""
    cross_origin = Middleware(
        CORSMiddleware,
        allow_origins=access.origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "X-API-Key", "X-Request-ID", "X-User"],
        expose_headers=["X-Request-ID", "Retry-After"],
    )
    return [
        Middleware(RequestRecord, metrics=metrics),
        Middleware(HostGate, access=access),
        Middleware(OriginGate, access=access),
        *([cross_origin] if access.origins else []),
        Middleware(KeyGate, access=access, rates=limits.rates),
        Middleware(BodyGate, max_bytes=limits.max_body_bytes, seconds=limits.body_seconds),
        Middleware(RequestBodyLimitMiddleware, max_body_size=limits.max_body_bytes),
    ]


async def _error_response(request: Request, error: Exception) -> Response:
    said, request_id = told(error), request_id_of(request.scope)
    if said.is_our_fault:
        logger.warning("request {id}: {kind}: {error}", id=request_id, kind=said.type, error=repr(error)[:500])
    return said.response(request_id)
