"""For those who run the service: `/healthz`, `/readyz`, `/metrics`, `/graph.svg`."""

from collections.abc import Callable, Mapping
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from loguru import logger
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from llm_engineering.domain.errors import TwinError
from llm_engineering.infrastructure.http_api.desk import Desk
from llm_engineering.infrastructure.http_api.metrics import CONTENT_TYPE, ServiceMetrics
from llm_engineering.infrastructure.http_api.parts import ServiceParts
from llm_engineering.infrastructure.http_api.problems import READING_RESPONSES

_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


class Health(BaseModel):
    """That the process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Whether a question could be answered now."""

    status: Literal["ready", "not ready"]
    checks: dict[str, Literal["ok", "failed"]]
    """What has to be there, by name; why something is not stands in the log."""


def operation_routes(parts: ServiceParts, desk: Desk, metrics: ServiceMetrics) -> APIRouter:
    """Return the routes of those who run the service."""
    routes = APIRouter(tags=["operations"])

    @routes.get("/healthz", summary="Tell that the process answers")
    async def healthz() -> Health:
        return Health()

    @routes.get(
        "/readyz",
        summary="Tell whether a question could be answered now",
        responses={503: {"model": Readiness, "description": "Something that an answer needs is missing."}},
        response_model=Readiness,
    )
    async def readyz() -> Response:
        readiness = await run_in_threadpool(_readiness, parts.checks)
        return JSONResponse(readiness.model_dump(), 200 if readiness.status == "ready" else 503)

    @routes.get(
        "/metrics",
        summary="Counters for Prometheus",
        response_class=Response,
        responses={**READING_RESPONSES, 200: {"content": {CONTENT_TYPE.split(";")[0]: {"schema": {"type": "string"}}}}},
    )
    async def metrics_page() -> Response:
        return Response(metrics.exposition(), media_type=CONTENT_TYPE)

    @routes.get(
        "/graph.svg",
        summary="The picture of the dataflow",
        response_class=Response,
        responses={**READING_RESPONSES, 200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}}},
    )
    async def graph(request: Request) -> Response:
        picture = await desk.result(request, lambda: run_in_threadpool(parts.graph_svg))
        return Response(picture, media_type="image/svg+xml", headers={"Content-Security-Policy": _PICTURE_POLICY})

    return routes


def _readiness(checks: Mapping[str, Callable[[], object]]) -> Readiness:
    found: dict[str, Literal["ok", "failed"]] = {name: _outcome(name, check) for name, check in checks.items()}
    return Readiness(status="ready" if "failed" not in found.values() else "not ready", checks=found)


def _outcome(name: str, check: Callable[[], object]) -> Literal["ok", "failed"]:
    try:
        check()
    except TwinError as error:
        logger.warning("not ready: {name}: {error}", name=name, error=str(error))
        return "failed"
    return "ok"
