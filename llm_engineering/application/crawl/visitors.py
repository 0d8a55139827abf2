"""Threads that visit links and hand on what they read, in pieces that fit in memory."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Final

from loguru import logger

from llm_engineering.application.crawl.dispatcher import Dispatcher
from llm_engineering.application.crawl.fetching import FailureReason, LinkFailedError
from llm_engineering.application.crawl.names import CrawlerName
from llm_engineering.application.crawl.visits import Item, Visit, Visited, VisitEnd
from llm_engineering.domain.documents import RawDocument

_PIECE_ITEMS: Final = 100
_PIECE_CHARACTERS: Final = 2_000_000
"""A piece is handed on when it has so many items or characters."""
_STOP_CHECK_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class Task:
    """A visit that is to be made, and what is to make it."""

    visit: Visit
    crawler: CrawlerName | None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of what a visit has yielded; with `end`, the last one."""

    task: Task
    items: tuple[Item, ...]
    end: VisitEnd | LinkFailedError | None = None
    """How the visit ended, if it has."""


class Visitors:
    """Threads that make visits at the same time.

    What they yield waits in a queue of limited length: visits go no faster than their results are taken.

    Args:
        crawlers: Read the links.
        count: Number of threads.
    """

    def __init__(self, crawlers: Dispatcher, count: int) -> None:
        self._crawlers = crawlers
        self._tasks: Queue[Task] = Queue()
        self._pieces: Queue[Piece] = Queue(maxsize=2 * count)
        self._is_closed = Event()
        # Daemons: a thread that waits for a slow server must not keep a program alive that was told to stop.
        self._threads = [Thread(target=self._work, name=f"visitor-{n}", daemon=True) for n in range(count)]
        for thread in self._threads:
            thread.start()

    def begin(self, task: Task) -> None:
        """Let a thread make a visit as soon as one is free."""
        self._tasks.put(task)

    def pieces(self) -> list[Piece]:
        """Return what has been read since the last call, in order; waits until there is something."""
        ready = [self._pieces.get()]
        while len(ready) < self._pieces.maxsize:
            try:
                ready.append(self._pieces.get_nowait())
            except Empty:
                break
        return ready

    def close(self) -> None:
        """Stop: what is under way is given up as soon as it yields, and its results are lost."""
        self._is_closed.set()

    def _work(self) -> None:
        while not self._is_closed.is_set():
            try:
                task = self._tasks.get(timeout=_STOP_CHECK_SECONDS)
            except Empty:
                continue
            self._visit(task)

    def _visit(self, task: Task) -> None:
        end: VisitEnd | LinkFailedError
        rest: list[Item] = []
        try:
            crawler = self._crawlers.crawler_for(task.visit.link, task.crawler)
            with closing(crawler.crawl(task.visit)) as visited:
                collector = _Collector(visited)
                rest = collector.rest
                for items in collector.full_pieces(self._is_closed):
                    if not self._handed_on(Piece(task, items)):
                        return
                end = collector.end
        except LinkFailedError as error:
            end = error
        except BaseException as error:  # noqa: BLE001 - a defect in reading one page must not cost the other thousands
            logger.opt(exception=error).error("{link} cannot be read", link=task.visit.link.address)
            end = _defect(task, error)
        self._handed_on(Piece(task, tuple(rest), end))

    def _handed_on(self, piece: Piece) -> bool:
        """Return whether a piece was handed on; if not, nobody waits for it any more."""
        while not self._is_closed.is_set():
            try:
                self._pieces.put(piece, timeout=_STOP_CHECK_SECONDS)
            except Full:
                continue
            return True
        return False


class _Collector:
    """Takes what a visit yields, and keeps what has not been handed on when it fails."""

    def __init__(self, visited: Visited) -> None:
        self._visited = visited
        self.rest: list[Item] = []
        self.end = VisitEnd()

    def full_pieces(self, is_closed: Event) -> Iterator[tuple[Item, ...]]:
        """Yield pieces as they become full; what remains is in `rest`, and how it ended in `end`."""
        characters = 0
        while not is_closed.is_set():
            try:
                item = next(self._visited)
            except StopIteration as stop:
                self.end = stop.value
                return
            self.rest.append(item)
            characters += len(item.content.text) if isinstance(item, RawDocument) else 0
            if len(self.rest) >= _PIECE_ITEMS or characters >= _PIECE_CHARACTERS:
                yield tuple(self.rest)
                self.rest.clear()
                characters = 0


def _defect(task: Task, error: BaseException) -> LinkFailedError:
    return LinkFailedError(
        FailureReason.CRAWLER_FAILED,
        f"Reading {task.visit.link.address} failed unexpectedly: {type(error).__name__}: {str(error)[:200]}.",
        remedy="This is a defect: please report it with the link. The log has the traceback.",
    )
