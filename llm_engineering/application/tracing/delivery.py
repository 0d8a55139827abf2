"""Delivers things in a thread of its own, so that who hands them over never waits."""

from collections.abc import Callable, Sequence
from queue import Empty, Full, Queue
from threading import Event, Lock, Thread
from time import monotonic
from typing import Final, Generic, TypeVar

from loguru import logger

ItemT = TypeVar("ItemT")

CAPACITY: Final = 1_000
"""Most things that wait."""
BATCH: Final = 20
"""Most things that are delivered together."""


class Delivery(Generic[ItemT]):
    """A queue of limited length and the thread that empties it, which is started with the first thing.

    What does not fit in, and what cannot be delivered, is dropped and counted. The first drop of each kind is logged,
    the sum when it is closed.

    Args:
        what: What is delivered, in the plural, for the log.
        deliver: Delivers some things. An error that it raises drops all of them.
        capacity: Most things that wait.
        told: How an error is told; it must not hold a secret.
    """

    def __init__(
        self,
        what: str,
        deliver: Callable[[Sequence[ItemT]], None],
        *,
        capacity: int = CAPACITY,
        told: Callable[[Exception], str] = str,
    ) -> None:
        self._what = what
        self._deliver = deliver
        self._told = told
        self._waiting: Queue[ItemT] = Queue(capacity)
        self._lock = Lock()
        self._thread: Thread | None = None
        self._kinds: set[str] = set()
        self._under_way = 0
        self.dropped = 0
        """How many things were not delivered."""
        self.closing = Event()
        """Set once it is closed: a delivery that waits for something should give up."""
        self._is_idle = Event()
        self._is_idle.set()

    def put(self, item: ItemT) -> None:
        """Take a thing; neither blocks nor raises."""
        with self._lock:
            if self.closing.is_set():
                self._drop(1, "closed", "it is closed")
                return
            if self._thread is None:
                self._thread = Thread(target=self._run, name=f"delivery of {self._what}", daemon=True)
                self._thread.start()
            try:
                self._waiting.put_nowait(item)
            except Full:
                self._drop(1, "full", f"{self._waiting.maxsize:,} are waiting already")
            else:
                self._is_idle.clear()

    def flushed(self, timeout_seconds: float) -> bool:
        """Wait until everything that was taken is delivered or dropped; return whether that was in time."""
        return self._is_idle.wait(timeout_seconds)

    def close(self, timeout_seconds: float) -> None:
        """Take nothing more, deliver what waits for as long as that may take, drop the rest; safe to call twice."""
        ends = monotonic() + timeout_seconds
        self._is_idle.wait(timeout_seconds)
        with self._lock:
            was_closed, thread = self.closing.is_set(), self._thread
            self.closing.set()
        if thread is not None:
            # It notices at its next look at the queue; what it is in the middle of may outlive the time.
            thread.join(max(ends - monotonic(), _LOOK_SECONDS * 2))
        left = len(_emptied(self._waiting))
        with self._lock:
            if thread is not None and thread.is_alive():
                left += self._under_way
            if left and not was_closed:
                self._drop(left, "late", f"they were not delivered within {timeout_seconds:g} s")
            if self.dropped and not was_closed:
                logger.warning("{dropped} {what} were not delivered.", dropped=self.dropped, what=self._what)
        self._is_idle.set()

    def _run(self) -> None:
        while not self.closing.is_set():
            batch = self._batch()
            self._under_way = len(batch)
            if batch:
                self._try(batch)
            self._under_way = 0
            with self._lock:
                if self._waiting.empty():
                    self._is_idle.set()

    def _batch(self) -> list[ItemT]:
        try:
            batch = [self._waiting.get(timeout=_LOOK_SECONDS)]
        except Empty:
            return []
        while len(batch) < BATCH:
            try:
                batch.append(self._waiting.get_nowait())
            except Empty:
                break
        return batch

    def _try(self, batch: Sequence[ItemT]) -> None:
        try:
            self._deliver(batch)
        except Exception as error:  # noqa: BLE001 - the thread has to live on; it is counted and told
            with self._lock:
                self._drop(len(batch), type(error).__name__, self._told(error))

    def _drop(self, number: int, kind: str, why: str) -> None:
        self.dropped += number
        if kind not in self._kinds:
            self._kinds.add(kind)
            logger.warning(
                "Some {what} are not delivered: {why} Further ones are only counted.",
                what=self._what,
                why=why if why.endswith(".") else f"{why}.",
            )


_LOOK_SECONDS: Final = 0.05
"""How often the thread looks whether it is to end."""


def _emptied(queue: Queue[ItemT]) -> list[ItemT]:
    left: list[ItemT] = []
    while True:
        try:
            left.append(queue.get_nowait())
        except Empty:
            return left
