"""Server-sent events (WHATWG HTML, 9.2), as FastAPI writes them."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from loguru import logger
from starlette.types import Send

from llm_engineering.infrastructure.http_api.problems import told

PING: Final = KEEPALIVE_COMMENT
EVENTS_CONTENT: Final[dict[str, Any]] = {
    "text/event-stream": {
        "schema": {
            "type": "object",
            "description": "One event; there are many.",
            "properties": {"event": {"type": "string"}, "data": {"type": "string", "description": "JSON"}},
            "required": ["data"],
        }
    }
}
"""How a stream of events is described: by one of them."""
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""No proxy shall collect a stream before it passes it on (the second is nginx's)."""


class EventStream(EventSourceResponse):
    """A response whose pieces come as they are made; what makes them ends with it, however it ends."""

    def __init__(self, pieces: AsyncGenerator[bytes, None]) -> None:
        super().__init__(pieces, headers=_HEADERS)
        self._pieces = pieces

    async def stream_response(self, send: Send) -> None:
        """Send the pieces, and close their generator even if the client goes in between."""
        async with aclosing(self._pieces):
            await super().stream_response(send)


def event_bytes(data: str, name: str | None = None) -> bytes:
    """Return an event with one line of data."""
    return format_sse_event(data_str=data, event=name)


def error_json(error: Exception, request_id: str) -> str:
    """Return what a stream that has begun says of an error, as JSON; it is logged where the cause is on this side."""
    said = told(error)
    if said.is_our_fault:
        logger.opt(exception=error).error("the stream of request {id} failed", id=request_id)
    return said.body(request_id).model_dump_json()
