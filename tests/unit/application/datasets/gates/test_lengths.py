"""Answers that are far from the lengths of their set."""

import pytest

from llm_engineering.application.datasets.configuration import Lengths
from llm_engineering.application.datasets.gates.lengths import LengthGate
from llm_engineering.domain.samples import RejectionReason
from tests.support.gated import instruct


def words(count: int) -> str:
    return " ".join(["silk"] * count)


def test_bounds_follow_from_percentiles_and_factor() -> None:
    samples = [instruct(words(count)) for count in range(20, 121)]  # 5th percentile 25, 95th 115
    gate = LengthGate.of(samples, Lengths(factor=2))
    assert (gate.shortest, gate.longest) == (12.5, 230)


@pytest.mark.parametrize(
    ("answer", "instruction", "reason", "detail"),
    [
        (12, 5, RejectionReason.TOO_SHORT, "Its answer has 12 words, needed are 13"),
        (231, 5, RejectionReason.TOO_LONG, "Its answer has 231 words, allowed are 230"),
        (50, 1, RejectionReason.TOO_SHORT, "Its instruction has 1 words, needed are 2"),
        (50, 121, RejectionReason.TOO_LONG, "Its instruction has 121 words, allowed are 120"),
    ],
)
def test_what_is_outside_is_rejected(answer: int, instruction: int, reason: RejectionReason, detail: str) -> None:
    refused = LengthGate(Lengths(), shortest=13, longest=230)(instruct(words(answer), words(instruction)))
    assert refused is not None
    assert refused.reason is reason
    assert detail in refused.detail


def test_short_posts_are_no_outliers_among_short_posts() -> None:
    samples = [instruct(words(count)) for count in (4, 5, 6, 7, 8)]
    gate = LengthGate.of(samples, Lengths())
    assert [gate(sample) for sample in samples] == [None] * 5


def test_fixed_bounds_hold_too() -> None:
    samples = [instruct(words(count)) for count in range(20, 121)]
    gate = LengthGate.of(samples, Lengths(min_words=30, max_words=100))
    assert (gate.shortest, gate.longest) == (30, 100)
