from steps.training.plots import curve_plot


def test_the_first_point_lies_at_its_step_and_the_highest_at_the_top() -> None:
    plot = curve_plot("Loss", {"training": [(0, 3.0), (5, 2.0), (10, 1.0)]})

    assert '<polyline class="line0" points="64.0,30.0 344.0,125.0 624.0,220.0"/>' in plot
    assert "<title>training, step 5: 2</title>" in plot


def test_a_flat_curve_lies_in_the_middle() -> None:
    assert 'points="64.0,125.0 624.0,125.0"' in curve_plot("Loss", {"training": [(0, 2.0), (4, 2.0)]})


def test_two_curves_share_a_scale() -> None:
    plot = curve_plot("Loss", {"training": [(10, 1.0)], "test side": [(10, 3.0)]})

    assert 'class="line0" points="624.0,220.0"' in plot
    assert 'class="line1" points="624.0,30.0"' in plot


def test_what_was_not_measured_has_no_plot() -> None:
    assert curve_plot("Loss", {"training": []}) == ""
    assert 'class="line1"' not in curve_plot("Loss", {"training": [(1, 1.0)], "test side": []})
