"""A plot with two logarithmic axes as SVG, readable on light and dark pages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from typing import Final

_WIDTH: Final = 420
_HEIGHT: Final = 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 20, 40, 70
_COLOURS: Final = ("#2563eb", "#d97706", "#059669", "#c026d3")
_STYLE: Final = (
    "text{font:12px sans-serif;fill:#334155}.grid{stroke:#94a3b8;stroke-opacity:.35}"
    "@media(prefers-color-scheme:dark){text{fill:#cbd5e1}}"
)

Points = Sequence[tuple[float, float]]
"""Pairs of x and y, all above 0, in the order of x."""


@dataclass(frozen=True, slots=True)
class LogPlot:
    """Lines over a common x axis."""

    title: str
    x_label: str
    lines: Mapping[str, Points]
    """By the name in the legend; at least one, at most four."""


def svg(plots: Sequence[LogPlot]) -> str:
    """Return a picture of plots side by side, two in a row."""
    rows = ceil(len(plots) / 2)
    panels = "".join(
        f'<g transform="translate({place % 2 * _WIDTH},{place // 2 * _HEIGHT})">{"".join(_panel(plot))}</g>'
        for place, plot in enumerate(plots)
    )
    box = f"0 0 {2 * _WIDTH} {rows * _HEIGHT}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"><style>{_STYLE}</style>{panels}</svg>\n'


@dataclass(frozen=True, slots=True)
class _Axis:
    """Whole powers of ten between two places of the picture."""

    low: int
    high: int
    start: float
    end: float

    @classmethod
    def over(cls, values: Sequence[float], start: float, end: float) -> "_Axis":
        low, high = floor(log10(min(values))), ceil(log10(max(values)))
        return cls(low, max(high, low + 1), start, end)

    def place(self, value: float) -> float:
        share = (log10(value) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    @property
    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self.low, self.high + 1)]


def _panel(plot: LogPlot) -> Iterator[str]:
    points = [point for line in plot.lines.values() for point in line]
    x_axis = _Axis.over([x for x, _ in points], _LEFT, _WIDTH - _RIGHT)
    y_axis = _Axis.over([y for _, y in points], _HEIGHT - _BOTTOM, _TOP)
    yield f'<text x="{_LEFT}" y="20" font-weight="bold">{escape(plot.title)}</text>'
    yield f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 38}" text-anchor="end">{escape(plot.x_label)}</text>'
    for tick in x_axis.ticks:
        x = x_axis.place(tick)
        yield f'<path class="grid" d="M{x} {_TOP}V{_HEIGHT - _BOTTOM}"/>'
        yield f'<text x="{x}" y="{_HEIGHT - 54}" text-anchor="middle">{tick:,g}</text>'
    for tick in y_axis.ticks:
        y = y_axis.place(tick)
        yield f'<path class="grid" d="M{_LEFT} {y}H{_WIDTH - _RIGHT}"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{tick:,g}</text>'
    for number, (name, line) in enumerate(plot.lines.items()):
        colour = _COLOURS[number]
        places = " ".join(f"{x_axis.place(x)},{y_axis.place(y)}" for x, y in line)
        yield f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="2"/>'
        legend_x, legend_y = _LEFT + number % 2 * 170, _HEIGHT - 20 + number // 2 * 15
        yield f'<rect x="{legend_x}" y="{legend_y - 9}" width="10" height="10" fill="{colour}"/>'
        yield f'<text x="{legend_x + 15}" y="{legend_y}">{escape(name)}</text>'
