"""The layers that turn requests away before their bodies are read, and the one that bounds how long that takes."""

import asyncio
import math
import time
from collections.abc import Sequence
from typing import Final

from limits import RateLimitItem
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from llm_engineering.infrastructure.http_api.access import Access, given_key, is_own_origin
from llm_engineering.infrastructure.http_api.problems import Told
from llm_engineering.infrastructure.http_api.recording import request_id_of

OPEN_PATHS: Final = frozenset({"/", "/healthz", "/readyz"})
OPEN_FOLDER: Final = "/page/"
"""What needs no key and has no rate: the page itself, which says nothing, and what tells whether the service lives."""
_WRONG_KEYS: Final = "wrong keys"


def _is_open(scope: Scope) -> bool:
    return scope["path"] in OPEN_PATHS or scope["path"].startswith(OPEN_FOLDER)


class HostGate:
    """Turns away requests for hosts that the service is not: a page whose name leads here since lately (DNS rebinding).

    Starlette decides; what it says in plain text is said in the shape of all other errors.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._hosts = access.hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on that is for this service."""
        is_passed_on = False

        async def passed_on(scope: Scope, receive: Receive, _: Send) -> None:
            nonlocal is_passed_on
            is_passed_on = True
            await self._app(scope, receive, send)

        deciding = TrustedHostMiddleware(passed_on, allowed_hosts=self._hosts, www_redirect=False)
        await deciding(scope, receive, _unsaid)
        if not is_passed_on:
            told = Told(400, "unknown_host", "The service has another host name. SERVICE_ALLOWED_HOSTS adds names.")
            await told.response(request_id_of(scope))(scope, receive, send)


async def _unsaid(_: Message) -> None:
    pass


class OriginGate:
    """Turns away what a browser asks on behalf of another site's page."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on that no browser, the own page or an allowed site makes."""
        if scope["type"] != "http" or self._may_ask(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        told = Told(403, "foreign_origin", "The page of another site may not ask. SERVICE_CORS_ORIGINS allows it.")
        await told.response(request_id_of(scope))(scope, receive, send)

    def _may_ask(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        return origin is None or is_own_origin(origin, headers.get("host", ""), self._access.origins)


class KeyGate:
    """Turns away who has no key, and who asks too often; wrong keys count for the address that sends them.

    Args:
        app: What is behind the gate.
        access: The keys.
        rates: How often a key, or without keys an address, may ask.
    """

    def __init__(self, app: ASGIApp, access: Access, rates: Sequence[RateLimitItem]) -> None:
        self._app = app
        self._keys = access.keys
        self._rates = tuple(rates)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on that may come in."""
        if scope["type"] != "http" or _is_open(scope):
            await self._app(scope, receive, send)
            return
        told = await self._refusal(scope)
        if told is None:
            await self._app(scope, receive, send)
        else:
            await told.response(request_id_of(scope))(scope, receive, send)

    async def _refusal(self, scope: Scope) -> Told | None:
        address = str((scope.get("client") or ("unknown",))[0])
        if not self._keys:
            return await self._too_often(address)
        given = given_key(Headers(scope=scope))
        name = self._keys.name_of(given) if given else None
        if name is not None:
            return await self._too_often(name)
        # Answered alike with a wrong key and without one.
        return await self._too_often(_WRONG_KEYS, address) or Told(
            401,
            "key_needed",
            "This service needs a key: send it as Authorization: Bearer KEY, or as X-API-Key.",
            {"WWW-Authenticate": "Bearer"},
        )

    async def _too_often(self, *who: str) -> Told | None:
        for rate in self._rates:
            if not await self._limiter.hit(rate, *who):
                window = await self._limiter.get_window_stats(rate, *who)
                wait = max(1, math.ceil(window.reset_time - time.time()))
                message = f"More than {rate.amount} requests per {rate.get_expiry()} seconds. Try again in {wait} s."
                return Told(429, "too_many_requests", message, {"Retry-After": str(wait)})
        return None


class BodyGate:
    """Turns away a body that says that it is too large, or that does not arrive in time.

    Who sends one byte a second holds no place. A body that does not say how large it is is counted further inside.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, seconds: float) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on whose body is read within the time."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > self._max_bytes:
            told = Told(413, "body_too_large", f"The body is larger than {self._max_bytes} bytes.")
            await told.response(request_id_of(scope))(scope, receive, send)
            return
        await self._timed(scope, receive, send)

    async def _timed(self, scope: Scope, receive: Receive, send: Send) -> None:
        deadline = asyncio.get_running_loop().time() + self._seconds
        is_read = False

        async def receive_in_time() -> Message:
            nonlocal is_read
            if is_read:  # what comes now is the end of the connection
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError as error:
                raise SlowBodyError from error
            is_read = not message.get("more_body", False)
            return message

        try:
            await self._app(scope, receive_in_time, send)
        except SlowBodyError:
            told = Told(408, "body_too_slow", "The body did not arrive in time.", {"Connection": "close"})
            await told.response(request_id_of(scope))(scope, receive, send)


class SlowBodyError(BaseException):
    """A body did not arrive in time; no `Exception`, so that nobody takes it for a body that cannot be read."""
