"""Prompts come from where the settings say."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.prompts.source import UnknownPromptError
from llm_engineering.application.prompts.stored import StoredPrompts
from llm_engineering.infrastructure.factory import opened_document_store, prompt_source
from llm_engineering.settings import Settings
from tests.support.opik_prompt_library import opik_prompt_library
from tests.support.prompts import TEMPLATES

pytestmark = pytest.mark.integration
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    with opened_document_store(Settings(data_folder=tmp_path)) as opened:
        yield opened


def test_by_default_they_come_from_the_code(store: DocumentStore) -> None:
    reference = prompt_source(Settings(), store).prompt("answer").reference

    assert (reference.version, reference.origin) == ("v1", "code")


def test_a_version_of_the_code_can_be_set(store: DocumentStore) -> None:
    assert prompt_source(Settings(prompt_versions="answer=v2"), store).prompt("answer").reference.version == "v2"


@pytest.mark.parametrize(
    ("origin", "versions", "message"),
    [
        ("code", "answer=v9", "no prompt 'answer v9'"),
        ("code", "answr=v1", "no prompt 'answr'"),
        ("store", "answr=s1", "no prompt 'answr'"),
    ],
)
def test_versions_that_nothing_has_are_refused_at_once(
    store: DocumentStore, origin: str, versions: str, message: str
) -> None:
    settings = Settings.model_validate({"prompt_origin": origin, "prompt_versions": versions})

    with pytest.raises(UnknownPromptError, match=message):
        prompt_source(settings, store)


def test_those_of_the_store_go_before_those_of_the_code(store: DocumentStore) -> None:
    stored = StoredPrompts(store)
    for version, messages in TEMPLATES.items():
        stored.push("expand", version, messages, at=NOW)
    stored.pin("expand", "v1", at=NOW)

    source = prompt_source(Settings(prompt_origin="store"), store)
    set_source = prompt_source(Settings(prompt_origin="store", prompt_versions="expand=v2"), store)

    assert source.prompt("expand").reference == stored.prompt("expand", "v1").reference
    assert set_source.prompt("expand").reference == stored.prompt("expand", "v2").reference
    assert source.prompt("answer").reference.origin == "code"


def test_those_of_opik_go_before_those_of_the_code(store: DocumentStore) -> None:
    with opik_prompt_library() as library:
        library.save("expand", "Reword: {{question}}")
        library.in_production["expand"] = "v1"
        settings = Settings(
            prompt_origin="opik", opik_url_override=library.url, opik_api_key=SecretStr("key"), prompt_cache_seconds=0
        )
        source = prompt_source(settings, store)

        assert source.prompt("expand").reference.origin == "opik"
    assert source.prompt("expand").reference.origin == "opik"  # the server is gone, what it gave is used
