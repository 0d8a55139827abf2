"""What several threads of a process use together: opened by the first of them, closed by the last."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar, cast

PartT = TypeVar("PartT")


@dataclass(slots=True)
class _Opened:
    manager: AbstractContextManager[Any]
    part: Any
    users: int = 0


class SharedParts:
    """Parts by keys. While one is being opened or closed, whoever wants one waits."""

    def __init__(self) -> None:
        self._opened: dict[Hashable, _Opened] = {}
        self._turn = Lock()

    @contextmanager
    def using(self, key: Hashable, opened: Callable[[], AbstractContextManager[PartT]]) -> Iterator[PartT]:
        """Yield the part of a key to this thread and to all others that use it at the same time.

        Args:
            key: Stands for the part; equal keys have to be given equal functions.
            opened: Opens the part, if nobody uses it; what it raises is raised, and the next one tries anew.
        """
        part = self._entered(key, opened)
        try:
            yield part
        finally:
            self._leave(key)

    def _entered(self, key: Hashable, opened: Callable[[], AbstractContextManager[PartT]]) -> PartT:
        with self._turn:
            if key not in self._opened:
                manager = opened()
                self._opened[key] = _Opened(manager, manager.__enter__())
            found = self._opened[key]
            found.users += 1
            return cast("PartT", found.part)

    def _leave(self, key: Hashable) -> None:
        with self._turn:
            found = self._opened[key]
            found.users -= 1
            if not found.users:
                del self._opened[key]
                found.manager.__exit__(None, None, None)
