"""Artifacts of a real ZenML, written to files for other programs."""

import json
from pathlib import Path
from typing import Final

import pytest
from zenml import save_artifact

from llm_engineering.application.crawl.verdict import CrawlVerdict
from llm_engineering.domain.outcomes import Result
from steps.export.export_artifacts import UnknownArtifactError, export_artifacts, exported_file
from steps.materializers import ResultMaterializer, result_json
from tests.support import results

pytestmark = pytest.mark.integration

EARLIER: Final = CrawlVerdict(failed_share=0.0, max_failed_share=0.5)
LATER: Final = CrawlVerdict(failed_share=0.25, max_failed_share=0.5)


def saved(result: Result, name: str) -> None:
    save_artifact(result, name=name, materializer=ResultMaterializer)


@pytest.fixture(scope="module", autouse=True)
def _artifacts() -> None:
    saved(EARLIER, "exported_verdict")
    saved(LATER, "exported_verdict")
    saved(results.RAW_DOCUMENTS, "exported_documents")


def test_each_artifact_becomes_a_file_of_its_name(tmp_path: Path) -> None:
    exported = export_artifacts.entrypoint(["exported_verdict", "exported_documents"], str(tmp_path / "new" / "folder"))

    assert {path.name for path in (tmp_path / "new" / "folder").iterdir()} == {
        "exported_verdict.json",
        "exported_documents.json",
    }
    assert list(exported.figures) == ["exported_verdict", "exported_documents"]


def test_the_newest_version_is_written_and_told(tmp_path: Path) -> None:
    file = exported_file("exported_verdict", tmp_path)

    assert (tmp_path / "exported_verdict.json").read_text(encoding="utf-8") == result_json(LATER)
    assert file.version == "2"
    assert file.path == str(tmp_path / "exported_verdict.json")
    assert file.bytes == len(result_json(LATER).encode())


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "exported_documents.json").write_text("old", encoding="utf-8")

    exported_file("exported_documents", tmp_path)

    written = json.loads((tmp_path / "exported_documents.json").read_text(encoding="utf-8"))
    assert written["figures"]["documents"] == 3
    assert [path.name for path in tmp_path.iterdir()] == ["exported_documents.json"]


def test_an_unknown_artifact_is_told_with_the_closest_known_one(tmp_path: Path) -> None:
    with pytest.raises(UnknownArtifactError) as caught:
        exported_file("exported_verdicts", tmp_path)

    assert caught.value.problem == "There is no artifact 'exported_verdicts'. Did you mean 'exported_verdict'?"
    assert "exported_documents" in caught.value.remedy
    assert list(tmp_path.iterdir()) == []
