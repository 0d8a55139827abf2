"""Whether experiments find differences as often as they claim, as a picture.

`python -m benchmarks.experiment_power docs/images/experiment-power.svg` simulates experiments with as many questions,
or users, as are recommended for a power of 60 % to 95 %, and draws how many of them find the difference that is there.
What decides are the functions that decide about real experiments.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from time import perf_counter
from typing import Final

import click
from scipy import stats

from benchmarks.experiment_simulations import (
    EFFECTS,
    ONLINE_EFFECTS,
    needed_questions,
    needed_users,
    offline_rates,
    online_rate,
)

POWERS: Final = (0.6, 0.7, 0.8, 0.9, 0.95)
_SIDE: Final = 320
_LEFT, _TOP, _GAP = 60, 34, 110
_LOW: Final = 0.4
"""Where both axes begin."""
_COLOURS: Final = ("#2563eb", "#d97706", "#059669", "#c026d3")
_STYLE: Final = (
    "text{font:12px sans-serif;fill:#334155}.grid{stroke:#94a3b8;stroke-opacity:.35}"
    ".exact{stroke:#94a3b8;stroke-dasharray:4 3}@media(prefers-color-scheme:dark){text{fill:#cbd5e1}}"
)


@dataclass(frozen=True, slots=True)
class FoundPower:
    """How often a difference was found, beside what was claimed. Shares are from 0 to 1."""

    claimed: float
    found: float
    experiments: int

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share that is found (Wilson, 1927)."""
        test = stats.binomtest(round(self.found * self.experiments), self.experiments)
        interval = test.proportion_ci(method="wilson")
        return float(interval.low), float(interval.high)


Lines = Mapping[str, Sequence[FoundPower]]
"""By what is simulated, at most four."""


def offline_power(experiments: int, resamples: int) -> dict[str, list[FoundPower]]:
    """Return what offline experiments claim and find, by the kind of their differences."""
    lines: dict[str, list[FoundPower]] = {}
    for name, draw in EFFECTS.items():
        for power in POWERS:
            count, claimed = needed_questions(draw, power)
            rates = offline_rates(draw, questions=count, experiments=experiments, resamples=resamples, seed=2)
            lines.setdefault(name, []).append(FoundPower(claimed, rates.b, experiments))
    return lines


def online_power(experiments: int) -> dict[str, list[FoundPower]]:
    """Return what online experiments claim and find, by how often answers help."""
    lines: dict[str, list[FoundPower]] = {}
    for rate, effect, share_b in ONLINE_EFFECTS:
        name = f"{rate:.0%} helpful, effect {effect:.0%}, {share_b:.0%} see B"
        low, high = rate - effect / 2, rate + effect / 2
        for power in POWERS:
            users = needed_users(rate, effect, share_b, power)
            found = online_rate(low, high, share_b, users=users, experiments=experiments, seed=2)
            lines.setdefault(name, []).append(FoundPower(power, found, experiments))
    return lines


def svg(plots: Mapping[str, Lines]) -> str:
    """Return plots side by side; on the broken line as much is found as is claimed."""
    panels = "".join(
        f'<g transform="translate({number * (_SIDE + _GAP)},0)">{"".join(_panel(title, lines))}</g>'
        for number, (title, lines) in enumerate(plots.items())
    )
    box = f"0 0 {len(plots) * (_SIDE + _GAP)} {_TOP + _SIDE + 120}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"><style>{_STYLE}</style>{panels}</svg>\n'


def _panel(title: str, lines: Lines) -> Iterator[str]:
    yield f'<text x="{_LEFT}" y="18" font-weight="bold">{escape(title)}</text>'
    for part in range(7):
        value = _LOW + part / 10
        x, y = _x(value), _y(value)
        yield f'<path class="grid" d="M{x} {_TOP}V{_TOP + _SIDE}M{_LEFT} {y}H{_LEFT + _SIDE}"/>'
        yield f'<text x="{x}" y="{_TOP + _SIDE + 16}" text-anchor="middle">{value:.0%}</text>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{value:.0%}</text>'
    yield f'<path class="exact" d="M{_x(_LOW)} {_y(_LOW)}L{_x(1)} {_y(1)}"/>'
    middle = _TOP + _SIDE / 2
    yield f'<text x="{_LEFT + _SIDE / 2}" y="{_TOP + _SIDE + 34}" text-anchor="middle">power claimed</text>'
    yield f'<text transform="translate(14,{middle}) rotate(-90)" text-anchor="middle">found in simulations</text>'
    for number, (name, points) in enumerate(lines.items()):
        yield from _line(number, name, points)


def _line(number: int, name: str, points: Sequence[FoundPower]) -> Iterator[str]:
    colour = _COLOURS[number]
    for point in points:
        # Next to each other, so that intervals of lines with the same claim can be told apart.
        x, (low, high) = round(_x(point.claimed) + 4 * number - 6, 1), point.interval
        told = f"{name}: {point.claimed:.1%} claimed, {point.found:.1%} of {point.experiments:,} found"
        yield f'<path d="M{x} {_y(low)}V{_y(high)}" stroke="{colour}" stroke-width="2" stroke-opacity=".5"/>'
        yield f'<circle cx="{x}" cy="{_y(point.found)}" r="3.5" fill="{colour}"><title>{escape(told)}</title></circle>'
    y = _TOP + _SIDE + 56 + 16 * number
    yield f'<circle cx="{_LEFT + 5}" cy="{y - 4}" r="4" fill="{colour}"/>'
    yield f'<text x="{_LEFT + 16}" y="{y}">{escape(name)}</text>'


def _x(value: float) -> float:
    return round(_LEFT + _SIDE * (value - _LOW) / (1 - _LOW), 1)


def _y(value: float) -> float:
    return round(_TOP + _SIDE * (1 - max(value, _LOW)) / (1 - _LOW), 1)


@click.command(help=__doc__)
@click.argument("picture", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--experiments", default=500, show_default=True, help="Simulated for each point.")
@click.option("--resamples", default=1_999, show_default=True, help="Of each bootstrap and each sign-flip test.")
def main(picture: Path, experiments: int, resamples: int) -> None:
    """Draw the picture and print its figures."""
    start = perf_counter()
    plots = {
        "Offline, with the questions recommended": offline_power(experiments, resamples),
        "Online, with the users recommended": online_power(experiments),
    }
    for title, lines in plots.items():
        for name, points in lines.items():
            shown = ", ".join(f"{each.claimed:.0%} claimed {each.found:.1%} found" for each in points)
            click.echo(f"{title}; {name}: {shown}")
    picture.write_text(svg(plots), encoding="utf-8")
    click.echo(f"{picture} written, {perf_counter() - start:.0f} seconds")


if __name__ == "__main__":
    main()
