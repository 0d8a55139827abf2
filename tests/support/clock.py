"""A clock that goes only when somebody sleeps, so that no test waits."""

from threading import Lock


class SteppedClock:
    """A monotonic clock and the sleep that belongs to it; may be used by several threads at once."""

    def __init__(self) -> None:
        self.sleeps: list[float] = []
        """The seconds of each sleep, in order."""
        self._now = 1000.0
        self._lock = Lock()

    def now(self) -> float:
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.sleeps.append(seconds)
            self._now += seconds

    def pass_by(self, seconds: float) -> None:
        """Let time go by without a sleep."""
        with self._lock:
            self._now += seconds
