"""The description of the interface in a browser: `/docs`, only where it is asked for."""

from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import Response

_CDN: Final = "https://cdn.jsdelivr.net"
_POLICY: Final = (
    f"default-src 'none'; script-src 'unsafe-inline' {_CDN}; style-src 'unsafe-inline' {_CDN}; "
    "img-src 'self' data: https://fastapi.tiangolo.com; connect-src 'self'; frame-ancestors 'none'"
)


def documentation_routes(app: FastAPI) -> APIRouter:
    """Return the route of the description."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/docs")
    async def docs() -> Response:
        page = get_swagger_ui_html(openapi_url=str(app.openapi_url), title="LLM Twin")
        page.headers["Content-Security-Policy"] = _POLICY
        return page

    return routes
