"""Where requests are worked on: so many at a time, each within its deadline and only as long as somebody waits."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final, Generic, TypeVar, cast

import anyio
from fastapi import Request
from starlette.requests import ClientDisconnect

from llm_engineering.infrastructure.http_api.limits import ServiceLimits
from llm_engineering.infrastructure.http_api.problems import BusyError

ResultT = TypeVar("ResultT")
EventT = TypeVar("EventT")
_EVENTS_AHEAD: Final = 16
"""How far an answer may run ahead of a client that reads slowly."""


class Desk:
    """The places at which requests are worked on, and those where they wait.

    Belongs to one event loop.
    """

    def __init__(self, limits: ServiceLimits) -> None:
        self._limits = limits
        self._slots = asyncio.Semaphore(limits.max_concurrency)
        self._inside = 0

    async def result(self, request: Request, work: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """Return what some work gives; it is cancelled when the client goes or the time is over.

        Raises:
            BusyError: All places are taken.
            TimeoutError: The deadline has passed.
            ClientDisconnect: The client has gone.
        """

        async def placed() -> ResultT:
            async with self._place():
                return await work()

        return await while_connected(request, placed())

    def opened_feed(self, request: Request, events: AsyncIterator[EventT]) -> "Feed[EventT]":
        """Return events that are produced at a place of their own, until the feed is closed."""
        return Feed(self._produced(events), request)

    async def _produced(self, events: AsyncIterator[EventT]) -> AsyncGenerator[EventT, None]:
        async with self._place(), aclosing(cast("AsyncGenerator[EventT, None]", events)):
            async for event in events:
                yield event

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        limits = self._limits
        if self._inside >= limits.max_concurrency + limits.max_waiting:
            raise BusyError(self._inside, limits.retry_after_seconds)
        self._inside += 1
        try:
            async with asyncio.timeout(limits.deadline_seconds), self._slots:
                yield
        finally:
            self._inside -= 1


class Feed(Generic[EventT]):
    """Events that one task produces from beginning to end, for a response that takes them when it can."""

    def __init__(self, events: AsyncGenerator[EventT, None], request: Request) -> None:
        self._request = request
        self._sending, self._receiving = anyio.create_memory_object_stream[EventT](_EVENTS_AHEAD)
        self._producing = asyncio.create_task(self._produce(events))

    async def first(self) -> EventT:
        """Return the first event; an error before it is raised here, while there is time for a status.

        Raises:
            ClientDisconnect: The client has gone.
        """
        event = await while_connected(self._request, self._next(None))
        if event is None:
            raise EndedEarlyError
        return event

    async def rest(self, ping_seconds: float) -> AsyncGenerator[EventT | None, None]:
        """Yield the further events, and None whenever there was none for some seconds."""
        while True:
            try:
                event = await self._next(ping_seconds)
            except anyio.WouldBlock:
                yield None
                continue
            if event is None:
                return
            yield event

    async def close(self) -> None:
        """End the production; safe to call twice."""
        self._receiving.close()
        self._producing.cancel()
        with anyio.CancelScope(shield=True):  # a response whose client has gone is cancelled at each further wait
            await asyncio.gather(self._producing, return_exceptions=True)

    async def _next(self, seconds: float | None) -> EventT | None:
        """Return the next event, or None at the end; raise what ended the production, or `WouldBlock` after seconds."""
        try:
            async with asyncio.timeout(seconds):
                return await self._receiving.receive()
        except TimeoutError as error:
            raise anyio.WouldBlock from error
        except anyio.EndOfStream:
            await self._producing
            return None

    async def _produce(self, events: AsyncGenerator[EventT, None]) -> None:
        async with self._sending, aclosing(events):
            async for event in events:
                await self._sending.send(event)


class EndedEarlyError(RuntimeError):
    """An answerer yields nothing, which it promises not to."""


async def while_connected(request: Request, work: Awaitable[ResultT]) -> ResultT:
    """Return what some work gives; cancel it if the client goes before.

    Raises:
        ClientDisconnect: The client has gone.
    """
    working: asyncio.Future[ResultT] = asyncio.ensure_future(work)
    going = asyncio.ensure_future(_gone(request))
    tasks: set[asyncio.Future[Any]] = {working, going}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _gone(request: Request) -> None:
    """Return when the client has gone; its body has been read before."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
