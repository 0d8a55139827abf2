"""Runs the app on a socket until the process is told to end."""

import errno
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from types import FrameType
from typing import Final

import uvicorn
from fastapi import FastAPI

from llm_engineering.domain.errors import InvalidInputError

_KEEP_ALIVE_SECONDS: Final = 15
_CONNECTIONS: Final = 1_000
"""Those beyond are told to come again, before anything of them is read."""


class PortTakenError(InvalidInputError):
    """The service cannot listen where it is told to."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"The service cannot listen at {host}:{port}: {reason}.",
            remedy="Set SERVICE_PORT (or --port) to a free port, and SERVICE_HOST to an address of this machine.",
        )
        self.host = host
        self.port = port


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a socket that is bound but does not listen yet.

    Raises:
        PortTakenError: The port is taken, or the address is none of this machine.
    """
    with ExitStack() as on_failure:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            bound = on_failure.enter_context(socket.socket(family, kind, protocol))
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            raise PortTakenError(host, port, "another program does" if taken else str(error.strerror)) from error
        on_failure.pop_all()
    return bound


def address_of(bound: socket.socket) -> str:
    """Return the address of a bound socket as people open it."""
    host, port = bound.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound to
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


class _Server(uvicorn.Server):
    """Tells when it takes requests."""

    def __init__(self, config: uvicorn.Config, on_start: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_start()


async def serve(
    app: FastAPI, sockets: Sequence[socket.socket], *, drain_seconds: float, on_start: Callable[[], None]
) -> None:
    """Answer requests until the process gets SIGINT or SIGTERM, then finish what is being worked on.

    The server raises the signal again when it is done; `ending_gracefully` is for that.

    Args:
        app: The app.
        sockets: Bound sockets to listen at; they are closed.
        drain_seconds: How long finishing may take; what is not done then is cancelled.
        on_start: Called when requests are taken.
    """
    config = server_config(app, drain_seconds=drain_seconds)
    await _Server(config, on_start).serve(list(sockets))


@contextmanager
def ending_gracefully() -> Iterator[None]:
    """Let SIGTERM end a block as Ctrl-C does, and neither be an error: what was opened is closed."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def server_config(app: FastAPI, *, drain_seconds: float) -> uvicorn.Config:
    """Return how the app is served."""
    return uvicorn.Config(
        app,
        access_log=False,  # the app has its own, without what people ask
        lifespan="off",
        limit_concurrency=_CONNECTIONS,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=max(1, round(drain_seconds)),
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        ws="none",
    )


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
