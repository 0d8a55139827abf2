from pathlib import Path

import pytest

from llm_engineering.infrastructure.embedders.model_folder import ModelUnavailableError
from llm_engineering.infrastructure.rerankers.cross_encoder import CrossEncoderReranker

pytestmark = pytest.mark.integration


def test_nothing_is_scored_without_loading_a_model(tmp_path: Path) -> None:
    assert CrossEncoderReranker.from_model_id(str(tmp_path)).scores("a", []).shape == (0,)


def test_a_model_that_is_nowhere_is_told() -> None:
    with pytest.raises(ModelUnavailableError, match="'nobody/nothing'"):
        CrossEncoderReranker.from_model_id("nobody/nothing")
