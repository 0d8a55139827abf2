import re
from xml.etree import ElementTree as ET

from llm_engineering.application.retrieve.metrics import Interval
from steps.evaluation.plots import Row, interval_plot, rank_plot

ROW = Row("heading", Interval(mean=0.5, low=0.25, high=0.75), 1_200)


def numbers(svg: str, element: str, attribute: str) -> list[float]:
    return [float(value) for value in re.findall(rf'<{element} [^>]*\b{attribute}="([-\d.]+)"', svg)]


def test_a_mean_lies_in_the_middle_of_its_interval() -> None:
    svg = interval_plot("nDCG@10", [ROW])

    (middle,) = numbers(svg, "circle", "cx")
    intervals = re.findall(r'class="interval" x1="([\d.]+)" x2="([\d.]+)"', svg)
    assert intervals == [(f"{middle - 105:.1f}", f"{middle + 105:.1f}")]  # a quarter of 420 pixels to each side
    assert "0.500  [0.250, 0.750]" in svg
    assert "(1,200)" in svg


def test_an_interval_ends_where_the_scale_does() -> None:
    svg = interval_plot("change", [Row("change", Interval(mean=0, low=-0.5, high=0.5), 1)], -0.1, 0.1)

    assert re.findall(r'class="interval" x1="([\d.]+)" x2="([\d.]+)"', svg) == [("210.0", "630.0")]
    assert 'class="zero" x1="420.0"' in svg


def test_bars_are_as_high_as_ranks_are_frequent() -> None:
    svg = rank_plot("ranks", [1, 1, 1, 1, 2, 11, None, None])

    assert numbers(svg, "rect", "height") == [120, 30, 0, 0, 0, 0, 0, 0, 0, 0, 30, 60]


def test_no_rank_at_all_draws_no_bar() -> None:
    assert set(numbers(rank_plot("ranks", []), "rect", "height")) == {0}


def test_text_of_others_is_escaped_and_shortened() -> None:
    svg = interval_plot("<b>", [Row("<i>" + "x" * 40, ROW.value, 1)])

    assert "&lt;i&gt;" + "x" * 24 + "…" in svg
    assert "<b>" not in svg
    ET.fromstring(svg)
