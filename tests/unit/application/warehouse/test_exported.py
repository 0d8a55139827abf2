"""The documents of an exported warehouse."""

import json
from pathlib import Path
from typing import Any

import pytest

from llm_engineering.application.warehouse.exchange import ExchangeFolderError
from llm_engineering.application.warehouse.exported import ExportedFilesError, exported_documents


def article(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "_id": name,
        "author_id": "ada",
        "author_full_name": "Ada Lovelace",
        "platform": "ada.example.org",
        "link": f"https://ada.example.org/{name}",
        "content": {"Title": name, "Content": "The loom weaves."},
        **changes,
    }


def write(folder: Path, name: str, objects: list[dict[str, Any]]) -> None:
    (folder / name).write_text(json.dumps(objects), encoding="utf-8")


def test_documents_of_all_categories_are_read_without_those_that_are_gone(tmp_path: Path) -> None:
    gone = article("gone", gone_at="2026-01-01T00:00:00Z")
    write(tmp_path, "ArticleDocument.json", [article("loom"), gone, article("copy", duplicate_of="loom")])
    write(tmp_path, "PostDocument.json", [article("post")])
    write(tmp_path, "UserDocument.json", [{"_id": "ada", "first_name": "Ada", "last_name": "Lovelace"}])
    assert [document.id for document in exported_documents(tmp_path)] == ["loom", "post"]


def test_faults_are_told_with_their_place(tmp_path: Path) -> None:
    write(tmp_path, "ArticleDocument.json", [article("loom"), {"_id": "bad"}])
    with pytest.raises(ExportedFilesError, match=r"ArticleDocument\.json\[1\]") as caught:
        exported_documents(tmp_path)
    assert {fault.index for fault in caught.value.faults} == {1}


def test_a_folder_without_files_is_told(tmp_path: Path) -> None:
    with pytest.raises(ExchangeFolderError, match="holds no JSON file"):
        exported_documents(tmp_path)
