"""The sockets that pages are fetched over: only to vetted addresses, and never for longer than a deadline.

Both are done below HTTP, where nothing gets around them: not the name in a certificate, not a connection that is used
again, not a server that sends one byte of a header at a time. `httpcore2`, the engine of httpx2, takes a network of
one's own for this; httpx2 itself does not hand it on.
"""

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from threading import Lock
from time import monotonic
from typing import Any, Final

from httpcore2 import (
    SOCKET_OPTION,
    ConnectError,
    ConnectTimeout,
    NetworkBackend,
    NetworkStream,
    ReadTimeout,
    SyncBackend,
)

from llm_engineering.infrastructure.address_guard import AddressGuard

_deadline: Final[ContextVar[float]] = ContextVar("deadline", default=inf)
"""Reading of the monotonic clock after which nothing more is read or written in this context."""


@contextmanager
def deadline_in(seconds: float) -> Iterator[None]:
    """Let everything that is read and written in the `with` block of this thread end in so many seconds."""
    token = _deadline.set(monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


@contextmanager
def deadline_suspended() -> Iterator[None]:
    """Let the time that passes in the `with` block of this thread not count for the deadline around it."""
    deadline, started = _deadline.get(), monotonic()
    _deadline.set(inf)
    try:
        yield
    finally:
        _deadline.set(deadline + monotonic() - started)


class GuardedNetwork(NetworkBackend):
    """Connects to vetted addresses only.

    The guard is asked for every new connection, and the address that it vetted is connected to. Host header, server
    name and certificate stay those of the host, because HTTP above knows nothing of the address.
    """

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._sockets = SyncBackend()
        self._received = ByteCount()

    @property
    def received_bytes(self) -> int:
        """Bytes that have come over all connections, those of failed requests and of headers included."""
        return self._received.total

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> NetworkStream:
        """Return a connection to the first address of a host that answers.

        Raises:
            FetchError: The guard does not allow the host, or it is unknown, or was not found in time.
            httpcore2.ConnectError: No address answers.
            httpcore2.ConnectTimeout: The last address did not answer in time.
        """
        failure: Exception = ConnectError(f"{host} has no address")
        for address in self._guard.vetted_addresses(host, port, timeout_seconds=_time_left(timeout)):
            try:
                stream = self._sockets.connect_tcp(address, port, _time_left(timeout), local_address, socket_options)
            except (ConnectError, ConnectTimeout) as error:
                failure = error
            else:
                return _DeadlineStream(stream, self._received)
        raise failure


class ByteCount:
    """A sum that several threads add to."""

    def __init__(self) -> None:
        self.total = 0
        self._lock = Lock()

    def add(self, count: int) -> None:
        """Add a number of bytes."""
        with self._lock:
            self.total += count


class _DeadlineStream(NetworkStream):
    """A stream that waits no longer than the deadline of the context allows, and counts what it receives."""

    def __init__(self, stream: NetworkStream, received: ByteCount) -> None:
        self._stream = stream
        self._received = received

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, _time_left(timeout))
        self._received.add(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _time_left(timeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        secure = self._stream.start_tls(ssl_context, server_hostname, _time_left(timeout))
        return _DeadlineStream(secure, self._received)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as in httpcore2
        return self._stream.get_extra_info(info)

    def close(self) -> None:
        self._stream.close()


def _time_left(timeout: float | None) -> float:
    left = min(inf if timeout is None else timeout, _deadline.get() - monotonic())
    if left <= 0:
        raise ReadTimeout("the time for the page is up")
    return left
