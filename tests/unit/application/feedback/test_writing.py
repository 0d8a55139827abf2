"""Feedback is kept, one per answer and user."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from llm_engineering.application.feedback.writing import (
    UnknownAnswerError,
    blanked_comments,
    feedback_of,
    given_feedback,
    written_feedback,
)
from llm_engineering.application.ports import FEEDBACK, WriteReport
from llm_engineering.application.tracing.tracers import NoTracer
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from tests.support.traces import FIRST, SECOND, RecordingTracer, feedback, trace


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteDocumentStore]:
    with closing(SqliteDocumentStore.open(tmp_path / "documents.sqlite3", timeout_seconds=5)) as store:
        yield store


def test_the_last_word_of_a_user_counts(store: SqliteDocumentStore) -> None:
    assert written_feedback(store, feedback(user="bob")) == WriteReport(inserted=1)
    assert written_feedback(store, feedback(user="bob", helpful=False)) == WriteReport(updated=1)
    assert written_feedback(store, feedback(user="")) == WriteReport(inserted=1)

    assert sorted((each.user, each.is_helpful) for each in feedback_of(store, FIRST)) == [("", True), ("bob", False)]


def test_it_is_stored_and_handed_to_the_tracer(store: SqliteDocumentStore) -> None:
    tracer = RecordingTracer()
    tracer.record(trace(FIRST))

    given_feedback(store, tracer, feedback(FIRST))

    assert tracer.feedback == [feedback(FIRST)]
    assert store.count(FEEDBACK, {"trace_id": FIRST}) == 1


def test_an_answer_that_was_never_given_is_refused_where_traces_are_kept(store: SqliteDocumentStore) -> None:
    tracer = RecordingTracer()

    with pytest.raises(UnknownAnswerError, match=SECOND):
        given_feedback(store, tracer, feedback(SECOND))

    assert tracer.feedback == []
    assert store.count(FEEDBACK, {}) == 0
    assert given_feedback(store, NoTracer(), feedback(SECOND)) == WriteReport(inserted=1)


def test_comments_are_emptied_and_thumbs_stay(store: SqliteDocumentStore) -> None:
    written_feedback(store, feedback(FIRST, comment="It says plum.", helpful=False))
    written_feedback(store, feedback(SECOND, comment="It says pear."))

    assert blanked_comments(store, [FIRST]) == WriteReport(updated=1)

    said = {
        each.trace_id: (each.is_helpful, each.comment) for one in (FIRST, SECOND) for each in feedback_of(store, one)
    }
    assert said == {FIRST: (False, ""), SECOND: (True, "It says pear.")}
