import pytest

from benchmarks.service_load import Load, percentile, row


@pytest.mark.parametrize(("share", "milliseconds"), [(50, 10), (95, 20), (99, 300)])
def test_percentiles_of_counted_times(share: int, milliseconds: float) -> None:
    assert percentile({300: 3, 10: 60, 20: 37}, share) == milliseconds


def test_a_row_has_all_figures() -> None:
    measured = Load(clients=8, requests=1000, failures=1, per_second=51.26, p50=12, p95=30, p99=99, cpu=41.7)

    assert row("LLM Twin", measured, 512.4).split() == ["LLM", "Twin", "8", "51.3", "12", "30", "99", "42", "1", "512"]
