"""The command that looks after the index, with the packaged model."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from llm_engineering.application.index.manifest import INDEXED_DOCUMENTS
from llm_engineering.application.warehouse.authors import written_author
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings
from pipelines.parameters import FeatureEngineering
from steps.feature_engineering.load_to_vector_db import load_to_vector_db
from tests.support.documents import article
from tests.support.results import UNREAD
from tools.index import main

pytestmark = pytest.mark.integration


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration for Ada Lovelace, who has two documents of a chunk each."""
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path))
    with opened_document_store(Settings()) as documents:
        ada = written_author(documents, "Ada Lovelace").author.id
        write_documents(documents, [article(text, link=f"https://ada.dev/{text}", author_id=ada) for text in "ab"])
    path = tmp_path / "ada.yaml"
    path.write_text("parameters: {author_full_names: [Ada Lovelace], price_per_million_tokens: 50}", encoding="utf-8")
    return path


def run() -> None:
    """Do what the feature pipeline does with the index."""
    parameters = FeatureEngineering(author_full_names=("Ada Lovelace",))
    load_to_vector_db.entrypoint(UNREAD, ["Ada Lovelace"], parameters.chunking)


def told(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "160"}).invoke(main, arguments)


def test_a_dry_run_before_the_first_run_makes_no_collection(config: Path, tmp_path: Path) -> None:
    result = told("--dry-run", "--config", str(config))

    assert result.exit_code == 0, result.output
    assert "A run would do this to a new collection" in result.output
    assert "Time: unknown until the first run" in result.output
    assert "at 50 per million tokens" in result.output
    assert "Nothing was written" in result.output
    assert not list((tmp_path / "vectors").glob("*"))


def test_an_index_that_agrees_passes_and_a_damaged_one_is_mended(config: Path) -> None:
    run()
    assert "Documents, manifest and vectors agree." in told("--audit", "--config", str(config)).output
    with opened_document_store(Settings()) as documents:
        documents.delete(INDEXED_DOCUMENTS, {"document_id": "id of https://ada.dev/a"})

    damaged = told("--audit", "--config", str(config))
    assert (damaged.exit_code, "documents that are not indexed" in damaged.output) == (1, True)
    mended = told("--audit", "--repair", "--config", str(config))

    assert mended.exit_code == 0, mended.output
    assert "Repaired." in mended.output
    assert told("--audit", "--config", str(config)).exit_code == 0


def test_a_second_run_would_do_nothing(config: Path) -> None:
    run()

    output = told("--dry-run", "--config", str(config)).output

    (row,) = [line.split() for line in output.splitlines() if line.startswith("Ada Lovelace")]
    assert row == ["Ada", "Lovelace", "0", "0", "0", "2", "0", "0", "0"]
    assert "Time: about 0 s" in output


def test_what_is_not_there_cannot_be_repaired(config: Path) -> None:
    result = told("--audit", "--repair", "--config", str(config))

    assert result.exit_code == 1
    assert "is not there, so nothing can be compared or mended" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Name one of --dry-run, --audit, --status, --rollback."),
        (["--audit", "--dry-run"], "Name one of"),
        (["--dry-run", "--repair"], "--repair belongs to --audit."),
    ],
)
def test_options_that_say_nothing_are_refused(arguments: list[str], message: str) -> None:
    result = told(*arguments)

    assert result.exit_code == 2
    assert message in result.output
