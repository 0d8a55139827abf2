"""The command that asks, on a real index with the packaged model."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from llm_engineering.application.index.plan import index_plan
from llm_engineering.application.index.sync import synced_index
from llm_engineering.application.preprocess.chunking import Chunking, chunks_of_documents
from llm_engineering.application.warehouse.authors import written_author
from llm_engineering.infrastructure.factory import embedder, opened_collection, opened_document_store, term_encoder
from llm_engineering.settings import Settings
from tests.support.documents import cleaned
from tools.rag import main

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


def test_the_best_passage_is_quoted_with_its_source(data: Path) -> None:
    result = asked("--query", "What does the engine weave out of numbers?", "--k", "1")

    assert result.exit_code == 0
    assert f"{ENGINE} [1]" in result.output
    assert "[1] Engine  Analysis" in result.output
    assert "https://ada.dev/engine  (Ada Lovelace, lines 3-3, characters 12-77)" in result.output
    assert LOOM not in result.output


def test_an_author_restricts_what_is_found(data: Path) -> None:
    assert LOOM in asked("--query", "loom of silk", "--author", "ada lovelace".title()).output


def test_an_author_who_is_not_there_is_told_and_not_made(data: Path) -> None:
    result = asked("--query", "silk", "--author", "Charles Babbage")

    assert result.exit_code == 1
    assert "Nothing is stored of 'Charles Babbage'; there is Ada Lovelace." in result.output
    with opened_document_store(Settings()) as documents:
        assert [written_author(documents, name).is_new for name in ("Ada Lovelace", "Charles Babbage")] == [False, True]


def test_places_without_documents_have_no_passage(data: Path) -> None:
    for restriction in (
        ("--category", "posts"),
        ("--platform", "medium"),
        ("--language", "de"),
        ("--since", "2024-01-01"),
        ("--until", "2024-01-01"),
    ):
        assert "The index has no passage for this." in asked("--query", "silk", *restriction).output
    assert LOOM in asked("--query", "loom of silk", "--platform", "ada.dev", "--language", "en").output


def test_a_question_about_something_else_is_not_answered(data: Path) -> None:
    result = asked("--query", "Who won the football world cup in 1998?")

    assert "I do not know" in result.output
    assert "What comes closest: " in result.output


def test_how_to_answer_can_be_set(data: Path, tmp_path: Path) -> None:
    config = tmp_path / "by_words.yaml"
    config.write_text("parameters: {retrieval: {fusion: {meaning_weight: 0}}}", encoding="utf-8")

    assert "[1] Loom" in asked("--query", "loom of silk", "--config", str(config)).output
    config.write_text("parameters: {retrievall: {}}", encoding="utf-8")
    assert "Did you mean 'retrieval'?" in asked("--query", "silk", "--config", str(config)).output


def test_an_answer_can_be_streamed_and_printed_as_json(data: Path) -> None:
    streamed = asked("--query", "loom of silk", "--k", "1", "--stream")
    answer = json.loads(asked("--query", "loom of silk", "--k", "1", "--json").output)

    assert f"{LOOM} [1]" in streamed.output
    assert "[1] Loom" in streamed.output
    assert answer["citations"][0]["quote"] == LOOM


def test_values_can_be_shown_and_given(data: Path) -> None:
    given = ("--set", 'queries={"texts": ["engine numbers"]}')
    shown = asked("--query", "loom of silk", *given, "--show", "queries")

    assert json.loads(shown.output) == {"queries": {"texts": ["engine numbers"], "notes": []}}
    assert "has no NAME before a =" in asked("--query", "silk", "--set", "queries").output
    assert "Did you mean 'queries'?" in asked("--query", "silk", "--show", "querie").output


def test_an_answer_can_be_explained(data: Path) -> None:
    result = asked("--query", "What does the loom of Ada Lovelace weave?", "--explain")

    assert result.exit_code == 0
    for part in (
        "Ada Lovelace",
        "author_id",
        "By meaning",
        "extractive quotes",
        "Milliseconds",
        "retrieved",
        "[1] Loom",
    ):
        assert part in result.output


def test_the_dataflow_is_drawn_without_an_index(tmp_path: Path) -> None:
    result = asked("--visualize", str(tmp_path / "graph.svg"))

    assert result.exit_code == 0
    assert "checked_text" in (tmp_path / "graph.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--k", "0"), "is not in the range 1<=x<=50"),
        (("--query", "x" * 2001), "The question has 2,001 characters; 2,000 are read."),
        (("--query", "?"), "The question has no words."),
    ],
)
def test_what_cannot_be_asked_is_told(arguments: tuple[str, ...], error: str) -> None:
    assert error in asked(*arguments).output
