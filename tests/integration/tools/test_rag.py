"""The retrieval command on a real index with the packaged model."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from llm_engineering.application.index.plan import index_plan
from llm_engineering.application.index.sync import synced_index
from llm_engineering.application.preprocess.chunking import Chunking, chunks_of_documents
from llm_engineering.application.retrieve.passages import Passage
from llm_engineering.application.warehouse.authors import written_author
from llm_engineering.domain.chunks import OtherPlace, ScoredChunk
from llm_engineering.domain.documents import Category
from llm_engineering.infrastructure.factory import embedder, opened_collection, opened_document_store, term_encoder
from llm_engineering.settings import Settings
from tests.support.documents import chunk, cleaned
from tools.rag import main, print_passages

pytestmark = pytest.mark.integration

LOOM = "The loom weaves flowers and leaves out of threads of silk."
ENGINE = "The engine weaves algebraic patterns out of numbers [not markup]."


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with two indexed documents of Ada Lovelace."""
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path))
    settings = Settings()
    with opened_document_store(settings) as documents:
        author = written_author(documents, "Ada Lovelace").author
    model = embedder(settings)
    texts = {"loom": LOOM, "engine": "# Analysis\n\n" + ENGINE}
    owned = [
        cleaned(text, title=name.capitalize(), link=f"https://ada.dev/{name}", author="Ada Lovelace")
        for name, text in texts.items()
    ]
    owned = [
        document.model_copy(update={"provenance": document.provenance.model_copy(update={"author_id": author.id})})
        for document in owned
    ]
    chunks = chunks_of_documents(owned, model.tokenizer, Chunking()).items
    with opened_collection(settings, settings.qdrant_collection, model.identity) as vectors:
        plan = index_plan(chunks, [author.id], vectors)
        synced_index(plan, embedder=model, encoder=term_encoder(), vectors=vectors)
    return tmp_path


def asked(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "120"}).invoke(main, arguments)


def test_the_best_passage_comes_first_with_its_source(data: Path) -> None:
    result = asked("--query", "What does the machine calculate with?", "--k", "1")

    assert result.exit_code == 0
    assert "[1] Engine  Analysis" in result.output
    assert ENGINE in result.output
    assert "https://ada.dev/engine  (Ada Lovelace, characters 0-" in result.output
    assert LOOM not in result.output


def test_an_author_restricts_what_is_found(data: Path) -> None:
    assert LOOM in asked("--query", "silk", "--author", "ada lovelace".title()).output


def test_an_author_who_is_not_there_is_told_and_not_made(data: Path) -> None:
    result = asked("--query", "silk", "--author", "Charles Babbage")

    assert result.exit_code == 1
    assert "Nothing is stored of 'Charles Babbage'; there is Ada Lovelace." in result.output
    with opened_document_store(Settings()) as documents:
        assert [written_author(documents, name).is_new for name in ("Ada Lovelace", "Charles Babbage")] == [False, True]


def test_a_category_without_documents_has_no_passage(data: Path) -> None:
    assert "The index has no passage for this." in asked("--query", "silk", "--category", "posts").output


def test_platform_language_and_days_restrict(data: Path) -> None:
    for restriction in (
        ("--platform", "medium"),
        ("--language", "de"),
        ("--since", "2024-01-01"),
        ("--until", "2024-01-01"),
    ):
        assert "The index has no passage for this." in asked("--query", "silk", *restriction).output
    assert LOOM in asked("--query", "silk", "--platform", "ada.dev", "--language", "en").output


def test_how_to_search_can_be_set(data: Path, tmp_path: Path) -> None:
    config = tmp_path / "by_words.yaml"
    config.write_text("parameters: {fusion: {meaning_weight: 0}}", encoding="utf-8")

    assert "[1] Loom" in asked("--query", "silk", "--config", str(config)).output


def test_no_passages_at_all_cannot_be_asked_for() -> None:
    assert "is not in the range x>=1" in asked("--query", "silk", "--k", "0").output


def test_all_places_of_a_shared_passage_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    other = OtherPlace(
        document_id="d", link="https://ada.dev/two", title="Two", category=Category.ARTICLES, platform="ada.dev"
    )
    shared = chunk("Subscribe.", chunk_id="c").model_copy(update={"also_at": (other,)})

    print_passages((Passage(number=1, found=ScoredChunk(chunk=shared, score=1)),))

    assert "also at https://ada.dev/two  (Two)" in capsys.readouterr().out
