"""Tokens per second and memory of a training beside TRL's plain script: `python -m benchmarks.training --help`.

Both train the same Llama with random weights on the same instruct and preference samples, by LoRA, in the same
precision, batch and number of steps; each run is a process of its own, and they take turns. Measured are the tokens
between the first and the last step, so that loading counts for neither. The plain script gives TRL messages and its own
templates, writes no checkpoint and tells nobody of its progress; ours writes one in the middle, and that counts. On a
machine with neighbours, look at the tokens per second of the processor; where a GPU computes, at those of the clock.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, Final

import click

from benchmarks.training_runs import ROLES, SIZES, prepared
from tools.console import configured_console, told_errors

_METHODS: Final = ("sft", "dpo")


@click.command(context_settings={"max_content_width": 120})
@click.option(
    "--size", type=click.Choice(sorted(SIZES)), default="tiny", show_default=True, help="tiny for a CPU, 1b for a GPU."
)
@click.option("--steps", type=click.IntRange(min=4), default=20, show_default=True, help="Updates of each stage.")
@click.option(
    "--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="Runs of each; medians are compared."
)
@told_errors
def main(size: str, steps: int, rounds: int) -> None:
    """Print tokens per second and peak memory of both, and the ratios, as JSON."""
    configured_console("WARNING")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        prepared(folder, SIZES[size])
        found: dict[str, list[dict[str, Any]]] = {role: [] for role in ROLES}
        for number in range(rounds):
            for role in ROLES if number % 2 == 0 else reversed(ROLES):
                found[role].append(_run(role, size, steps, folder / f"{role}-{number}", folder))
        print(json.dumps(_compared(found, size, steps), indent=2))


def _run(role: str, size: str, steps: int, place: Path, folder: Path) -> dict[str, Any]:
    """Return the figures of one process."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.training_runs", role, size, str(steps), str(place), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.ClickException(f"{role} ended with {done.returncode}: {done.stderr[-2000:]}")
    click.echo(f"{role}: {time.perf_counter() - started:.0f} s", err=True)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _compared(found: dict[str, list[dict[str, Any]]], size: str, steps: int) -> dict[str, Any]:
    result: dict[str, Any] = {"size": size, "steps": steps, "rounds": len(found["ours"])}
    for method in _METHODS:
        for figure in ("tokens_per_second", "tokens_per_cpu_second", "peak_memory_mb"):
            medians = {role: median(run[method][figure] for run in runs) for role, runs in found.items()}
            ratio = round(medians["ours"] / medians["plain"], 3)
            result[f"{method}_{figure}"] = {
                **{role: round(value, 1) for role, value in medians.items()},
                "ratio": ratio,
            }
    return result


if __name__ == "__main__":
    main()
