"""What models said goes from one store to another as lines."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from llm_engineering.application.evaluate.model_scoring.likelihood import Likelihood, likelihoods
from llm_engineering.application.evaluate.model_scoring.pairs import KEPT_UNDER
from llm_engineering.application.evaluate.model_scoring.questions import NamedText
from llm_engineering.application.evaluate.model_scoring.records import (
    UnreadableRecordError,
    record_lines,
    take_records,
)
from llm_engineering.application.experiments.given_answers import Failure, stored_answers, write_answer
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from tests.support.experiments import given

NOW = datetime(2026, 11, 28, tzinfo=UTC)
TEXT = NamedText(name="On tides", text="The tide comes in.")


class Reader:
    """Finds every text equally likely."""

    def likelihood(self, text: str) -> Likelihood:
        return Likelihood(tokens=4, utf8_bytes=len(text), nats=8.0)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[SqliteDocumentStore]:
    """Yield a store with an answer, a failure, an answer of an experiment and a likelihood."""
    with closing(SqliteDocumentStore.open(tmp_path / "there.sqlite3", timeout_seconds=5)) as store:
        for experiment, question in ((KEPT_UNDER, "what"), ("warmer-answers", "why")):
            write_answer(store, given("A tide."), experiment=experiment, variant="v1", question=question, now=NOW)
        failure = Failure(reason="no_answer", detail="Nothing came.")
        write_answer(store, failure, experiment=KEPT_UNDER, variant="v1", question="how", now=NOW)
        likelihoods(Reader, "v1", [TEXT], store, now=lambda: NOW)
        yield store


@pytest.fixture
def here(tmp_path: Path) -> Iterator[SqliteDocumentStore]:
    with closing(SqliteDocumentStore.open(tmp_path / "here.sqlite3", timeout_seconds=5)) as store:
        yield store


def test_what_was_had_there_counts_as_had_here(there: SqliteDocumentStore, here: SqliteDocumentStore) -> None:
    lines = list(record_lines(there))

    assert take_records(here, lines) == 2
    assert take_records(here, lines) == 2
    assert stored_answers(here, KEPT_UNDER, "v1") == {"what": given("A tide.")}
    assert stored_answers(here, "warmer-answers", "v1") == {}

    def nobody() -> Reader:
        raise AssertionError("it was read before")

    (found,) = likelihoods(nobody, "v1", [TEXT], here, now=lambda: NOW).values()
    assert found == Likelihood(tokens=4, utf8_bytes=18, nats=8.0)
    assert list(record_lines(here)) == lines


@pytest.mark.parametrize(
    "line",
    [
        "{",
        '"text"',
        '{"collection": "users", "object": {}}',
        '{"collection": "model_likelihoods", "object": {"_id": 1}}',
    ],
)
def test_what_is_no_record_is_refused_before_anything_is_written(
    there: SqliteDocumentStore, here: SqliteDocumentStore, line: str
) -> None:
    lines = list(record_lines(there))

    with pytest.raises(UnreadableRecordError, match="Line 3") as caught:
        take_records(here, [*lines, line])

    assert caught.value.number == 3
    assert list(record_lines(here)) == []
