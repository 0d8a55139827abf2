import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.feature_pipeline import main
from llm_engineering.application.warehouse.documents import stored_json
from tests.support.documents import article

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def test_both_ways_do_the_same_work_and_are_compared(tmp_path: Path) -> None:
    articles = [article(f"# Note {number}\n\n{'word ' * 300}", link=f"https://ada.dev/{number}") for number in range(3)]
    path = tmp_path / "ArticleDocument.json"
    path.write_text(json.dumps([stored_json(item) for item in articles]), encoding="utf-8")

    result = CliRunner().invoke(main, ["--warehouse", str(tmp_path), "--articles", "2"])

    assert result.exit_code == 0, result.output
    assert "naive loop (batch 10, float32, upserts of 4)" in result.output
    assert "2 documents, 4 chunks," in result.output
    assert "times the tokens/s" in result.output


def test_a_folder_without_articles_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--warehouse", str(tmp_path)])

    assert result.exit_code == 1
    assert "ArticleDocument.json does not exist" in result.output
