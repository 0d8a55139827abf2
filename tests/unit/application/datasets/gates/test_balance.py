"""Authors that have more than their share."""

import pytest

from llm_engineering.application.datasets.configuration import Balance
from llm_engineering.application.datasets.gates.balance import largest_group, unbalanced
from llm_engineering.domain.samples import RejectionReason
from tests.support.gated import document, instruct


@pytest.mark.parametrize(
    ("counts", "share", "expected"),
    [
        ([90, 10], 0.5, 10),
        ([90, 10], 0.75, 30),  # 30 of 40
        ([60, 30, 10], 0.5, 40),  # 40 of 80
        ([50, 50], 0.5, 50),
        ([90, 10], 0.2, 10),  # two groups cannot have a fifth each
        ([90], 0.5, 90),
        ([90, 10], 1.0, 90),
        ([], 0.5, 0),
    ],
)
def test_no_group_keeps_more_than_its_share_of_what_is_left(counts: list[int], share: float, expected: int) -> None:
    assert largest_group(counts, share) == expected


def test_the_same_samples_go_in_any_order() -> None:
    ada, bob = document(), document("other", author="Bob")
    samples = [instruct(of=ada, name=f"ada {place}") for place in range(6)]
    samples += [instruct(of=bob, name=f"bob {place}") for place in range(2)]
    found = unbalanced(samples, Balance(max_author_share=0.5))
    assert len(found) == 4
    assert {rejection.reason for rejection in found} == {RejectionReason.UNBALANCED}
    assert "The author 'Ada Lovelace' has 6 of 8 samples, allowed are 2" in found[0].detail
    again = unbalanced(samples[::-1], Balance(max_author_share=0.5))
    assert {each.sample.id for each in again} == {each.sample.id for each in found}


def test_samples_without_provenance_are_left_alone() -> None:
    assert unbalanced([instruct()], Balance(max_author_share=0.5, max_category_share=0.5)) == []
