"""Golden questions from a small warehouse to a verdict, by the command lines that a user types."""

import json
from pathlib import Path

import pytest

from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import document_id
from tests.e2e.conftest import Twin, figures
from tests.support.golden import essay

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """An exported warehouse with five articles of Ada Lovelace."""
    ada = Author.from_full_name("Ada Lovelace")
    user = {"_id": ada.id, "first_name": ada.first_name, "last_name": ada.last_name}
    articles = [
        {
            "_id": document_id(ada.id, link),
            "content": {
                "Title": f"Essay about {subject}",
                "Content": essay(subject),
                "language": "en",
            },
            "platform": "ada.dev",
            "author_id": ada.id,
            "author_full_name": "Ada Lovelace",
            "link": link,
        }
        for subject in ("silk", "wool", "flax", "jute", "hemp")
        for link in (f"https://ada.dev/{subject}",)
    ]
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "UserDocument.json").write_text(json.dumps([user]), encoding="utf-8")
    (folder / "ArticleDocument.json").write_text(json.dumps(articles), encoding="utf-8")
    return folder


def test_questions_are_made_and_asked_by_one_command(twin: Twin, export: Path) -> None:
    authors = twin.config("ada.yaml", "parameters: {author_full_names: [Ada Lovelace]}")
    twin.run("tools.data_warehouse", "--import-raw-data", "--data-dir", str(export))

    output = twin.run(
        "tools.run", "--run-feature-engineering", "--run-make-golden", "--run-evaluate-retrieval", "--no-cache",
        "--feature-engineering-config-filename", authors, "--make-golden-config-filename", authors,
    )  # fmt: skip
    assert figures(output, "golden_set")["per kind"] == "heading 10, title 5"
    assert figures(output, "retrieval_evaluation")["questions"] == "15"
    assert figures(output, "gate_verdict")["decision"] == "first"
    assert [path.stem for path in (twin.data / "golden").iterdir()] == [figures(output, "golden_set")["version"]]
