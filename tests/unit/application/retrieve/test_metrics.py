import math
from collections.abc import Callable

import pytest

from llm_engineering.application.retrieve.metrics import mean_with_interval, ndcg, recall, reciprocal_rank

GRADES = {"a": 3, "b": 2, "c": 1}


@pytest.mark.parametrize(
    ("ranking", "expected"),
    [
        (["a", "b", "c"], 1.0),
        # Gains 7, 3, 1: (1 + 3 / log2(3) + 7 / 2) / (7 + 3 / log2(3) + 1 / 2)
        (["c", "b", "a"], (1 + 3 / math.log2(3) + 3.5) / (7 + 3 / math.log2(3) + 0.5)),
        (["x", "a"], (7 / math.log2(3)) / (7 + 3 / math.log2(3) + 0.5)),
        (["x", "y"], 0.0),
        ([], 0.0),
    ],
)
def test_ndcg_is_the_discounted_gain_of_the_best(ranking: list[str], expected: float) -> None:
    assert ndcg(ranking, GRADES) == pytest.approx(expected)


def test_ndcg_looks_at_the_first_k_only() -> None:
    assert ndcg(["x", "a"], {"a": 1}, k=1) == 0.0
    assert ndcg(["a"], {"a": 1, "b": 1}, k=1) == 1.0


def test_recall_is_the_share_that_was_found() -> None:
    assert recall(["c", "x", "a"], GRADES) == pytest.approx(2 / 3)
    assert recall(["x", "a"], GRADES, k=1) == 0.0


@pytest.mark.parametrize(("ranking", "expected"), [(["b"], 1.0), (["x", "y", "c"], 1 / 3), (["x"] * 10 + ["a"], 0.0)])
def test_the_reciprocal_rank_is_that_of_the_first_relevant(ranking: list[str], expected: float) -> None:
    assert reciprocal_rank(ranking, GRADES) == expected


@pytest.mark.parametrize("metric", [ndcg, recall, reciprocal_rank])
def test_without_anything_relevant_there_is_nothing_to_find(
    metric: Callable[[list[str], dict[str, int]], float],
) -> None:
    assert metric(["a"], {}) == 0.0


def test_the_interval_of_equal_figures_is_the_figure() -> None:
    interval = mean_with_interval([0.25, 0.25, 0.25])
    assert (interval.mean, interval.low, interval.high) == (0.25, 0.25, 0.25)


def test_the_interval_is_that_of_the_normal_distribution_for_many_figures() -> None:
    interval = mean_with_interval([0.0, 1.0] * 200)
    # The standard error is 0.5 / √400 = 0.025; 1.96 of it to either side.
    assert interval.mean == 0.5
    assert interval.low == pytest.approx(0.451, abs=0.004)
    assert interval.high == pytest.approx(0.549, abs=0.004)


def test_the_interval_is_the_same_every_time() -> None:
    assert mean_with_interval([0.1, 0.5, 0.9]) == mean_with_interval([0.1, 0.5, 0.9])
