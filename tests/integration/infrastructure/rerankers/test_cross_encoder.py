from pathlib import Path

import pytest

from llm_engineering.infrastructure.rerankers.cross_encoder import CrossEncoderReranker, UnusableRerankerError
from tests.support.tiny_reranker import saved_tiny_reranker

pytestmark = pytest.mark.integration


def test_nothing_is_scored_without_loading_a_model(tmp_path: Path) -> None:
    assert CrossEncoderReranker.from_model_id(str(tmp_path)).scores("a", []).shape == (0,)


def test_a_model_that_is_nowhere_is_told() -> None:
    with pytest.raises(UnusableRerankerError, match="'nobody/nothing' cannot be used: it is no local folder"):
        CrossEncoderReranker.from_model_id("nobody/nothing")


def test_a_model_with_several_scores_for_a_pair_is_refused(tmp_path: Path) -> None:
    reranker = CrossEncoderReranker.from_model_id(str(saved_tiny_reranker(tmp_path, scores=3)))

    with pytest.raises(UnusableRerankerError, match=r"scores of shape \(1, 3\) to 1 pairs"):
        reranker.scores("a", ["b"])


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableRerankerError, match="it cannot be loaded") as refused:
        CrossEncoderReranker.from_model_id(str(tmp_path)).scores("a", ["b"])
    assert refused.value.model == str(tmp_path)
