"""The gates find planted faults, and leave samples alone that have none."""

from pathlib import Path
from typing import Final

import pytest

from benchmarks.planted.kinds import Fault
from benchmarks.planted_faults import found_faults
from llm_engineering.infrastructure.datasets.detectors import dataset_detectors

DATA: Final = Path(__file__).parents[5] / "shared/data"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.integration,
    pytest.mark.skipif(not DATA.is_dir(), reason="needs the data in ../shared/data"),
]


@pytest.mark.parametrize("seed", [1, 20, 300])
def test_of_each_kind_nearly_all_are_named_and_hardly_any_sample_is_rejected_without_a_fault(seed: int) -> None:
    found = found_faults(DATA, [seed], dataset_detectors())
    assert {fault: found.recall(fault) for fault in Fault if found.recall(fault) < 0.95} == {}
    assert found.false_share <= 0.02
    assert found.clean == 700
    assert sum(found.planted.values()) == 300
