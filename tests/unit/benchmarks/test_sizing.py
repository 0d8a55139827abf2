from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.sizing import PLANS, Plan, Prices, main, number, size_of

ROOT = Path(__file__).parents[3]


def test_sizes_are_products_of_measured_figures() -> None:
    size = size_of(Plan(chunks=1_833_000, building_cores=10, replicas=2), Prices(1.0, 0.5, 0.1))

    assert size.documents == 76_000
    # 318,291,000 tokens at 3,710 a second, 76,000 pages of 0.082 s, and 1,833,000 chunks of 0.00527 s.
    assert size.float32_core_hours == pytest.approx((85_792.7 + 6_232.0 + 9_659.91) / 3600, rel=1e-5)
    assert size.building_hours == pytest.approx(2.824573, rel=1e-5)
    assert size.building_cost == pytest.approx(28.24573, rel=1e-5)
    # 384 numbers with half as much again, and 2,400 bytes for terms, twice.
    assert size.rounded_memory_gigabytes == pytest.approx(2.111616 + 8.7984)
    assert size.memory_gigabytes == pytest.approx(8.446464 + 8.7984)
    assert size.disk_gigabytes == pytest.approx(15.63549)
    # 16.365024 GB of memory with headroom, 4.091256 cores for it, 23.453235 GB of disk.
    assert size.month_cost == pytest.approx((4.091256 + 8.182512) * 730 + 2.3453235)


def test_small_servers_have_two_cores_each() -> None:
    size = size_of(Plan(chunks=1_000, building_cores=1, replicas=2), Prices(1.0, 0.0, 0.0))

    assert size.month_cost == 4 * 730


def test_embedded_stores_cost_nothing_a_month() -> None:
    assert size_of(Plan(chunks=1_000, building_cores=1, replicas=0), Prices()).month_cost is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0724, "0.07"), (0.5, "0.50"), (1.0, "1.0"), (2.345, "2.3"), (15.1, "15"), (149.6, "150"), (14_961.0, "15,000")],
)
def test_numbers_have_two_digits(value: float, shown: str) -> None:
    assert number(value) == shown


def test_the_documentation_has_what_is_printed() -> None:
    done = CliRunner().invoke(main, [])

    lines = done.output.splitlines()
    assert len(lines) == 2 + len(PLANS)
    page = (ROOT / "docs/scale.md").read_text(encoding="utf-8")
    assert [line for line in lines if line not in page] == []


def test_prices_are_yours() -> None:
    free = ["--core-hour", "0", "--memory-gigabyte-hour", "0", "--disk-gigabyte-month", "0"]

    done = CliRunner().invoke(main, free)

    assert done.output.splitlines()[-1].endswith("| 0.00 | 0.00 |")
