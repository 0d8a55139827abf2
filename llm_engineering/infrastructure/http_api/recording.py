"""The outermost layer: gives each request its id, its line in the log, its place in the counters and its headers."""

import re
import time
from typing import Any, Final
from uuid import uuid4

from loguru import logger
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from llm_engineering.infrastructure.http_api.metrics import ServiceMetrics
from llm_engineering.infrastructure.http_api.problems import CLIENT_GONE, told

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Nothing but the page's own files, and no script can turn text into markup, because that needs a trusted type."""
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": PAGE_POLICY,
    "Cache-Control": "no-store",
}
"""Of every response that does not set them itself."""


class RequestRecord:
    """Records each request, and answers for an app that fails.

    The log gets method, route, status and time, never an address with its query or a body: what people ask is theirs.
    """

    def __init__(self, app: ASGIApp, metrics: ServiceMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note what becomes of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["request_id"] = request_id = _request_id(scope)
        seen = _Seen(send, request_id)
        started = time.perf_counter()
        with self._metrics.in_flight.track_inprogress(), logger.contextualize(request_id=request_id):
            try:
                await self._app(scope, receive, seen.send)
            except Exception as error:  # noqa: BLE001 - the last resort: it is logged, and the caller is answered
                logger.opt(exception=error).error("request {id} failed", id=request_id)
                if not seen.status:
                    await told(error).response(request_id)(scope, receive, seen.send)
            finally:
                self._note(scope, seen.status or CLIENT_GONE, time.perf_counter() - started, request_id)

    def _note(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        route, method = _route(scope), scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.count_request(route=route, method=method, status=status, seconds=seconds)
        logger.log(
            "DEBUG" if route in _QUIET else "INFO",
            "{method} {route} {status} {milliseconds:.0f} ms ({id})",
            method=method, route=route, status=status, milliseconds=1000 * seconds, id=request_id,
        )  # fmt: skip


class _Seen:
    """Remembers the status of a response on its way out, and adds what every response has."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self._request_id
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)


def _request_id(scope: Scope) -> str:
    """Return the id that the caller gives, if it is one, else a new one."""
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


def _route(scope: Scope) -> str:
    """Return the path as the app declares it: what a caller writes must not become a label or a line of the log."""
    route: Any = scope.get("route")
    return str(getattr(route, "path", "unmatched"))


def request_id_of(scope: Scope) -> str:
    """Return the id of a request."""
    return str(scope.get("state", {}).get("request_id", ""))
