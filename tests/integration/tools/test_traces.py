"""From an answer back to what it was made of, from a prompt to its answers, and the answer once more."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pytest
from click.testing import CliRunner, Result
from loguru import logger

from llm_engineering.application.answer.asking import Question
from llm_engineering.application.answer.configuration import Answering, PromptVersions
from llm_engineering.application.prompts.registry import code_prompts
from llm_engineering.application.tracing.lineage import kept_trace, lineage_of
from llm_engineering.application.tracing.stored import stored_heads
from llm_engineering.application.warehouse.documents import write_author
from llm_engineering.domain.answers import Answer
from llm_engineering.domain.authors import Author
from llm_engineering.domain.chunks import EmbeddedChunk
from llm_engineering.infrastructure.answering import opened_answerer, opened_recorder
from llm_engineering.infrastructure.factory import embedder, opened_collection, opened_document_store, term_encoder
from llm_engineering.settings import Settings
from tests.support.answering import ScriptedModel
from tests.support.documents import chunk
from tools import rag
from tools.traces import main

pytestmark = [pytest.mark.integration, pytest.mark.slow]

ADA = Author.from_full_name("Ada Lovelace")
PLUM = "A plum is a fruit that grows on trees. Plums are dried to prunes."
PEAR = "A pear is a fruit, too. Pears are poached in wine."


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Index a passage."""
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "twin"))
    settings = Settings()
    with opened_document_store(settings) as store:
        write_author(store, ADA)
    index(settings, PLUM)
    yield settings
    logger.remove()


def index(settings: Settings, text: str) -> None:
    model = embedder(settings)
    piece = chunk(text, chunk_id=str(uuid5(NAMESPACE_URL, text)), document_id=f"of {text[:6]}", author_id=ADA.id)
    with opened_collection(settings, settings.qdrant_collection, model.identity) as vectors:
        vectors.upsert([EmbeddedChunk(piece, model.embed_query(text), term_encoder().document(text))])


def command(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


async def written(settings: Settings, version: str, says: str) -> Answer:
    """Return an answer that a model wrote, with a version of the prompt."""
    model = ScriptedModel(lambda _: says)
    answering = Answering(prompts=PromptVersions(answer=version))
    with opened_recorder(settings) as recorder:
        async with opened_answerer(settings, answering, model=model, adapters=[recorder]) as answerer:
            return await answerer.answer(Question(query="What is a plum?"))


def test_an_answer_leads_to_its_prompt_and_a_prompt_version_to_all_its_answers(settings: Settings) -> None:
    first = asyncio.run(written(settings, "v1", "A fruit [1]."))
    second = asyncio.run(written(settings, "v1", "A plum is a fruit that grows on trees [1]."))

    with opened_document_store(settings) as store:
        lineage = lineage_of(kept_trace(store, first.trace_id))
    assert lineage.input["question"]["query"] == "What is a plum?"
    (prompt,) = lineage.prompts
    assert prompt.reference == first.prompt == code_prompts().prompt("answer", "v1").reference
    assert PLUM in prompt.messages[-1].content
    (call,) = lineage.calls
    assert (call.model.name, call.prompt) == ("scripted", first.prompt)
    assert (call.parameters["temperature"], call.parameters["max_output_tokens"]) == (0.0, 700)
    assert [(passage.number, passage.document_id) for passage in lineage.passages] == [(1, "of A plum")]
    assert lineage.code is not None
    assert lineage.output["answer"]["text"] == first.text

    listed = command("by-prompt", "answer", "v1").output
    assert "2 of 2 traces" in listed
    assert first.trace_id in listed
    assert second.trace_id in listed
    assert "No trace is kept that used the prompt answer v9." in command("by-prompt", "answer", "v9").output


def test_what_the_command_line_answers_can_be_shown_and_replayed(settings: Settings) -> None:
    assert CliRunner().invoke(rag.main, ["--query", "What is a plum?"]).exit_code == 0

    with opened_document_store(settings) as store:
        (head,) = stored_heads(store)
    shown = command("show", head.trace_id)
    assert "Model extractive" in shown.output
    assert "A plum is a fruit that grows on trees." in shown.output
    whole = json.loads(command("show", head.trace_id, "--json").output)
    assert whole["id"] == head.trace_id

    again = command("replay", head.trace_id)
    assert again.exit_code == 0, again.output
    assert "different" not in again.output

    index(settings, PEAR)
    changed = command("replay", head.trace_id)
    assert changed.exit_code == 1, changed.output
    assert "passages, as recorded:" in changed.output


def test_a_replay_by_another_model_has_to_be_allowed(settings: Settings) -> None:
    answer = asyncio.run(written(settings, "v1", "A fruit [1]."))

    refused = command("replay", answer.trace_id)
    assert refused.exit_code == 1
    assert "add --model-from-settings" in refused.output

    allowed = command("replay", answer.trace_id, "--model-from-settings")
    assert "model, as recorded:\nopenai scripted" in allowed.output


def test_an_unknown_trace_says_what_to_do(settings: Settings) -> None:
    assert "No trace is kept." in command("list").output

    shown = command("show", "nothing")
    assert shown.exit_code == 1
    assert "No trace is kept with the id 'nothing'" in shown.output
    assert command("prune").output == "Deleted 0 traces.\n"
