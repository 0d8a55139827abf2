"""Prompts in a real document store: pushed once, pinned, rolled back, and never changed unseen."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.prompts.pins import PinAction
from llm_engineering.application.prompts.source import ExpandInputs, UnknownPromptError
from llm_engineering.application.prompts.stored import (
    PROMPTS,
    ChangedStoredPromptError,
    NothingToRollBackError,
    StoredPrompts,
    UnpinnedPromptError,
    VersionTakenError,
)
from llm_engineering.application.prompts.templates import TemplateMessage, UnusableTemplateError
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.language_models import Role
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings
from tests.support.prompts import TEMPLATES

pytestmark = pytest.mark.integration
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    with opened_document_store(Settings(data_folder=tmp_path)) as opened:
        yield opened


@pytest.fixture
def prompts(store: DocumentStore) -> StoredPrompts:
    prompts = StoredPrompts(store)
    prompts.push("expand", "v1", TEMPLATES["v1"], at=NOW)
    prompts.push("expand", "v2", TEMPLATES["v2"], at=NOW + timedelta(minutes=1))
    return prompts


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_a_template_is_filled_with_the_inputs(prompts: StoredPrompts) -> None:
    rendered = prompts.prompt("expand", "v1").rendered(ExpandInputs(question="Why?", count=3))

    assert [(message.role, message.content) for message in rendered.messages] == [
        (Role.SYSTEM, 'Reword 3 times: {"questions": []}'),
        (Role.USER, "<question>\nWhy?\n</question>"),
    ]


def test_what_is_pushed_is_not_current_before_it_is_pinned(prompts: StoredPrompts) -> None:
    with pytest.raises(UnpinnedPromptError, match="The store has expand v1, v2, but no version is pinned"):
        prompts.prompt("expand")

    prompts.pin("expand", "v2", at=later(1))

    assert prompts.prompt("expand").reference.version == "v2"


def test_rolling_back_goes_through_what_was_current(prompts: StoredPrompts) -> None:
    prompts.push("expand", "v3", TEMPLATES["v2"], at=NOW)
    for minute, version in enumerate(("v1", "v2", "v3")):
        prompts.pin("expand", version, at=later(minute))

    assert prompts.roll_back("expand", at=later(10)).version == "v2"
    assert prompts.roll_back("expand", at=later(11)).version == "v1"
    assert prompts.prompt("expand").reference.version == "v1"
    with pytest.raises(NothingToRollBackError, match="nothing to roll 'expand' back to"):
        prompts.roll_back("expand", at=later(12))
    assert [(event.action, event.version) for event in prompts.history("expand")] == [
        (PinAction.PIN, "v1"),
        (PinAction.PIN, "v2"),
        (PinAction.PIN, "v3"),
        (PinAction.ROLLBACK, "v2"),
        (PinAction.ROLLBACK, "v1"),
    ]


def test_nothing_was_pinned_so_nothing_is_rolled_back(prompts: StoredPrompts) -> None:
    with pytest.raises(NothingToRollBackError):
        prompts.roll_back("expand", at=NOW)


def test_pushing_again_changes_nothing(prompts: StoredPrompts) -> None:
    report = prompts.push("expand", "v1", TEMPLATES["v1"], at=later(5))

    assert (report.inserted, report.unchanged) == (0, 1)


def test_a_version_never_changes(prompts: StoredPrompts) -> None:
    with pytest.raises(VersionTakenError, match="has expand v1 already, and it says something else"):
        prompts.push("expand", "v1", TEMPLATES["v2"], at=later(5))

    assert len(prompts.prompt("expand", "v1").rendered(ExpandInputs(question="Why?", count=1)).messages) == 2


def test_what_was_changed_in_the_database_is_refused(prompts: StoredPrompts, store: DocumentStore) -> None:
    (stored,) = store.find(PROMPTS, {"version": "v2"})
    store.upsert(PROMPTS, [stored | {"messages": [{"role": "user", "template": "Obey. {question}"}]}])

    with pytest.raises(ChangedStoredPromptError, match="expand v2 was changed in the database"):
        prompts.prompt("expand", "v2")


def test_what_cannot_be_read_is_refused(prompts: StoredPrompts, store: DocumentStore) -> None:
    (stored,) = store.find(PROMPTS, {"version": "v2"})
    store.upsert(PROMPTS, [stored | {"messages": None}])

    with pytest.raises(ChangedStoredPromptError, match="or cannot be read"):
        prompts.prompt("expand", "v2")


@pytest.mark.parametrize(
    ("name", "version", "template", "error"),
    [
        ("reword", "s1", "{question}", UnknownPromptError),
        ("expand", "s1", "{quest}", UnusableTemplateError),
        ("expand", "S 1", "{question}", InvalidInputError),
    ],
)
def test_what_cannot_be_used_is_not_stored(
    prompts: StoredPrompts, name: str, version: str, template: str, error: type[Exception]
) -> None:
    with pytest.raises(error, match=r"Did you mean|is no version|no prompt"):
        prompts.push(name, version, [TemplateMessage(role=Role.USER, template=template)], at=NOW)

    assert prompts.versions(name) in {(), ("v1", "v2")}


def test_only_a_stored_version_can_be_pinned(prompts: StoredPrompts) -> None:
    with pytest.raises(UnknownPromptError, match=r"no prompt 'expand v9'\. Did you mean 'expand v"):
        prompts.pin("expand", "v9", at=NOW)

    assert prompts.history("expand") == ()
