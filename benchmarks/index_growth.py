"""What an index costs as it grows: `python -m benchmarks.index_growth --help`.

The chunks, their vectors and their terms are made up (`benchmarks.synthetic_chunks`), so that what is measured is the
vector store behind the project's own adapter. Each store grows in a process of its own, one after the other.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import click

from benchmarks.growing_store import STORES, Growth, Latency
from benchmarks.log_plot import LogPlot, svg
from tools.console import configured_console, told_errors

SIZES: Final = (1_000, 5_000, 20_000, 50_000, 100_000, 200_000)
LOCAL_SIZES: Final = 20_000
"""The local mode says itself that it is not made for more, and takes a second and a half for each further 1,000."""
_KINDS: Final = ("passages", "passages, one author", "candidates", "candidates, one author")


@click.command(help="Build time, query times, disk and memory of an index at growing sizes.")
@click.option("--sizes", default=",".join(map(str, SIZES)), show_default=True, help="Numbers of chunks, ascending.")
@click.option("--local-up-to", type=click.IntRange(min=0), default=LOCAL_SIZES, show_default=True)
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="SVG file to write.")
@told_errors
def main(sizes: str, local_up_to: int, plot: Path | None) -> None:
    """Print the table and draw the plot."""
    configured_console(level="WARNING")
    numbers = [int(size) for size in sizes.split(",")]
    click.echo(
        f"{'':22}{'chunks':>8}{'build s':>9}{'disk MB':>9}{'RAM MB':>8}"
        + "".join(f"{k:>25}" for k in _KINDS)
        + f"{'found':>24}"
    )
    measured = []
    for name in STORES:
        bearable = [size for size in numbers if name == "Qdrant Edge" or size <= local_up_to]
        for growth in measured_growths(name, bearable):
            click.echo(row(growth))
            measured.append(growth)
    click.echo("Queries: p50 / p99 in ms. passages: the 10 nearest; candidates: 100 by meaning and 100 by words.")
    click.echo("found: share of the truly 10 and 100 nearest that a search finds, then those of one author, in %.")
    if plot is not None:
        plot.write_text(svg(plots(measured)), encoding="utf-8")


def measured_growths(name: str, sizes: Sequence[int]) -> Iterator[Growth]:
    """Yield how a store does at each size, as its process tells it."""
    if not sizes:
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.growing_store", name, folder, *map(str, sizes)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout or ():
                values = json.loads(line)
                queries = {kind: Latency(**latency) for kind, latency in values.pop("queries").items()}
                yield Growth(**values, queries=queries)
    if process.returncode:
        raise RuntimeError(f"the process of {name} ended with status {process.returncode}")


def row(growth: Growth) -> str:
    """Return a line of the printed table."""
    costs = f"{growth.build_seconds:>9.1f}{growth.disk_megabytes:>9.0f}{growth.memory_megabytes:>8.0f}"
    times = [f"{latency.p50:.2f} / {latency.p99:.2f}" for latency in map(growth.queries.__getitem__, _KINDS)]
    found = " ".join(f"{100 * share:.1f}" for share in growth.found.values())
    return f"{growth.store:22}{growth.points:>8,}{costs}" + "".join(f"{each:>25}" for each in times) + f"{found:>24}"


def plots(measured: Sequence[Growth]) -> list[LogPlot]:
    """Return what is drawn: build time, room, and the queries with and without a filter."""
    figures: dict[str, Callable[[Growth], float]] = {
        "Build time, s": lambda growth: growth.build_seconds,
        "Disk, MB": lambda growth: growth.disk_megabytes,
        **{f"Query p50, ms: {kind}": partial(_median, kind) for kind in _KINDS},
    }
    return [LogPlot(title, "chunks", _lines(measured, figure)) for title, figure in figures.items()]


def _median(kind: str, growth: Growth) -> float:
    return growth.queries[kind].p50


def _lines(measured: Sequence[Growth], figure: Callable[[Growth], float]) -> dict[str, list[tuple[float, float]]]:
    lines: dict[str, list[tuple[float, float]]] = {}
    for growth in measured:
        lines.setdefault(growth.store, []).append((growth.points, figure(growth)))
    return lines


if __name__ == "__main__":
    main()
