"""Says when a host may be asked for something: not too much at once, not too often, not while it wants a rest."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from threading import Lock, Semaphore
from typing import Final

from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.infrastructure.http_errors import TemporaryFetchError

DEFAULT_REQUESTS_PER_HOST: Final = 2
LONGEST_WAIT_SECONDS: Final = 60.0
"""A host that asks for a longer rest is left for another run."""


class HostRestingError(TemporaryFetchError):
    """A host has asked to be left alone for longer than a crawl waits."""

    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(
            FailureReason.RATE_LIMITED,
            f"The host {host[:100]!r} asks to be left alone for another {seconds:.0f} seconds.",
            retry_after_seconds=seconds,
        )
        self.host = host


@dataclass(slots=True)
class _Host:
    free: Semaphore
    """Counts the requests that may be made besides those that are under way."""
    delay_seconds: float
    last_start: float = -inf
    rests_until: float = -inf


class HostPace:
    """Lets requests wait for their turn. May be used by several threads at once.

    Args:
        requests_per_host: Most requests to one host that are under way at the same time.
        delay_seconds: Least time between the starts of two requests to a host.
        longest_wait_seconds: Longest rest of a host that is waited for.
        clock: Returns the seconds of a clock that only goes forward.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        *,
        requests_per_host: int = DEFAULT_REQUESTS_PER_HOST,
        delay_seconds: float = 0.0,
        longest_wait_seconds: float = LONGEST_WAIT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.longest_wait_seconds = longest_wait_seconds
        self._requests_per_host = requests_per_host
        self._delay_seconds = delay_seconds
        self._clock = clock
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}
        self._lock = Lock()

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait until a host may be asked; the request is made in the `with` block.

        Raises:
            HostRestingError: It would be too long.
        """
        state = self._state(host)
        with state.free:
            while (wait := self._wait_seconds(host, state)) > 0:
                self._sleep(wait)
            yield

    def slow_down(self, host: str, delay_seconds: float) -> None:
        """Leave at least so much time between the starts of requests to a host from now on."""
        state = self._state(host)
        with self._lock:
            state.delay_seconds = max(state.delay_seconds, delay_seconds)

    def rest(self, host: str, seconds: float) -> None:
        """Ask a host for nothing for so long, whoever wants to."""
        state = self._state(host)
        with self._lock:
            state.rests_until = max(state.rests_until, self._clock() + seconds)

    def _state(self, host: str) -> _Host:
        with self._lock:
            if host not in self._hosts:
                self._hosts[host] = _Host(Semaphore(self._requests_per_host), self._delay_seconds)
            return self._hosts[host]

    def _wait_seconds(self, host: str, state: _Host) -> float:
        """Return how long to wait before asking again; 0 if the turn has come, which counts as a start."""
        with self._lock:
            now = self._clock()
            rest = state.rests_until - now
            if rest > self.longest_wait_seconds:
                raise HostRestingError(host, rest)
            wait = max(rest, state.last_start + state.delay_seconds - now, 0.0)
            if wait == 0.0:
                state.last_start = now
            return wait
