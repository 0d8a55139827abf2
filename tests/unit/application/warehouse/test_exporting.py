from pathlib import Path

import pytest

from llm_engineering.application.ports import DOCUMENTS, USERS, DocumentStore
from llm_engineering.application.warehouse.documents import StoredObjectInvalidError
from llm_engineering.application.warehouse.exporting import ExportedFile, ExportFolderError, exported
from llm_engineering.domain.documents import Category
from tests.unit.application.warehouse.warehouse_files import ADA, article

ARTICLES = DOCUMENTS[Category.ARTICLES]


def test_writes_one_object_per_line_in_the_order_of_ids(store: DocumentStore, tmp_path: Path) -> None:
    store.upsert(USERS, [ADA])
    store.upsert(ARTICLES, [article("b", content={"Title": "é", "Content": "\u2028"}), article("a")])

    files = exported(store, tmp_path / "out")

    assert files == [
        ExportedFile(tmp_path / "out" / "UserDocument.json", "users", 1),
        ExportedFile(tmp_path / "out" / "ArticleDocument.json", "articles", 2),
        ExportedFile(tmp_path / "out" / "PostDocument.json", "posts", 0),
        ExportedFile(tmp_path / "out" / "RepositoryDocument.json", "repositories", 0),
    ]
    assert (tmp_path / "out" / "UserDocument.json").read_bytes() == (
        b'[\n{"_id": "ada", "first_name": "Ada", "last_name": "Lovelace"}\n]\n'
    )
    lines = (tmp_path / "out" / "ArticleDocument.json").read_text(encoding="utf-8").split("\n")
    assert [line[:11] for line in lines] == ["[", '{"_id": "a"', '{"_id": "b"', "]", ""]
    assert '{"Title": "é", "Content": "\u2028"}' in lines[2]


def test_empties_the_file_of_an_empty_collection(store: DocumentStore, tmp_path: Path) -> None:
    (tmp_path / "PostDocument.json").write_text('[{"_id": "of an older export"}]', encoding="utf-8")

    exported(store, tmp_path)

    assert (tmp_path / "PostDocument.json").read_text(encoding="utf-8") == "[\n]\n"


def test_replaces_no_file_before_all_are_complete(store: DocumentStore, tmp_path: Path) -> None:
    store.upsert(USERS, [ADA])
    exported(store, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    store.upsert(USERS, [{"_id": "c", "first_name": "Charles", "last_name": "Babbage"}])
    store.upsert(ARTICLES, [article("a", platform=7)])

    with pytest.raises(StoredObjectInvalidError, match="platform: Input should be a valid string"):
        exported(store, tmp_path / "out")

    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_names_a_folder_that_cannot_be_made(store: DocumentStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")

    with pytest.raises(ExportFolderError, match="File exists") as caught:
        exported(store, tmp_path / "file")

    assert caught.value.folder == tmp_path / "file"
