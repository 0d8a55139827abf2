import re

from benchmarks.log_plot import LogPlot, svg


def polylines(picture: str) -> list[str]:
    return re.findall(r'<polyline points="([^"]+)"', picture)


def test_each_power_of_ten_is_as_far_from_the_next() -> None:
    picture = svg([LogPlot("Title", "chunks", {"a line": [(1, 1), (10, 10), (100, 100)]})])

    assert polylines(picture) == ["60.0,230.0 230.0,135.0 400.0,40.0"]


def test_plots_lie_two_in_a_row() -> None:
    plot = LogPlot("Title", "chunks", {"a": [(1, 1)], "b": [(10, 1)]})

    picture = svg([plot, plot, plot])

    assert re.findall(r"translate\(([\d,]+)\)", picture) == ["0,0", "420,0", "0,300"]
    assert len(polylines(picture)) == 6


def test_names_are_words_and_no_markup() -> None:
    assert "a &lt; b" in svg([LogPlot("a < b", "x", {"line": [(1, 2)]})])
