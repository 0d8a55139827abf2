"""Progress bars for long steps."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from llm_engineering.application.crawl.crawl import CrawlProgress


@contextmanager
def progress_bar(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yield a function that moves the bar on by a number of items.

    The bar goes to standard error; where that is no terminal, only its final state is printed.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=total == 0) as progress:
        task = progress.add_task(title, total=total)
        yield lambda advanced: progress.advance(task, advanced)


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
