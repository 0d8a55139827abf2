"""Curves over the steps of a training as SVG, which take their colours from the page."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

Points = Sequence[tuple[int, float]]
"""Steps with the figure that was measured there."""
_LEFT: Final = 64
_TOP: Final = 30
_WIDE: Final = 560
_TALL: Final = 190
_LEGEND: Final = 150


def curve_plot(title: str, curves: Mapping[str, Points]) -> str:
    """Return a line for each curve, steps to the right and figures upwards; an empty text if there are no points.

    Args:
        title: What is measured.
        curves: By what they are called; the page colours them by the classes "line0", "line1" and so on.
    """
    curves = {name: points for name, points in curves.items() if points}
    values = [value for points in curves.values() for _, value in points]
    if not values:
        return ""
    low, high = min(values), max(values)
    low, high = (low - 0.5, high + 0.5) if low == high else (low, high)
    last = max(step for points in curves.values() for step, _ in points) or 1

    def place(step: int, value: float) -> tuple[float, float]:
        return _LEFT + _WIDE * step / last, _TOP + _TALL * (high - value) / (high - low)

    lines = "".join(
        _curve(number, name, [(*place(step, value), step, value) for step, value in points])
        for number, (name, points) in enumerate(curves.items())
    )
    bottom = _TOP + _TALL
    axes = (
        f'<line class="grid" x1="{_LEFT}" x2="{_LEFT + _WIDE}" y1="{bottom}" y2="{bottom}"/>'
        f'<line class="grid" x1="{_LEFT}" x2="{_LEFT}" y1="{_TOP}" y2="{bottom}"/>'
        f'<text class="quiet" text-anchor="end" x="{_LEFT - 8}" y="{bottom}">{_short(low)}</text>'
        f'<text class="quiet" text-anchor="end" x="{_LEFT - 8}" y="{_TOP + 10}">{_short(high)}</text>'
        f'<text class="quiet" x="{_LEFT}" y="{bottom + 18}">step 0</text>'
        f'<text class="quiet" text-anchor="end" x="{_LEFT + _WIDE}" y="{bottom + 18}">{last:,}</text>'
    )
    width, height = _LEFT + _WIDE + 20, bottom + 26
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg role="img" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}"><title>{escape(title)}</title>{axes}{lines}</svg></figure>'
    )


def _curve(number: int, name: str, points: Sequence[tuple[float, float, int, float]]) -> str:
    """Return a line through points, each with a title that says its step and figure, and its name above the plot."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in points)
    dots = "".join(
        f'<circle class="dot{number}" cx="{x:.1f}" cy="{y:.1f}" r="2.5">'
        f"<title>{escape(name)}, step {step:,}: {_short(value)}</title></circle>"
        for x, y, step, value in points
    )
    left = _LEFT + number * _LEGEND
    return (
        f'<polyline class="line{number}" points="{path}"/>{dots}<circle class="dot{number}" cx="{left}" cy="10" r="5"/>'
        f'<text x="{left + 12}" y="15">{escape(name)}</text>'
    )


def _short(value: float) -> str:
    return f"{value:.4g}"
