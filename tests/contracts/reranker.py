"""What every Reranker promises, as tests: a suite subclasses this and defines the fixture `reranker`."""

import numpy as np
import pytest

from llm_engineering.application.retrieve.reranking import Reranker

TEXTS = ["a b c", "text", "query " * 200]


class RerankerContract:
    """Holds for every adapter and every fake."""

    @pytest.fixture
    def reranker(self) -> Reranker:
        raise NotImplementedError

    def test_each_text_gets_one_finite_score(self, reranker: Reranker) -> None:
        scores = reranker.scores("a query", TEXTS)
        assert scores.shape == (3,)
        assert np.isfinite(scores).all()

    def test_scores_are_in_the_order_of_the_texts(self, reranker: Reranker) -> None:
        backwards = reranker.scores("a query", TEXTS[::-1])
        assert reranker.scores("a query", TEXTS) == pytest.approx(backwards[::-1], abs=1e-4)

    def test_different_texts_have_different_scores(self, reranker: Reranker) -> None:
        assert len(set(np.round(reranker.scores("a query", TEXTS), 3).tolist())) == 3

    def test_without_texts_there_are_no_scores(self, reranker: Reranker) -> None:
        assert reranker.scores("a query", []).shape == (0,)
