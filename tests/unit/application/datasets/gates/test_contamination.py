"""Samples that evaluation sets have."""

import pytest

from llm_engineering.application.datasets.configuration import Contamination
from llm_engineering.application.datasets.gates.contamination import contaminated
from llm_engineering.domain.samples import RejectionReason
from tests.support.gated import instruct

LONG = "one two three four five six seven eight nine ten eleven twelve"  # 5 runs of eight words
EXAM = {"exam": [LONG, "Who built the loom of Lyon?", "..."]}


@pytest.mark.parametrize(
    "sample",
    [
        instruct(f"It is {LONG.upper()}!"),
        instruct("two three four five six seven eight nine ten is what it says"),  # 2 of 5 runs, allowed are 30 %
        instruct(instruction="Who built the loom of Lyon"),
        instruct(instruction="WHO BUILT THE LOOM OF LYON?"),
    ],
)
def test_what_an_exam_has_is_rejected(sample: object) -> None:
    (found,) = contaminated([sample], EXAM, Contamination())  # type: ignore[list-item]
    assert found.reason is RejectionReason.CONTAMINATED
    assert "'exam'" in found.detail


@pytest.mark.parametrize(
    "answer",
    ["one two three four five six seven nine", "zero one two three four five six seven eight and so on it goes"],
)
def test_fewer_common_runs_are_allowed(answer: str) -> None:
    assert contaminated([instruct(answer)], EXAM, Contamination()) == []


def test_without_texts_nothing_is_contaminated() -> None:
    assert contaminated([instruct()], {}, Contamination()) == []
    assert contaminated([instruct()], {"empty": ["..."]}, Contamination()) == []
