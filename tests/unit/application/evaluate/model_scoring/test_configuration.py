from typing import Any

import pytest
from pydantic import ValidationError

from llm_engineering.application.evaluate.model_scoring.configuration import EvaluatedModel
from tests.support.scored import evaluating

BASE = {"name": "base", "folder": "models/base"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"baseline": "bas"}, "`baseline` is 'bas', which is none of the models. Did you mean 'base'"),
        ({"candidate": "dpo"}, "`candidate` is 'dpo', which is none of the models"),
        ({"candidate": "base"}, "`candidate` and `baseline` are both 'base'"),
        ({"models": [BASE, BASE], "candidate": None}, "Two models are called base"),
        ({"models": [{"name": "base"}]}, "The model 'base' of kind folder names no folder"),
        ({"models": [{**BASE, "kind": "settings"}]}, "of kind settings names the folder 'models/base'"),
        ({"models": [{**BASE, "model": "gpt"}]}, "of kind folder names the model 'gpt'"),
        ({"data": {"held_out": 0, "golden": 0}}, "data.held_out and data.golden are both 0"),
        ({"gate": {"rules": [{"score": "failed"}]}}, "The rule on 'failed' has no limit"),
        ({"jugde": {}}, "Extra inputs are not permitted"),
    ],
)
def test_what_contradicts_itself_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        evaluating(**changes)


def test_a_model_that_runs_here_answers_one_question_at_a_time() -> None:
    assert EvaluatedModel(name="base", folder="models/base", concurrency=8).places == 1
    assert EvaluatedModel.model_validate({"name": "rag", "kind": "rag", "folder": "models/base"}).places == 1
    assert EvaluatedModel.model_validate({"name": "rag", "kind": "rag", "concurrency": 8}).places == 8
