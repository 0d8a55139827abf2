import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from loguru import logger

from llm_engineering.application.ports import DOCUMENTS
from llm_engineering.domain.documents import Category
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings
from tools.data_warehouse import main

REAL_DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "warehouse"

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "twin"))
    yield tmp_path / "twin"
    # The command logs to the standard error that the runner has closed by now.
    logger.remove()


@pytest.fixture
def real_data() -> Path:
    if not REAL_DATA.is_dir():
        pytest.skip(f"{REAL_DATA} is not here")
    return REAL_DATA


def output_of(*arguments: str, exit_code: int = 0) -> list[str]:
    """Return the lines that the command prints, with single blanks."""
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == exit_code, result.output
    return [" ".join(line.split()) for line in result.output.splitlines()]


def test_imports_and_exports_where_the_handbook_does(data_folder: Path) -> None:
    folder = Path("data/data_warehouse_raw_data")
    folder.mkdir(parents=True)
    ada = {"_id": "ada", "first_name": "Ada", "last_name": "Lovelace"}
    (folder / "UserDocument.json").write_text(json.dumps([ada]), encoding="utf-8")

    assert output_of("--import-raw-data") == [
        f"Imported {folder} into {data_folder / 'documents.sqlite3'}",
        "collection file objects inserted updated unchanged",
        "users UserDocument.json 1 1 0 0",
    ]
    assert output_of("--export-raw-data") == [
        f"Exported {data_folder / 'documents.sqlite3'} to {folder}",
        "collection file objects",
        "users UserDocument.json 1",
        "articles ArticleDocument.json 0",
        "posts PostDocument.json 0",
        "repositories RepositoryDocument.json 0",
    ]


def test_shows_that_a_second_import_changes_nothing(real_data: Path) -> None:
    output_of("--import-raw-data", "--data-dir", str(real_data))

    assert output_of("--import-raw-data", "--data-dir", str(real_data))[2:] == [
        "users UserDocument.json 2 0 0 2",
        "articles ArticleDocument.json 76 0 0 76",
    ]


def test_tells_all_faults_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "UserDocument.json").write_text('[{"_id": "ada"}, 7]', encoding="utf-8")

    assert output_of("--import-raw-data", "--data-dir", str(tmp_path), exit_code=1) == [
        f"Error: Nothing was imported from '{tmp_path}', because of 3 faults in the files.",
        "Correct them and run the same import again:",
        "UserDocument.json[0]: first_name: Field required",
        "UserDocument.json[0]: last_name: Field required",
        "UserDocument.json[1]: object: Input should be a valid dictionary or instance of Author, got 7",
    ]


@pytest.mark.parametrize("arguments", [[], ["--export-raw-data", "--import-raw-data"]])
def test_asks_for_one_direction(arguments: list[str]) -> None:
    assert (
        output_of(*arguments, exit_code=2)[-1]
        == "Error: Name one of --export-raw-data, --import-raw-data, --forget and --remember."
    )


@pytest.mark.parametrize("log_bytes", [0, 100_000, 400_000, 1_000_000])
def test_a_killed_import_is_completed_by_the_next(real_data: Path, data_folder: Path, log_bytes: int) -> None:
    command = [sys.executable, "-m", "tools.data_warehouse", "--import-raw-data", "--data-dir", str(real_data)]
    log = data_folder / "documents.sqlite3-wal"
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL) as process:
        # The articles make a log of 1.3 MB: each case dies at another point of their transaction.
        while process.poll() is None and not (log.exists() and log.stat().st_size >= log_bytes):
            pass
        process.kill()

    with opened_document_store(Settings()) as store:
        assert store.count(DOCUMENTS[Category.ARTICLES], {}) in {0, 76}
    output_of("--import-raw-data", "--data-dir", str(real_data))
    output_of("--export-raw-data", "--data-dir", "out")

    for file in ("UserDocument.json", "ArticleDocument.json"):
        given = json.loads((real_data / file).read_text(encoding="utf-8"))
        assert json.loads(Path("out", file).read_text(encoding="utf-8")) == sorted(given, key=lambda each: each["_id"])
