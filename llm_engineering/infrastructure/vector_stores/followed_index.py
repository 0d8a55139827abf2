"""The live collection of an index, also after another one has gone live.

Whoever answers for days cannot be started anew for each index that is built meanwhile, and a collection that was live
is deleted some switches later.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread
from typing import Final, NamedTuple

from loguru import logger

from llm_engineering.application.ports import FacetField, VectorStore
from llm_engineering.domain.chunks import Candidate, ChunkFilter, EmbeddedQuestion
from llm_engineering.domain.errors import TwinError

Clock = Callable[[], float]

_JOIN_SECONDS: Final = 5.0


class _Retired(NamedTuple):
    """A collection that was live until a moment."""

    name: str
    store: VectorStore
    since: float


class FollowedIndex:
    """A `SearchableIndex` whose calls go to the collection that was live at the last look; safe for several threads.

    Args:
        live: Returns the name of the collection that is live now, or raises a `TwinError` if there is none to ask.
        opened: Opens a collection by its name, or raises a `TwinError` if questions cannot be answered from it.
        linger_seconds: How long a collection that is not live any more stays open: whoever has found something in it
            reads it from there.
        clock: Seconds that only go up.

    Raises:
        TwinError: The live collection cannot be opened.
    """

    def __init__(
        self,
        live: Callable[[], str],
        opened: Callable[[str], VectorStore],
        *,
        linger_seconds: float,
        clock: Clock = time.monotonic,
    ) -> None:
        self._live = live
        self._opened = opened
        self._linger_seconds = linger_seconds
        self._clock = clock
        self._looking = Lock()
        self._retired: list[_Retired] = []
        self._told = ""
        """The problem that was logged last: it is logged once, not at each look."""
        self._name = live()
        self._current = opened(self._name)

    @property
    def location(self) -> str:
        """Where the collection lies, for people to read."""
        return self._current.location

    def count(self, where: ChunkFilter) -> int:
        """Return the exact number of chunks that pass the filter."""
        return self._current.count(where)

    def counts_by(self, field: FacetField) -> dict[str, int]:
        """Return how many chunks have each value of a field."""
        return self._current.counts_by(field)

    def candidates(self, question: EmbeddedQuestion, *, depth: int, where: ChunkFilter) -> list[Candidate]:
        """Return the chunks that pass the filter and are among the `depth` closest in meaning or best by words."""
        return self._current.candidates(question, depth=depth, where=where)

    def look(self) -> None:
        """See which collection is live, and answer from it from now on.

        One that cannot be opened (yet: it may still be held by who has built it, or made with another embedding model)
        is told of in the log, and answers go on coming from the last one.
        """
        with self._looking:
            self._close_retired(self._clock() - self._linger_seconds)
            try:
                name = self._live()
                if name == self._name:
                    self._told = ""
                    return
                store = self._reopened(name) or self._opened(name)
            except TwinError as error:
                self._tell(error)
                return
            self._retired.append(_Retired(self._name, self._current, self._clock()))
            self._current, self._name, self._told = store, name, ""
            logger.info("Answers come from {location} now.", location=store.location)

    def close(self) -> None:
        """Close all collections; safe to call twice."""
        with self._looking:
            self._close_retired(self._clock())
            self._current.close()

    def _reopened(self, name: str) -> VectorStore | None:
        """Return a collection that was live and is still open; of Qdrant Edge none is opened twice."""
        for each in self._retired:
            if each.name == name:
                self._retired.remove(each)
                return each.store
        return None

    def _close_retired(self, until: float) -> None:
        for each in [each for each in self._retired if each.since <= until]:
            self._retired.remove(each)
            try:
                each.store.close()
            except TwinError as error:
                logger.warning("{location}: {error}", location=each.store.location, error=str(error))

    def _tell(self, error: TwinError) -> None:
        if str(error) != self._told:
            self._told = str(error)
            logger.warning("Answers go on coming from {location}: {error}", location=self.location, error=self._told)


@contextmanager
def following(index: FollowedIndex, every_seconds: float) -> Iterator[FollowedIndex]:
    """Yield an index that looks by itself which collection is live, in a thread of its own; it is closed at the end."""
    ended = Event()

    def looked_again_and_again() -> None:
        while not ended.wait(every_seconds):
            try:
                index.look()
            except Exception as error:  # noqa: BLE001 - the thread has to live on, and there is nobody to raise it to
                logger.opt(exception=error).error("It could not be seen which index is live.")

    looking = Thread(target=looked_again_and_again, name="following the live index", daemon=True)
    looking.start()
    try:
        yield index
    finally:
        ended.set()
        looking.join(_JOIN_SECONDS)
        index.close()
