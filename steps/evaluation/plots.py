"""Plots as SVG, readable on light and dark screens: they take their colours from the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from llm_engineering.application.retrieve.metrics import Interval

_ROW: Final = 30
_LABELS: Final = 210
"""Width of the column of names, in pixels."""
_PLOT: Final = 420
_VALUES: Final = 190
_TOP: Final = 26
_BAR_HEIGHT: Final = 120
_BAR_WIDTH: Final = 34
_LONGEST_LABEL: Final = 28


@dataclass(frozen=True, slots=True)
class Row:
    """A mean with its interval under a name."""

    name: str
    value: Interval
    questions: int


def interval_plot(title: str, rows: Sequence[Row], low: float = 0.0, high: float = 1.0) -> str:
    """Return a line for each row: a point at the mean and a bar over its 95 % interval, on a scale from low to high."""
    height = _TOP + _ROW * len(rows) + 24
    width = _LABELS + _PLOT + _VALUES
    ticks = "".join(_tick(low + (high - low) * part / 4, low, high, height) for part in range(5))
    zero = _zero_line(low, high, height) if low < 0 < high else ""
    lines = "".join(_row(number, row, low, high) for number, row in enumerate(rows))
    return _svg(title, width, height, ticks + zero + lines)


def rank_plot(title: str, ranks: Sequence[int | None], places: int = 10) -> str:
    """Return a bar for each rank up to `places` and one for what lies beyond, as high as it is frequent.

    Args:
        title: What the ranks are of.
        ranks: Rank of the first answer to each question; None if there was none.
        places: How many ranks have a bar of their own.
    """
    names = [*map(str, range(1, places + 1)), "later", "never"]
    counts = dict.fromkeys(names, 0)
    for rank in ranks:
        counts["never" if rank is None else str(rank) if rank <= places else "later"] += 1
    tallest = max([*counts.values(), 1])
    bars = "".join(_bar(number, name, counts[name], tallest) for number, name in enumerate(names))
    return _svg(title, len(names) * (_BAR_WIDTH + 14), _BAR_HEIGHT + 52, bars)


def _row(number: int, row: Row, low: float, high: float) -> str:
    y = _TOP + _ROW * number + _ROW / 2
    start, end = _x(max(row.value.low, low), low, high), _x(min(row.value.high, high), low, high)
    name = row.name if len(row.name) <= _LONGEST_LABEL else f"{row.name[: _LONGEST_LABEL - 1]}…"
    value = f"{row.value.mean:.3f}  [{row.value.low:.3f}, {row.value.high:.3f}]"
    return (
        f'<text x="0" y="{y + 4:.0f}">{escape(name)} <tspan class="quiet">({row.questions:,})</tspan></text>'
        f'<line class="interval" x1="{start:.1f}" x2="{end:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<circle class="mean" cx="{_x(row.value.mean, low, high):.1f}" cy="{y:.1f}" r="5"/>'
        f'<text x="{_LABELS + _PLOT + 16}" y="{y + 4:.0f}">{value}</text>'
    )


def _tick(value: float, low: float, high: float, height: int) -> str:
    x = _x(value, low, high)
    return (
        f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 6}" y2="{height - 20}"/>'
        f'<text class="quiet" text-anchor="middle" x="{x:.1f}" y="{height - 5}">{value:.2f}</text>'
    )


def _zero_line(low: float, high: float, height: int) -> str:
    x = _x(0, low, high)
    return f'<line class="zero" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 6}" y2="{height - 20}"/>'


def _x(value: float, low: float, high: float) -> float:
    return _LABELS + _PLOT * (value - low) / (high - low)


def _bar(number: int, name: str, count: int, tallest: int) -> str:
    height = _BAR_HEIGHT * count / tallest
    x, base = number * (_BAR_WIDTH + 14), _TOP + _BAR_HEIGHT
    middle = x + _BAR_WIDTH / 2
    return (
        f'<rect class="bar" x="{x}" y="{base - height:.1f}" width="{_BAR_WIDTH}" height="{height:.1f}"/>'
        f'<text text-anchor="middle" x="{middle:.0f}" y="{base - height - 5:.1f}">{count:,}</text>'
        f'<text class="quiet" text-anchor="middle" x="{middle:.0f}" y="{base + 18}">{name}</text>'
    )


def _svg(title: str, width: int, height: int, content: str) -> str:
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg role="img" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}"><title>{escape(title)}</title>{content}</svg></figure>'
    )
