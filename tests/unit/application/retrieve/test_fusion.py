from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.retrieve.fusion import (
    FusionMethod,
    Scores,
    UnweighableScoresError,
    fused,
    min_max,
    reciprocal_ranks,
)

NOT_FOUND = float("nan")


def scores(*values: float) -> Scores:
    return np.array(values)


class TestMinMax:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ([2, 4, 3], [0, 1, 0.5]),
            ([-1, NOT_FOUND, 1], [0, 0, 1]),
            ([5, 5], [1, 1]),
            ([5, NOT_FOUND], [1, 0]),
            ([NOT_FOUND], [0]),
            ([], []),
        ],
    )
    def test_the_worst_is_zero_and_the_best_one(self, given: list[float], expected: list[float]) -> None:
        assert min_max(np.array(given, dtype=np.float64)).tolist() == expected


class TestReciprocalRanks:
    def test_the_second_gets_61_of_62(self) -> None:
        assert reciprocal_ranks(scores(0.1, 0.9), constant=60).tolist() == pytest.approx([61 / 62, 1])

    def test_equal_scores_share_a_rank(self) -> None:
        assert reciprocal_ranks(scores(3, 7, 7, 1), constant=1).tolist() == pytest.approx([2 / 4, 1, 1, 2 / 5])

    def test_what_was_not_found_gets_nothing_and_takes_no_rank(self) -> None:
        assert reciprocal_ranks(scores(NOT_FOUND, -3), constant=60).tolist() == [0, 1]


class TestFused:
    def test_normalised_scores_are_averaged_by_weight(self) -> None:
        given = [scores(0, 10, 5), scores(NOT_FOUND, 1, 3)]
        assert fused(given, [3, 1], FusionMethod.MIN_MAX, rank_constant=60).tolist() == [0, 0.75, 0.625]

    def test_ranks_are_averaged_by_weight(self) -> None:
        given = [scores(0, 10), scores(NOT_FOUND, 1)]
        found = fused(given, [1, 1], FusionMethod.RECIPROCAL_RANK, rank_constant=60)
        assert found.tolist() == pytest.approx([61 / 62 / 2, 1])

    @pytest.mark.parametrize("weights", [[1.0], [1.0, -0.5], [0.0, 0.0], []])
    def test_weights_that_cannot_weigh_are_refused(self, weights: list[float]) -> None:
        with pytest.raises(UnweighableScoresError, match="the scores of 2 methods") as refused:
            fused([scores(1), scores(2)], weights, FusionMethod.MIN_MAX, rank_constant=60)
        assert refused.value.weights == tuple(weights)


candidates = st.lists(
    st.tuples(st.floats(-1, 1), st.one_of(st.just(NOT_FOUND), st.floats(0, 50))), min_size=1, max_size=20
)


@given(candidates, st.sampled_from(FusionMethod), st.floats(0, 1), st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_does_not_matter(
    found: list[tuple[float, float]], method: FusionMethod, weight: float, random: Random
) -> None:
    order = list(range(len(found)))
    random.shuffle(order)
    columns = np.array(found).T
    straight = fused(list(columns), [weight, 1.5 - weight], method, rank_constant=60)
    shuffled = fused(list(columns[:, order]), [weight, 1.5 - weight], method, rank_constant=60)
    assert shuffled.tolist() == straight[order].tolist()


@given(candidates, st.sampled_from(FusionMethod))
def test_fused_scores_lie_from_zero_to_one(found: list[tuple[float, float]], method: FusionMethod) -> None:
    result = fused(list(np.array(found).T), [0.3, 0.7], method, rank_constant=60)
    assert result.min() >= 0
    assert result.max() <= 1 + 1e-12


@given(candidates, st.sampled_from(FusionMethod))
def test_better_by_both_is_better_together(found: list[tuple[float, float]], method: FusionMethod) -> None:
    best = [(2.0, 51.0), *found]
    result = fused(list(np.array(best).T), [0.3, 0.7], method, rank_constant=60)
    assert result[0] == result.max()
