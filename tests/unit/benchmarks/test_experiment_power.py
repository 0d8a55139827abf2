import xml.etree.ElementTree as ET

import pytest

from benchmarks.experiment_power import FoundPower, offline_power, svg


def test_the_interval_of_a_share_is_wilson_s() -> None:
    # Wilson: (p + z^2/2n ± z * sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n) with p = 0.5, n = 100, z = 1.96.
    assert FoundPower(0.8, 0.5, 100).interval == pytest.approx((0.4038, 0.5962), abs=1e-4)


def test_a_point_lies_where_claim_and_finding_say_and_names_are_escaped() -> None:
    picture = svg({"Off<line": {"a & b": [FoundPower(0.7, 1.0, 50)]}})

    circle = next(each for each in ET.fromstring(picture).iter() if each.tag.endswith("circle"))
    # The axes run over 320 pixels from 40 % at x = 60, y = 354; the first line is drawn 6 pixels to the left.
    assert (circle.get("cx"), circle.get("cy")) == ("214.0", "34.0")
    assert "a &amp; b: 70.0% claimed, 100.0% of 50 found" in picture
    assert "Off&lt;line" in picture


def test_each_kind_of_difference_has_a_point_for_each_claim() -> None:
    lines = offline_power(experiments=2, resamples=50)

    assert set(lines) == {"normal", "yes or no", "nine of ten tie", "skewed (exponential)"}
    for points in lines.values():
        assert [round(each.claimed, 1) for each in points[:4]] == [0.6, 0.7, 0.8, 0.9]
        assert all(each.found in {0, 0.5, 1} for each in points)
