"""Pages per minute and memory of a crawl, beside Scrapy with trafilatura: `python -m benchmarks.crawl --help`.

Both read the same blog on loopback, which answers each request after 50 ms: its robots.txt, its sitemap, then every
page, so many at a time; both extract the article with what the page says of it, and store it in SQLite as durably. Each
runs in a process of its own and is timed from its start to its end, imports included; memory is the most that the
process had resident (`getrusage`). The time of the processor per page is told too: other programs disturb it less.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import click

from benchmarks.blog_site import running_blog
from tools.console import configured_console, told_errors

_CONTENDERS = {"project": "benchmarks.project_crawl", "Scrapy + trafilatura": "benchmarks.scrapy_crawl"}


@dataclass(frozen=True, slots=True)
class Measurement:
    """One crawl."""

    stored: int
    """Articles in the store afterwards."""
    seconds: float
    peak_megabytes: float
    cpu_seconds: float
    """Time of all threads on the processor."""

    @property
    def pages_per_minute(self) -> float:
        """Articles that were fetched, extracted and stored in a minute."""
        return self.stored / self.seconds * 60

    @property
    def cpu_milliseconds_per_page(self) -> float:
        """Time on the processor for each article in the store."""
        return self.cpu_seconds / self.stored * 1000


def measured(module: str, address: str, concurrency: int) -> Measurement:
    """Return what one contender does with the blog, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "articles.sqlite3"
        started = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-m", module, address, str(database), str(concurrency)])
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise click.ClickException(f"{module} ended with {process.returncode}.")
        kilobytes = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
        return Measurement(_stored(database), seconds, kilobytes / 1024, usage.ru_utime + usage.ru_stime)


def _stored(database: Path) -> int:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])


def table(measurements: Mapping[str, Sequence[Measurement]]) -> list[str]:
    """Return the lines of the printed table: medians over the rounds, and the ratio of the first contender."""
    lines = [f"{'':<24}{'articles':>10}{'pages/min':>12}{'peak MB':>10}{'CPU ms/page':>14}"]
    medians = []
    for name, rounds in measurements.items():
        rate = median(each.pages_per_minute for each in rounds)
        memory = median(each.peak_megabytes for each in rounds)
        cpu = median(each.cpu_milliseconds_per_page for each in rounds)
        medians.append((rate, memory, cpu))
        lines.append(f"{name:<24}{rounds[0].stored:>10,}{rate:>12,.0f}{memory:>10.0f}{cpu:>14.1f}")
    rate, memory, cpu = (own / other for own, other in zip(*medians, strict=True))
    lines.append(f"{'ratio':<24}{'':>10}{rate:>12.2f}{memory:>10.2f}{cpu:>14.2f}")
    return lines


@click.command(help="Measure a crawl of a blog on loopback beside Scrapy with trafilatura.")
@click.option("--pages", default=1000, show_default=True, help="Pages of the blog.")
@click.option("--latency", default=0.05, show_default=True, help="Seconds before each answer of the blog.")
@click.option("--concurrency", default=16, show_default=True, help="Requests at the same time, for both.")
@click.option("--rounds", default=3, show_default=True, help="How often each is measured, in turns.")
@click.option(
    "--html",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of *.html.gz pages to serve instead of generated ones.",
)
@told_errors
def main(pages: int, latency: float, concurrency: int, rounds: int, html: Path | None) -> None:
    """Print the figures."""
    configured_console(level="WARNING")
    measurements: dict[str, list[Measurement]] = {name: [] for name in _CONTENDERS}
    with running_blog(pages, latency, html) as address:
        for _ in range(rounds):
            for name, module in _CONTENDERS.items():
                measurements[name].append(measured(module, address, concurrency))
    print(f"{pages} pages at {latency * 1000:.0f} ms, {concurrency} at a time, median of {rounds}")
    print("\n".join(table(measurements)))


if __name__ == "__main__":
    main()
