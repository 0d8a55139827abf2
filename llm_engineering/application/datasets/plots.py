"""Plots of a data set as SVG, readable on light and dark screens: they take their colours from the page."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

_BINS: Final = 10
_BAR: Final = 46
_GAP: Final = 6
_TALL: Final = 120
_TOP: Final = 24
_LABELS: Final = 190
_WIDE: Final = 320
_ROW: Final = 26
_LONGEST_LABEL: Final = 26


def histogram(title: str, values: Sequence[float], *, low: float = 0.0, high: float | None = None) -> str:
    """Return how many values lie in each of ten equal ranges; an empty text if there are no values.

    Args:
        title: What is measured, with its unit.
        values: At least one; what lies outside the ends counts in the range next to it.
        low: Where the first range begins.
        high: Where the last one ends; None: at the largest value.
    """
    if not values:
        return ""
    end = max(values) if high is None else high
    width = (end - low) / _BINS if end > low else 1.0
    counts = [0] * _BINS
    for value in values:
        counts[min(_BINS - 1, max(0, int((value - low) / width)))] += 1
    tallest = max(counts)
    bars = "".join(_bar(number, count, tallest) for number, count in enumerate(counts))
    marks = "".join(_mark(number, low + number * width) for number in range(0, _BINS + 1, 2))
    return _svg(title, _BINS * (_BAR + _GAP) + 40, _TALL + _TOP + 26, bars + marks)


def stacked_bars(title: str, rows: Mapping[str, Sequence[int]], parts: Sequence[str]) -> str:
    """Return a bar for each row, of parts one after the other; an empty text if there are no rows.

    Args:
        title: What is counted.
        rows: Counts by the name of the row, as many as there are parts.
        parts: What the parts are called; the page colours them by the classes "part0", "part1" and so on.
    """
    longest = max((sum(counts) for counts in rows.values()), default=0)
    if not longest:
        return ""
    lines = "".join(
        _stack(number, name, counts, parts, _WIDE / longest) for number, (name, counts) in enumerate(rows.items())
    )
    legend = "".join(
        f'<rect class="part{number}" x="{_LABELS + number * 110}" y="2" width="11" height="11"/>'
        f'<text x="{_LABELS + number * 110 + 17}" y="12">{escape(part)}</text>'
        for number, part in enumerate(parts)
    )
    return _svg(title, _LABELS + _WIDE + 80, _TOP + _ROW * len(rows) + 6, legend + lines)


def _bar(number: int, count: int, tallest: int) -> str:
    height = _TALL * count / tallest
    x, base = 20 + number * (_BAR + _GAP), _TOP + _TALL
    return (
        f'<rect class="part0" x="{x}" y="{base - height:.1f}" width="{_BAR}" height="{height:.1f}"/>'
        f'<text text-anchor="middle" x="{x + _BAR / 2:.0f}" y="{base - height - 5:.1f}">{count or ""}</text>'
    )


def _mark(number: int, value: float) -> str:
    x, y = 20 + number * (_BAR + _GAP) - _GAP / 2, _TOP + _TALL + 18
    return f'<text class="quiet" text-anchor="middle" x="{x:.0f}" y="{y}">{value:,.3g}</text>'


def _stack(number: int, name: str, counts: Sequence[int], parts: Sequence[str], unit: float) -> str:
    y = _TOP + _ROW * number
    short = name if len(name) <= _LONGEST_LABEL else f"{name[: _LONGEST_LABEL - 1]}…"
    drawn, x = [f'<text x="0" y="{y + 14}">{escape(short)}</text>'], float(_LABELS)
    for part, (label, count) in enumerate(zip(parts, counts, strict=True)):
        drawn.append(
            f'<rect class="part{part}" x="{x:.1f}" y="{y + 2}" width="{count * unit:.1f}" height="16">'
            f"<title>{escape(f'{name}, {label}: {count:,}')}</title></rect>"
        )
        x += count * unit
    drawn.append(f'<text class="quiet" x="{x + 8:.1f}" y="{y + 14}">{sum(counts):,}</text>')
    return "".join(drawn)


def _svg(title: str, width: float, height: float, content: str) -> str:
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg role="img" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}"><title>{escape(title)}</title>{content}</svg></figure>'
    )
