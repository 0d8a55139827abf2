"""Traces in the document store: found by prompt, pruned, and never waited for."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from loguru import logger

from llm_engineering.application.ports import (
    TRACE_DOCUMENTS,
    TRACE_HEADS,
    TRACES,
    Collection,
    JsonObject,
    Where,
    WriteReport,
)
from llm_engineering.application.tracing.lineage import NotReplayableError, comparisons, question_of
from llm_engineering.application.tracing.stored import (
    Keeping,
    StoredTraces,
    deleted_traces,
    head_of,
    heads_of_prompt,
    pruned_traces,
    stored_heads,
    stored_trace,
    stored_traces,
)
from llm_engineering.domain.errors import StoreUnavailableError
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from tests.support.traces import FIRST, NOON, SECOND, THIRD, V1, V2, trace


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteDocumentStore]:
    with closing(SqliteDocumentStore.open(tmp_path / "documents.sqlite3", timeout_seconds=5)) as store:
        yield store


class HeldStore:
    """A store whose writes wait until they are let go, or fail."""

    def __init__(self, store: SqliteDocumentStore) -> None:
        self._store = store
        self.let_go = Event()
        self.is_writing = Event()
        self.is_broken = False
        self.location, self.find, self.count = store.location, store.find, store.count
        self.delete, self.close = store.delete, store.close

    def upsert(self, collection: Collection, objects: Sequence[JsonObject]) -> WriteReport:
        self.is_writing.set()
        self.let_go.wait(30)
        if self.is_broken:
            raise StoreUnavailableError("The store is gone.", remedy="Wait.")
        return self._store.upsert(collection, objects)


def ids(store: SqliteDocumentStore) -> list[str]:
    return [head.trace_id for head in stored_heads(store)]


def test_a_trace_comes_back_as_it_was_and_twice_is_once(store: SqliteDocumentStore) -> None:
    stored_traces(store, [trace(FIRST)])
    stored_traces(store, [trace(FIRST), trace(SECOND)])

    assert stored_trace(store, FIRST) == trace(FIRST)
    assert stored_trace(store, THIRD) is None
    assert ids(store) == [FIRST, SECOND]


def test_the_head_says_what_a_list_shows() -> None:
    head = head_of(trace())

    assert (head.question, head.answer) == ("What is a plum?", "A fruit, says plum [1].")
    assert (head.prompts, head.models, head.tokens, head.cost, head.seconds) == (
        ("answer v1",),
        ("small",),
        25,
        0.25,
        2.0,
    )


def test_a_prompt_leads_to_its_answers(store: SqliteDocumentStore) -> None:
    stored_traces(store, [trace(FIRST, prompt=V1), trace(SECOND, prompt=V2), trace(THIRD, prompt=V1)])

    assert [head.trace_id for head in heads_of_prompt(store, "answer", "v1")] == [FIRST, THIRD]
    assert [head.trace_id for head in heads_of_prompt(store, "answer")] == [FIRST, SECOND, THIRD]
    assert list(heads_of_prompt(store, "expand")) == []


def test_old_traces_and_too_many_go_the_oldest_first(store: SqliteDocumentStore) -> None:
    days = {FIRST: 31, SECOND: 2, THIRD: 1}
    stored_traces(store, [trace(each, at=NOON - timedelta(days=age)) for each, age in days.items()])

    assert pruned_traces(store, Keeping(days=30, number=5), now=NOON) == 1
    assert ids(store) == [SECOND, THIRD]
    assert pruned_traces(store, Keeping(days=30, number=1), now=NOON) == 1
    assert ids(store) == [THIRD]
    assert store.count(TRACES, {}) == store.count(TRACE_DOCUMENTS, {}) == 1


class CountingStore(HeldStore):
    """A store that counts what is read of it."""

    def __init__(self, store: SqliteDocumentStore) -> None:
        super().__init__(store)
        self.read = 0

        def find(collection: Collection, where: Where) -> Iterator[JsonObject]:
            for each in store.find(collection, where):
                self.read += 1
                yield each

        self.find = find


def test_what_stays_is_not_read_for_pruning(store: SqliteDocumentStore) -> None:
    stored_traces(store, [trace(each) for each in (FIRST, SECOND, THIRD)])
    counting = CountingStore(store)

    assert pruned_traces(counting, Keeping(days=30, number=3), now=NOON) == 0
    assert counting.read == 1  # the oldest, to see how old it is
    assert pruned_traces(counting, Keeping(days=30, number=2), now=NOON) == 1
    assert counting.read == 1 + 2
    assert ids(store) == [SECOND, THIRD]


def test_deleting_what_is_not_there_is_no_matter(store: SqliteDocumentStore) -> None:
    assert deleted_traces(store, [FIRST]) == 0
    assert deleted_traces(store, []) == 0


def test_the_tracer_prunes_by_itself(store: SqliteDocumentStore) -> None:
    stored_traces(store, [trace(FIRST, at=NOON - timedelta(days=31))])
    tracer = StoredTraces(store, Keeping(days=30, number=5), now=lambda: NOON)
    tracer.record(trace(SECOND))
    tracer.close()

    assert ids(store) == [SECOND]


def test_whoever_answers_does_not_wait_and_what_does_not_fit_is_counted(store: SqliteDocumentStore) -> None:
    held = HeldStore(store)
    tracer = StoredTraces(held, Keeping(days=30, number=5), capacity=1, now=lambda: NOON)
    tracer.record(trace(FIRST))
    assert held.is_writing.wait(10)
    tracer.record(trace(SECOND))
    tracer.record(trace(THIRD))

    assert tracer.dropped == 1
    assert tracer.knows(FIRST)  # though it is not written yet
    held.let_go.set()
    tracer.close()
    assert ids(store) == [FIRST, SECOND]


def test_a_store_that_fails_is_told_once(store: SqliteDocumentStore) -> None:
    lines: list[str] = []
    sink = logger.add(lambda line: lines.append(str(line)), format="{message}", level="WARNING")
    held = HeldStore(store)
    held.is_broken = True
    held.let_go.set()
    tracer = StoredTraces(held, Keeping(days=30, number=5), now=lambda: NOON)
    for each in (FIRST, SECOND):
        tracer.record(trace(each))
        assert tracer.flushed()
    tracer.close()
    logger.remove(sink)

    assert tracer.dropped == 2
    assert [line.strip() for line in lines] == [
        "Some traces or feedback are not delivered: The store is gone. Wait. Further ones are only counted.",
        "2 traces or feedback were not delivered.",
    ]


def test_what_differs_in_a_replay_is_named() -> None:
    found = comparisons(trace(FIRST), trace(SECOND, prompt=V2, document="pear"))

    assert {each.what: each.is_same for each in found} == {
        "code": True,
        "model": True,
        "prompt version": False,
        "prompt text": True,
        "passages": False,
        "answer": False,
    }
    assert next(each for each in found if each.what == "passages").again == "chunk of pear"


def test_only_a_question_can_be_asked_again() -> None:
    assert question_of(trace()).query == "What is a plum?"
    with pytest.raises(NotReplayableError, match="holds no question"):
        question_of(trace().model_copy(update={"input": {"document": "x"}}))


def test_heads_are_few_and_small(store: SqliteDocumentStore) -> None:
    stored_traces(store, [trace(FIRST)])

    (head,) = store.find(TRACE_HEADS, {})
    assert "spans" not in head
