"""What an index of some size takes: `python -m benchmarks.sizing --help`.

Nothing is measured here. The figures of other benchmarks, as docs/performance.md has them, are multiplied, and prices
are those that you give.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import click

# --- Measured: docs/performance.md says on what ----------------------------------------------------------------------
CHUNKS_PER_DOCUMENT: Final = 1_833 / 76
"""Of the articles that `benchmarks.feature_pipeline` embeds."""
TOKENS_PER_CHUNK: Final = 318_291 / 1_833
FLOAT32_TOKENS_PER_SECOND: Final = 3_710
"""Of one core, with the default model."""
BFLOAT16_TOKENS_PER_SECOND: Final = 9_170
PAGE_SECONDS: Final = 0.082
"""Time of a processor for fetching a news page, extracting its article and storing it, by `benchmarks.crawl`."""
WRITE_SECONDS: Final = 2 * 527 / 200_000
"""Time of a processor for writing a chunk: 527 s on two cores for 200,000 and a graph, by `benchmarks.index_growth`."""
DISK_BYTES: Final = 853_000_000 / 200_000
"""Of a chunk with its text, vector and terms, by `benchmarks.index_growth`."""
TERM_BYTES: Final = 2_400
"""Of memory that the terms of a chunk take at most, in Qdrant Edge; on a server it was not measured."""

# --- Assumed ---------------------------------------------------------------------------------------------------------
DIMENSIONS: Final = 384
OVERHEAD: Final = 1.5
"""What Qdrant's manual reckons for the graph and the rest, as a multiple of the vectors."""
MONTH_HOURS: Final = 730
HEADROOM: Final = 1.5
"""How much more memory and disk a server is given than is in use: for merging segments, and for growing."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What machines cost, in any one currency."""

    core_hour: float = 0.05
    memory_gigabyte_hour: float = 0.005
    disk_gigabyte_month: float = 0.10


@dataclass(frozen=True, slots=True)
class Plan:
    """The machines for an index of one size."""

    chunks: int
    building_cores: int
    """Cores that crawl and embed together."""
    replicas: int
    """Copies of each vector on the servers; 0: everything is embedded in the process that asks."""


@dataclass(frozen=True, slots=True)
class Size:
    """What an index takes."""

    plan: Plan
    documents: int
    float32_core_hours: float
    """For crawling, embedding in float32 and writing, once."""
    bfloat16_core_hours: float
    building_hours: float
    """How long that takes in float32 on the cores of the plan, if they are never idle."""
    memory_gigabytes: float
    """For vectors and graph in float32, and for terms, of all replicas."""
    rounded_memory_gigabytes: float
    """The same with a byte per number in memory, and float32 on the disk."""
    disk_gigabytes: float
    building_cost: float
    month_cost: float | None
    """Of Qdrant's servers, rounded vectors in memory; None where there are none."""


PLANS: Final = (
    Plan(10_000, 2, 0),
    Plan(100_000, 2, 0),
    Plan(1_000_000, 8, 1),
    Plan(10_000_000, 32, 2),
    Plan(100_000_000, 256, 2),
    Plan(1_000_000_000, 2_048, 2),
)
CORES_PER_GIGABYTE: Final = 1 / 4
"""Of a server's memory, as general-purpose machines have them; 2 cores at least."""


def size_of(plan: Plan, prices: Prices) -> Size:
    """Return what an index takes by a plan, and what that costs."""
    documents = round(plan.chunks / CHUNKS_PER_DOCUMENT)
    tokens = plan.chunks * TOKENS_PER_CHUNK
    other_seconds = documents * PAGE_SECONDS + plan.chunks * WRITE_SECONDS
    float32 = (tokens / FLOAT32_TOKENS_PER_SECOND + other_seconds) / 3600
    copies = max(1, plan.replicas)
    vectors, terms = (plan.chunks * each * copies / 1e9 for each in (DIMENSIONS * OVERHEAD, TERM_BYTES))
    disk = plan.chunks * DISK_BYTES * copies / 1e9
    return Size(
        plan=plan,
        documents=documents,
        float32_core_hours=float32,
        bfloat16_core_hours=(tokens / BFLOAT16_TOKENS_PER_SECOND + other_seconds) / 3600,
        building_hours=float32 / plan.building_cores,
        memory_gigabytes=4 * vectors + terms,
        rounded_memory_gigabytes=vectors + terms,
        disk_gigabytes=disk,
        building_cost=float32 * prices.core_hour,
        month_cost=_month_cost((vectors + terms) * HEADROOM, disk * HEADROOM, plan, prices) if plan.replicas else None,
    )


def _month_cost(memory: float, disk: float, plan: Plan, prices: Prices) -> float:
    cores = max(2 * plan.replicas, memory * CORES_PER_GIGABYTE)
    running = cores * prices.core_hour + memory * prices.memory_gigabyte_hour
    return running * MONTH_HOURS + disk * prices.disk_gigabyte_month


def table(sizes: Sequence[Size]) -> list[str]:
    """Return the lines of a table in Markdown."""
    heads = (
        "Chunks", "Documents", "Core hours, float32", "bfloat16", "Cores", "Hours", "Memory, float32", "rounded",
        "Disk", "Building", "A month",
    )  # fmt: skip
    rows = [
        (
            f"{size.plan.chunks:,}",
            f"{size.documents:,}",
            number(size.float32_core_hours),
            number(size.bfloat16_core_hours),
            f"{size.plan.building_cores:,}",
            number(size.building_hours),
            f"{number(size.memory_gigabytes)} GB",
            f"{number(size.rounded_memory_gigabytes)} GB",
            f"{number(size.disk_gigabytes)} GB",
            number(size.building_cost),
            "-" if size.month_cost is None else number(size.month_cost),
        )
        for size in sizes
    ]
    return ["| " + " | ".join(row) + " |" for row in (heads, ("---",) * len(heads), *rows)]


def number(value: float) -> str:
    """Return a number with two significant digits: more would promise too much."""
    digits = 2 - len(f"{int(value)}") if value >= 1 else 2
    return f"{round(value, digits):,.{max(0, digits)}f}"


@click.command(
    context_settings={"max_content_width": 120},
    help="""Print what an index of 10,000 to 1,000,000,000 chunks takes, by figures that other benchmarks measured.

    \b
    Examples:
      python -m benchmarks.sizing
      python -m benchmarks.sizing --core-hour 0.03 --memory-gigabyte-hour 0.004""",
)
@click.option("--core-hour", type=click.FloatRange(0), default=0.05, show_default=True)
@click.option("--memory-gigabyte-hour", type=click.FloatRange(0), default=0.005, show_default=True)
@click.option("--disk-gigabyte-month", type=click.FloatRange(0), default=0.10, show_default=True)
def main(core_hour: float, memory_gigabyte_hour: float, disk_gigabyte_month: float) -> None:
    """Print the table."""
    prices = Prices(core_hour, memory_gigabyte_hour, disk_gigabyte_month)
    print("\n".join(table([size_of(plan, prices) for plan in PLANS])))


if __name__ == "__main__":
    main()
