"""The authors of the warehouse, for those who ask often."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Final

from llm_engineering.application.ports import USERS, DocumentStore
from llm_engineering.application.warehouse.documents import author_from
from llm_engineering.domain.authors import Author

_FRESH_SECONDS: Final = 10.0


class KnownAuthors:
    """Reads all authors and remembers them for a while; a new one is known some seconds later.

    Args:
        store: The warehouse.
        clock: Returns seconds that only grow.
    """

    def __init__(self, store: DocumentStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._reading = Lock()
        self._authors: tuple[Author, ...] = ()
        self._stale_at = float("-inf")

    def all(self) -> tuple[Author, ...]:
        """Return all authors in the order of their ids."""
        with self._reading:
            if self._clock() >= self._stale_at:
                self._authors = tuple(map(author_from, self._store.find(USERS, {})))
                self._stale_at = self._clock() + _FRESH_SECONDS
            return self._authors
