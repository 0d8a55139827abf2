"""The service as its settings build it: what it leaves behind can be followed back."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from llm_engineering.application.answer.configuration import Answering
from llm_engineering.application.experiments.exposures import exposures_of, started
from llm_engineering.application.experiments.online import OnlineExperiment
from llm_engineering.application.feedback.writing import feedback_of
from llm_engineering.application.tracing.stored import stored_heads
from llm_engineering.application.warehouse.documents import write_author
from llm_engineering.domain.authors import Author
from llm_engineering.domain.chunks import EmbeddedChunk
from llm_engineering.infrastructure.factory import embedder, opened_collection, opened_document_store, term_encoder
from llm_engineering.infrastructure.http_api.access import Access
from llm_engineering.infrastructure.http_api.app import service_app
from llm_engineering.settings import Settings
from tests.support.documents import chunk
from tests.support.experiments import NOW
from tools.ml_service import opened_parts
from tools.traces import main as traces

pytestmark = [pytest.mark.integration, pytest.mark.slow]

PLUM = "A plum is a fruit that grows on trees. Plums are dried to prunes."
NOBODY = "00000000-0000-7000-8000-000000000000"
EXPERIMENT = OnlineExperiment.model_validate({"name": "warm", "b": {"temperature": 0.3}, "smallest_effect": 0.1})


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the settings of a store with an experiment and an index of one passage."""
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "twin"))
    settings = Settings(online_experiment="warm")
    ada = Author.from_full_name("Ada Lovelace")
    with opened_document_store(settings) as store:
        write_author(store, ada)
        started(store, EXPERIMENT, NOW)
    model = embedder(settings)
    piece = chunk(PLUM, chunk_id="0f0e0d0c-0000-4000-8000-000000000001", document_id="of plums", author_id=ada.id)
    with opened_collection(settings, settings.qdrant_collection, model.identity) as vectors:
        vectors.upsert([EmbeddedChunk(piece, model.embed_query(PLUM), term_encoder().document(PLUM))])
    return settings


async def served(settings: Settings) -> Mapping[str, Any]:
    """Return what a service says to a user who asks, says what he thinks, and has a text summarized."""
    async with opened_parts(settings, Answering()) as parts:
        app = service_app(parts, access=Access(hosts=("twin",)))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://twin") as client:
            asked = await client.post("/rag", json={"query": "What is a plum?"}, headers={"X-User": "bob"})
            said = {"trace_id": asked.json()["trace_id"], "is_helpful": True, "user": "bob"}
            heard = await client.post("/feedback", json=said)
            unheard = await client.post("/feedback", json={**said, "trace_id": NOBODY})
            summary = await client.post("/summaries", json={"title": "Plums", "text": PLUM})
    return {
        "answer": asked.json(),
        "statuses": [each.status_code for each in (asked, heard, unheard, summary)],
        "summary": summary.json(),
    }


def test_answers_of_the_service_can_be_followed_back(settings: Settings) -> None:
    said = asyncio.run(served(settings))

    assert said["statuses"] == [200, 200, 404, 200]
    assert PLUM in said["summary"]["text"].replace("\n- ", " ").removeprefix("- ")
    trace_id, variant = said["answer"]["trace_id"], EXPERIMENT.variant_of("bob")
    shown = CliRunner().invoke(traces, ["show", trace_id])
    assert shown.exit_code == 0
    assert "What is a plum?" in shown.output
    assert said["answer"]["experiment"] == {"experiment": "warm", "variant": variant}
    with opened_document_store(settings) as store:
        assert [head.name for head in stored_heads(store)] == ["answer: considered", "answer", "summary"]
        assert [each.user for each in feedback_of(store, trace_id)] == ["bob"]
        assert [(each.user, each.variant) for each in exposures_of(store, "warm")] == [("bob", variant)]
