"""How well styles are told apart, and how far the probabilities are to be trusted.

`python -m benchmarks.style_calibration WAREHOUSE docs/images/style-calibration.svg` reads the articles of a folder of
the warehouse, as `poetry poe run-export-data-warehouse-to-json` writes it, prints how many articles and pieces of about
100 words are given to their author by what the others teach, and draws how often they are, by how sure it is of them.
"""

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Final

import click
from scipy import stats

from llm_engineering.application.evaluate.style.model import CalibrationBin, StyleFigures, StyleModel

_SIDE: Final = 320
_LEFT, _TOP = 64, 40
_LOW: Final = 0.5
"""Where both axes begin: of two authors one is named with at least this probability."""
_STYLE: Final = (
    "text{font:12px sans-serif;fill:#334155}.grid{stroke:#94a3b8;stroke-opacity:.35}.exact{stroke:#94a3b8;"
    "stroke-dasharray:4 3}.point{fill:#2563eb}.interval{stroke:#2563eb;stroke-opacity:.35;stroke-width:6;"
    "stroke-linecap:round}@media(prefers-color-scheme:dark){text{fill:#cbd5e1}.point{fill:#7db8f5}"
    ".interval{stroke:#7db8f5}}"
)


def articles(folder: Path) -> dict[str, list[str]]:
    """Return the texts of the articles of a folder by their authors."""
    texts: dict[str, list[str]] = {}
    for document in json.loads((folder / "ArticleDocument.json").read_text(encoding="utf-8")):
        texts.setdefault(document["author_full_name"], []).append(document["content"]["Content"])
    return texts


def svg(figures: StyleFigures) -> str:
    """Return the picture: how often the named author is right, by how sure it is of him, with 95 % intervals."""
    width, height = _LEFT + _SIDE + 56, _TOP + _SIDE + 60
    title = f"{sum(each.pieces for each in figures.calibration):,} pieces of about 100 words"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f"<title>How sure the style score is, and how often it is right</title><style>{_STYLE}</style>"
        f'<text x="{_LEFT}" y="20" font-weight="bold">{escape(title)}</text>{"".join(_axes())}'
        f"{''.join(map(_point, figures.calibration))}</svg>\n"
    )


def _place(value: float) -> float:
    return round(_SIDE * (value - _LOW) / (1 - _LOW), 1)


def _axes() -> Iterator[str]:
    bottom = _TOP + _SIDE
    for tick in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        x, y = _LEFT + _place(tick), bottom - _place(tick)
        yield f'<path class="grid" d="M{x} {_TOP}V{bottom}M{_LEFT} {y}H{_LEFT + _SIDE}"/>'
        yield f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{tick:.0%}</text>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{tick:.0%}</text>'
    yield f'<path class="exact" d="M{_LEFT} {bottom}L{_LEFT + _SIDE} {_TOP}"/>'
    yield f'<text x="{_LEFT + _SIDE / 2}" y="{bottom + 40}" text-anchor="middle">how sure it is of the author</text>'
    yield (
        f'<text transform="translate(16,{_TOP + _SIDE / 2}) rotate(-90)" text-anchor="middle">'
        "how often he is the author</text>"
    )


def _point(found: CalibrationBin) -> str:
    interval = stats.binomtest(round(found.right * found.pieces), found.pieces).proportion_ci(method="wilson")
    x, bottom = _LEFT + _place(found.sure), _TOP + _SIDE
    low, high = (bottom - _place(max(_LOW, float(end))) for end in (interval.low, interval.high))
    y = bottom - _place(max(_LOW, found.right))
    return (
        f'<path class="interval" d="M{x} {low}V{high}"/><circle class="point" cx="{x}" cy="{y}" r="5"/>'
        f'<text x="{x + 10}" y="{y + 14}">{found.pieces:,}</text>'
    )


@click.command(context_settings={"max_content_width": 120})
@click.argument("warehouse", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("picture", type=click.Path(dir_okay=False, path_type=Path))
def main(warehouse: Path, picture: Path) -> None:
    """Tell the authors of the articles in WAREHOUSE apart, each article left out in turn, and draw PICTURE."""
    figures = StyleModel.fitted(articles(warehouse)).figures
    for name, count in figures.authors.items():
        click.echo(f"{name}: {count} articles, {figures.wrong.get(name, 0)} given to another author")
    click.echo(f"articles given to their author: {figures.leave_one_out_accuracy:.1%}")
    click.echo(f"pieces of about 100 words: {figures.piece_accuracy:.1%}")
    click.echo(f"expected calibration error: {figures.calibration_error:.3f}")
    for each in figures.calibration:
        click.echo(f"sure {each.sure:.1%}: right {each.right:.1%} of {each.pieces} pieces")
    picture.write_text(svg(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
