"""`POST /summaries`: stored documents and given texts, quoted or written, and nothing else."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from llm_engineering.application.language_models.port import ModelFailedError
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.warehouse.documents import write_documents
from tests.support.answering import ScriptedModel
from tests.support.documents import article
from tests.support.service import summaries_of

pytestmark = pytest.mark.integration

TEXT = "The loom weaves silk. The loom needs silk threads. Rain falls. The loom stands still at night."
LINK = "https://ada.dev/loom"


def test_a_given_text_is_summarized_by_its_own_sentences(client: httpx.Client) -> None:
    summary = client.post("/summaries", json={"text": TEXT, "title": "Looms"}).json()

    assert (summary["kind"], summary["title"], summary["link"]) == ("quoted", "Looms", "")
    assert summary["document_characters"] == len(TEXT)
    assert "The loom needs silk threads." in summary["text"]
    assert "Rain falls." not in summary["text"]


def test_a_stored_document_is_found_by_its_link(client: httpx.Client, documents: DocumentStore) -> None:
    write_documents(documents, [article(TEXT, link=LINK)])

    summary = client.post("/summaries", json={"link": LINK}).json()

    assert summary["link"] == LINK
    assert "The loom needs silk threads." in summary["text"]


def test_neither_files_nor_the_web_are_read(client: httpx.Client, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("The treasure lies under the oak.", encoding="utf-8")

    for link in (str(secret), secret.as_uri(), "http://127.0.0.1:9/", "http://169.254.169.254/latest/meta-data/"):
        response = client.post("/summaries", json={"link": link})
        assert response.status_code == 404
        assert response.json()["error"]["type"] == "unknown_document"
        assert "treasure" not in response.text


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Send either link or text"),
        ({"link": LINK, "text": TEXT}, "Send either link or text"),
        ({"text": "x" * 200_001}, "text: String should have at most 200000 characters"),
        ({"text": TEXT, "prompt_version": "v99"}, "summarize_chunk v99"),
        ({"text": "   "}, "no text"),
        ({"file": "/etc/passwd"}, "file: Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_summarized_is_told(client: httpx.Client, body: dict[str, str], message: str) -> None:
    response = client.post("/summaries", json=body)

    assert response.status_code == 422
    assert message in response.json()["error"]["message"]


def test_a_language_model_writes_with_the_version_that_is_asked_for(
    make_app: Any, run: Any, documents: DocumentStore
) -> None:
    model = ScriptedModel(lambda _: "Looms weave.")
    client = run(make_app(summaries=summaries_of(documents, model))).client()

    summary = client.post("/summaries", json={"text": TEXT, "prompt_version": "v2"}).json()

    assert (summary["kind"], summary["text"]) == ("written", "Looms weave.")
    assert {each["version"] for each in summary["prompts"]} == {"v2"}
    assert any("The loom weaves silk." in each.content for each in model.requests[0].messages)


def test_a_model_that_fails_is_told_without_its_words(make_app: Any, run: Any, documents: DocumentStore) -> None:
    model = ScriptedModel(lambda _: ModelFailedError("Host secret.internal failed.", remedy="Wait."))
    response = run(make_app(summaries=summaries_of(documents, model))).client().post("/summaries", json={"text": TEXT})

    assert (response.status_code, response.json()["error"]["type"]) == (503, "model_unavailable")
    assert "secret.internal" not in response.text
