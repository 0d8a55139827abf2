"""Golden questions that a language model writes, by the pipeline, on a server of the test's own."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from llm_engineering.application.evaluate.golden import QuestionKind
from llm_engineering.application.evaluate.making import Asking
from llm_engineering.application.warehouse.authors import written_author
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from pipelines.parameters import MakeGolden
from tests.support.documents import article
from tests.support.openai_stub import Asked, OpenAIStub, Reply, openai_stub
from tools.pipeline_start import PreparedRun
from tools.run_configuration import RunConfiguration
from tools.run_summary import step_figures

pytestmark = [pytest.mark.integration, pytest.mark.slow]

TIDE: Final = (
    "At the old harbour the water rises twice a day, because the moon pulls it towards itself on the near side of the "
    "earth, and inertia leaves it behind on the far side. Fishermen plan their work by a printed table."
)
BREAD: Final = (
    "A sourdough loaf needs a starter that was fed the evening before. We mix it with flour and warm water, wait an "
    "hour, add the salt, and fold the dough four times before it rests in a cold kitchen until the next morning."
)
ORGAN: Final = (
    "The church organ was rebuilt after the fire with pipes of tin and lead. Its largest pipe is nine metres long and "
    "speaks so low that visitors feel the note in the wooden benches before they hear it with their ears."
)
REPLIES: Final = {
    "harbour": {"question": "How often does the sea come in each day?", "answer": "twice a day"},
    "sourdough": {
        "question": "Wie lange muss der Teig am Ende in der Küche ruhen?",
        "answer": "until the next morning",
    },
    "organ": {"question": "How big is the biggest pipe of the instrument?", "answer": "ten metres"},
}


@pytest.fixture
def stub() -> Iterator[OpenAIStub]:
    with openai_stub() as stub:
        stub.rule = said
        yield stub


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with three articles of Ada Lovelace."""
    folder = tmp_path / "data"
    monkeypatch.setenv("DATA_FOLDER", str(folder))
    with closing(SqliteDocumentStore.open(folder / "documents.sqlite3", timeout_seconds=5)) as store:
        author = written_author(store, "Ada Lovelace").author
        texts = {"tide": TIDE, "bread": BREAD, "organ": ORGAN}
        write_documents(
            store,
            [
                article(text, link=f"https://ada.dev/{name}", title=f"Notes on {name}", author_id=author.id)
                for name, text in texts.items()
            ],
        )
    return folder


def said(asked: Asked) -> Reply:
    passage = asked.body["messages"][-1]["content"]
    return Reply(json.dumps(next(reply for name, reply in REPLIES.items() if name in passage)))


def asked_server(monkeypatch: pytest.MonkeyPatch, stub: OpenAIStub, **settings: str) -> None:
    named = {"OPENAI_BASE_URL": stub.url, "OPENAI_MODEL_ID": "tide-1", **settings}
    for name, value in named.items():
        monkeypatch.setenv(name, value)


def made(count: int) -> dict[str, Any]:
    questions = {QuestionKind.TITLE: 3, QuestionKind.WRITTEN: count}
    parameters = MakeGolden(author_full_names=("Ada Lovelace",), asking=Asking(questions=questions))
    run = PreparedRun("make_golden", RunConfiguration(parameters, settings={})).start(use_cache=False)
    return dict(step_figures(run)["make_questions / golden_set"])


def frozen(data_folder: Path) -> list[dict[str, Any]]:
    (path,) = (data_folder / "golden").glob("*.jsonl")
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [each for each in found if each["kind"] == "written"]


def test_a_model_writes_questions_and_what_is_none_is_counted(
    data_folder: Path, stub: OpenAIStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_server(monkeypatch, stub)

    figures = made(3)

    (question,) = frozen(data_folder)
    assert question["text"] == "How often does the sea come in each day?"
    assert question["answers"][0]["places"][0]["beginning"] == TIDE[:80]
    assert question["written"]["quote"] == "twice a day"
    assert question["written"]["model"] == {"provider": "openai", "name": "tide-1"}
    assert question["written"]["prompt"]["name"] == "golden_question"
    assert figures["dropped"] == {"other_language": 1, "answer_not_in_passage": 1}
    assert figures["per_kind"] == {"title": 3, "written": 1}
    assert figures["writing"]["replies"] == 3
    assert [asked.body["response_format"]["type"] for asked in stub.requests] == ["json_schema"] * 3


def test_a_budget_ends_the_asking_and_loses_nothing(
    data_folder: Path, stub: OpenAIStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_server(
        monkeypatch,
        stub,
        LANGUAGE_MODEL_PROMPT_PRICE="1",
        LANGUAGE_MODEL_COMPLETION_PRICE="1",
        LANGUAGE_MODEL_BUDGET="0.0001",
    )

    figures = made(3)

    assert stub.requests == []
    assert figures["dropped"] == {"budget_spent": 3}
    assert figures["per_kind"] == {"title": 3}


def test_without_a_model_the_figures_say_so(data_folder: Path) -> None:
    figures = made(3)

    assert figures["dropped"] == {"no_language_model": 1}
    assert frozen(data_folder) == []
