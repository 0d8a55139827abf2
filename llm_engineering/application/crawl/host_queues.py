"""Which link is visited next: hosts take turns, and none is asked by too many at once."""

from collections import Counter, OrderedDict, deque
from typing import Generic, TypeVar

TaskT = TypeVar("TaskT")


class HostQueues(Generic[TaskT]):
    """Tasks that wait for their host.

    Tasks of one host come in the order in which they were added; hosts take turns, so that a large site does not keep
    the others waiting. Not safe for use by several threads.

    Args:
        per_host: Most tasks of one host that are under way at the same time.
    """

    def __init__(self, per_host: int) -> None:
        self._per_host = per_host
        self._waiting: OrderedDict[str, deque[TaskT]] = OrderedDict()
        self._active: Counter[str] = Counter()

    def __len__(self) -> int:
        """Return how many tasks wait."""
        return sum(map(len, self._waiting.values()))

    @property
    def active(self) -> int:
        """How many tasks are under way."""
        return self._active.total()

    def add(self, host: str, task: TaskT) -> None:
        """Let a task wait for its host."""
        self._waiting.setdefault(host, deque()).append(task)

    def started(self) -> TaskT | None:
        """Return the next task, which is under way from now on; None if none waits whose host is free."""
        free = next((host for host in self._waiting if self._active[host] < self._per_host), None)
        if free is None:
            return None
        tasks = self._waiting[free]
        task = tasks.popleft()
        self._waiting.move_to_end(free)
        if not tasks:
            del self._waiting[free]
        self._active[free] += 1
        return task

    def ended(self, host: str) -> None:
        """Take note that a task of a host is no longer under way."""
        self._active[host] -= 1

    def given_up(self, host: str) -> list[TaskT]:
        """Return the tasks that wait for a host, which are forgotten here."""
        return list(self._waiting.pop(host, ()))

    def drained(self) -> list[TaskT]:
        """Return all tasks that wait, which are forgotten here."""
        tasks = [task for tasks in self._waiting.values() for task in tasks]
        self._waiting.clear()
        return tasks
