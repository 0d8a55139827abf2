"""The page and its files, read once and served from memory."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from llm_engineering.infrastructure.http_api import page

_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file of the page."""

    body: bytes
    media_type: str
    entity_tag: str

    def response(self, request: Request) -> Response:
        """Return the file, or that the client has it already (RFC 9110, 13.1.2)."""
        headers = {"ETag": self.entity_tag, "Cache-Control": "no-cache"}
        known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
        if self.entity_tag in known:
            return Response(status_code=304, headers=headers)
        return Response(self.body, media_type=self.media_type, headers=headers)


def page_files() -> dict[str, PageFile]:
    """Return the files of the page by name."""
    found = {}
    for item in files(page).iterdir():
        suffix = f".{item.name.rpartition('.')[2]}"
        if suffix in _TYPES:
            body = item.read_bytes()
            found[item.name] = PageFile(body, _TYPES[suffix], f'"{hashlib.sha256(body).hexdigest()[:32]}"')
    return found


def page_routes() -> APIRouter:
    """Return the routes of the page."""
    routes = APIRouter(include_in_schema=False)
    known = page_files()

    @routes.get("/")
    async def index(request: Request) -> Response:
        return known["index.html"].response(request)

    @routes.get("/page/{name}")
    async def file(name: str, request: Request) -> Response:
        if name not in known:
            raise HTTPException(404)
        return known[name].response(request)

    return routes
