from pathlib import Path

import pytest
from pydantic import ValidationError

from llm_engineering.application.datasets.generation import Checking


def test_an_evaluation_file_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"There is no file 'nowhere\.jsonl' with an evaluation set"):
        Checking(evaluation_files=("nowhere.jsonl",))
    (tmp_path / "set.txt").write_text("Why?", encoding="utf-8")
    assert Checking(evaluation_files=(str(tmp_path / "set.txt"),)).max_failed_share == 0.1
