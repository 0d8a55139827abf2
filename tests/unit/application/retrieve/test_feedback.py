import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.retrieve.feedback import best_of_each_document, moved_question, smoothed

EAST, NORTH, WEST = (np.array(direction, dtype=np.float32) for direction in ([1, 0], [0, 1], [-1, 0]))


class TestBestOfEachDocument:
    def test_one_of_each_the_best_first(self) -> None:
        assert best_of_each_document(np.array([0.1, 0.9, 0.8, 0.5]), ["a", "b", "b", "c"], 2) == [1, 3]

    def test_there_may_be_fewer_documents(self) -> None:
        assert best_of_each_document(np.array([0.1, 0.9]), ["a", "a"], 5) == [1]


class TestMovedQuestion:
    def test_it_moves_towards_the_mean(self) -> None:
        # (1, 0) + 0.75 · mean of (0, 1) and (0, 1) = (1, 0.75), of length 1.25.
        assert moved_question(EAST, np.stack([NORTH, NORTH]), 0.75).tolist() == pytest.approx([0.8, 0.6])

    def test_opposites_leave_it_where_it_is(self) -> None:
        assert moved_question(EAST, WEST[np.newaxis], 1.0).tolist() == [1, 0]


class TestSmoothed:
    def test_who_resembles_the_good_ones_gains(self) -> None:
        embeddings = np.stack([EAST, NORTH, EAST, NORTH])
        # Own scores as fractions: 1, 0.9, 0, 0. Of others: mean of the like ones 0.5, 0.45, 0.5, 0.45, stretched to
        # 1, 0, 1, 0. Half of each: 1, 0.45, 0.5, 0; the upper half of the scale: (1 + s) / 2.
        found = smoothed(np.array([1, 0.9, 0, 0]), embeddings, count=4, share=0.5)
        assert found.tolist() == pytest.approx([1, 0.725, 0.75, 0.5])

    def test_opposites_count_nothing(self) -> None:
        found = smoothed(np.array([1.0, 0.0]), np.stack([EAST, WEST]), count=2, share=1.0)
        assert found.tolist() == [1, 0.5]

    def test_the_others_keep_their_order_behind(self) -> None:
        found = smoothed(np.array([0.2, 1.0, 0.4]), np.stack([EAST, EAST, EAST]), count=1, share=0.5)
        assert found.tolist() == pytest.approx([0.1, 1.0, 0.2])

    @given(
        st.lists(st.tuples(st.floats(0, 1), st.floats(0, 6.28)), min_size=1, max_size=20),
        st.integers(1, 25),
        st.floats(0, 1),
    )
    def test_scores_stay_from_zero_to_one_and_the_best_stay_ahead(
        self, found: list[tuple[float, float]], count: int, share: float
    ) -> None:
        given_scores = np.array([score for score, _ in found])
        embeddings = np.array([[np.cos(angle), np.sin(angle)] for _, angle in found], dtype=np.float32)
        result = smoothed(given_scores, embeddings, count=count, share=share)
        ahead = np.argsort(-given_scores, kind="stable")[:count]
        assert result.min() >= 0
        assert result.max() <= 1 + 1e-9
        assert result[ahead].min() >= np.delete(result, ahead).max(initial=0)
