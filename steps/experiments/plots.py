"""Plots of two variants next to each other, as SVG that takes its colours from the page."""

from collections.abc import Sequence
from html import escape
from typing import Final

_SIDE: Final = 300
_LEFT: Final = 56
_TOP: Final = 18
_WIDEST_POINT: Final = 14.0
_BINS: Final = 11
_BAR: Final = 40
_HEIGHT: Final = 130


def paired_plot(title: str, pairs: Sequence[tuple[float, float]]) -> str:
    """Return a point for each question, A to the right and B upwards; on the line both are the same.

    Args:
        title: What is measured.
        pairs: Figures of A and of B, at least one pair.
    """
    values = [value for pair in pairs for value in pair]
    low, high = min(values), max(values)
    low, high = (low - 0.5, high + 0.5) if low == high else (low, high)

    def along(value: float) -> float:
        return _SIDE * (value - low) / (high - low)

    counts: dict[tuple[float, float], int] = {}
    for pair in pairs:
        counts[pair] = counts.get(pair, 0) + 1
    unit = min(3.0, _WIDEST_POINT / max(counts.values()) ** 0.5)
    points = "".join(
        f'<circle class="point" cx="{_LEFT + along(a):.1f}" cy="{_TOP + _SIDE - along(b):.1f}" '
        f'r="{unit * count**0.5:.1f}"><title>A {a:.3f}, B {b:.3f}: {count}</title></circle>'
        for (a, b), count in sorted(counts.items())
    )
    bottom = _TOP + _SIDE
    axes = (
        f'<line class="grid" x1="{_LEFT}" x2="{_LEFT + _SIDE}" y1="{bottom}" y2="{bottom}"/>'
        f'<line class="grid" x1="{_LEFT}" x2="{_LEFT}" y1="{_TOP}" y2="{bottom}"/>'
        f'<line class="zero" x1="{_LEFT}" x2="{_LEFT + _SIDE}" y1="{bottom}" y2="{_TOP}"/>'
        f'<text class="quiet" x="{_LEFT}" y="{bottom + 17}">{_short(low)}</text>'
        f'<text class="quiet" text-anchor="end" x="{_LEFT + _SIDE}" y="{bottom + 17}">{_short(high)}</text>'
        f'<text text-anchor="middle" x="{_LEFT + _SIDE / 2}" y="{bottom + 17}">A</text>'
        f'<text class="quiet" text-anchor="end" x="{_LEFT - 6}" y="{bottom}">{_short(low)}</text>'
        f'<text class="quiet" text-anchor="end" x="{_LEFT - 6}" y="{_TOP + 10}">{_short(high)}</text>'
        f'<text text-anchor="end" x="{_LEFT - 6}" y="{_TOP + _SIDE / 2}">B</text>'
    )
    return _svg(title, _LEFT + _SIDE + 18, _TOP + _SIDE + 26, axes + points)


def _short(value: float) -> str:
    """Return a figure that the margin has room for."""
    return f"{round(value, 3):.4g}"


def difference_plot(title: str, differences: Sequence[float]) -> str:
    """Return how many questions have which difference, in bars from the largest loss to the largest gain.

    The bar in the middle holds the differences around 0.

    Args:
        title: What differs.
        differences: Of each question, at least one.
    """
    widest = max(map(abs, differences)) or 1.0
    width = 2 * widest / _BINS
    counts = [0] * _BINS
    for difference in differences:
        counts[min(_BINS - 1, int((difference + widest) / width))] += 1
    tallest = max(counts)
    bars = "".join(_bar(number, count, tallest, (number - _BINS // 2) * width) for number, count in enumerate(counts))
    return _svg(title, _BINS * (_BAR + 6), _HEIGHT + 52, bars)


def _bar(number: int, count: int, tallest: int, middle_value: float) -> str:
    height = _HEIGHT * count / tallest
    x, base = number * (_BAR + 6), 24 + _HEIGHT
    middle = x + _BAR / 2
    label = "0" if middle_value == 0 else f"{middle_value:+.2g}"
    return (
        f'<rect class="bar" x="{x}" y="{base - height:.1f}" width="{_BAR}" height="{height:.1f}"/>'
        f'<text text-anchor="middle" x="{middle:.0f}" y="{base - height - 5:.1f}">{count or ""}</text>'
        f'<text class="quiet" text-anchor="middle" x="{middle:.0f}" y="{base + 18}">{label}</text>'
    )


def _svg(title: str, width: float, height: float, content: str) -> str:
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg role="img" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}"><title>{escape(title)}</title>{content}</svg></figure>'
    )
