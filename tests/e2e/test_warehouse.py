"""The exported articles of two authors, from JSON files to an index that follows them."""

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT, Twin, figures

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

WAREHOUSE = ROOT.parent / "shared" / "data" / "warehouse"
FEATURES = ("tools.run", "--run-feature-engineering", "--no-cache")


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """A copy of the export, which a test may edit."""
    if not WAREHOUSE.is_dir():
        pytest.skip("the exported articles are not beside the repository")
    return Path(shutil.copytree(WAREHOUSE, tmp_path / "export"))


def edit(warehouse: Path, link: str, old: str, new: str) -> None:
    path = warehouse / "ArticleDocument.json"
    articles = json.loads(path.read_text(encoding="utf-8"))
    (article,) = [article for article in articles if article["link"] == link]
    assert article["content"]["Content"].count(old) == 1
    article["content"]["Content"] = article["content"]["Content"].replace(old, new)
    path.write_text(json.dumps(articles), encoding="utf-8")


@pytest.mark.timeout(800)  # three minutes on two idle cores: all articles are embedded
def test_the_index_holds_every_character_and_follows_an_edit(twin: Twin, warehouse: Path) -> None:
    twin.run("tools.data_warehouse", "--import-raw-data", "--data-dir", str(warehouse))

    first = twin.run(*FEATURES)
    assert figures(first, "raw_documents")["documents"] == "76"
    assert figures(first, "chunks")["covered characters percent"] == "100.0"
    assert figures(first, "chunks")["chunks cut by the model"] == "0"
    index = {
        name: int(value.replace(",", "")) for name, value in figures(first, "index_report").items() if "chunks" in name
    }
    chunks = int(figures(first, "chunks")["chunks"].replace(",", ""))
    assert index["embedded chunks"] + index["shared chunks"] == chunks
    assert index["shared chunks"] < chunks / 10  # footers and advertisements that newsletters repeat

    second = figures(twin.run(*FEATURES), "index_report")
    assert (second["embedded chunks"], second["written points"]) == ("0", "0")
    assert second["unchanged chunks"] == f"{index['embedded chunks']:,}"

    link = "https://mlabonne.github.io/blog/posts/2024-07-29_Finetune_Llama31.html"
    edit(warehouse, link, "It involves retraining base models on", "It means training base models again on")
    twin.run("tools.data_warehouse", "--import-raw-data", "--data-dir", str(warehouse))
    third = figures(twin.run(*FEATURES), "index_report")
    assert (third["embedded chunks"], third["deleted chunks"]) == ("1", "1")

    answer = twin.run(
        "tools.rag", "--query", "Which method means training base models again?", "--author", "Maxime Labonne"
    )
    assert "It means training base models again on" in answer
    assert link in answer
