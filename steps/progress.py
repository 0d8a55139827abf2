"""Progress bars for long steps."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from loguru import logger
from rich.console import Console
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

if TYPE_CHECKING:
    from llm_engineering.application.crawl.crawl import CrawlProgress
    from llm_engineering.application.train.trainer import TrainingProgress


@contextmanager
def progress_bar(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yield a function that moves the bar on by a number of items.

    The bar goes to standard error; where that is no terminal, only its final state is printed.
    """
    with Progress(*_columns(), console=Console(stderr=True), disable=total == 0) as progress:
        task = progress.add_task(title, total=total)
        yield lambda advanced: progress.advance(task, advanced)


def _columns() -> tuple[ProgressColumn, ...]:
    return (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )


def told(text: str) -> None:
    """Tell what another machine does."""
    logger.info("{text}", text=text)


def told_log(line: str) -> None:
    """Tell a line of the log of another machine."""
    logger.info("| {line}", line=line)


class GrowingBar:
    """A bar whose end is found on the way; nothing is shown before the first item is expected."""

    def __init__(self, progress: Progress, title: str) -> None:
        self._progress = progress
        self._title = title
        self._tasks: list[TaskID] = []
        self._expected = 0

    def expect(self, more: int) -> None:
        """Move the end on."""
        self._expected += more
        if more and not self._tasks:
            self._tasks.append(self._progress.add_task(self._title))
        for task in self._tasks:
            self._progress.update(task, total=self._expected)

    def advance(self, done: int) -> None:
        """Move the bar on."""
        for task in self._tasks:
            self._progress.advance(task, done)


@contextmanager
def growing_bar(title: str) -> Iterator[GrowingBar]:
    """Yield a bar like that of `progress_bar`."""
    with Progress(*_columns(), console=Console(stderr=True)) as progress:
        yield GrowingBar(progress, title)


@contextmanager
def crawl_progress(title: str) -> Iterator[Callable[["CrawlProgress"], None]]:
    """Yield a function that shows how far a crawl is: pages, bytes and failures; more pages may be found on the way."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[received]}"),
        TextColumn("{task.fields[failed]} failed"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(title, total=None, received=decimal(0), failed=0)

        def show(crawl: "CrawlProgress") -> None:
            progress.update(
                task,
                completed=crawl.visited,
                total=crawl.visited + crawl.waiting,
                received=decimal(crawl.received_bytes),
                failed=crawl.failed,
            )

        yield show


@contextmanager
def training_progress() -> Iterator[Callable[["TrainingProgress"], None]]:
    """Yield a function that shows how far a training is: a bar, loss, speed, memory and time left for each stage."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[told]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def show(progress: "TrainingProgress") -> None:
            name = progress.method.value
            if name not in tasks:
                # What a killed run did before is done, and says nothing about the time that is left.
                tasks[name] = bars.add_task(f"Training {name}", completed=progress.step, told="")
            bars.update(tasks[name], completed=progress.step, total=progress.steps, told=training_words(progress))

        yield show


def training_words(progress: "TrainingProgress") -> str:
    """Return loss, speed and memory of a training, as far as they are known."""
    told = (
        None if progress.loss is None else f"loss {progress.loss:.3f}",
        None if progress.tokens_per_second is None else f"{progress.tokens_per_second:,.0f} tokens/s",
        None if progress.memory_bytes is None else decimal(progress.memory_bytes),
    )
    return " ".join(filter(None, told))
