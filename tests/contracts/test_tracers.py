"""The tracers and the fake keep the promises of the Tracer port."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from llm_engineering.application.ports import FEEDBACK, TRACES
from llm_engineering.application.tracing.port import Tracer
from llm_engineering.application.tracing.stored import Keeping, StoredTraces
from llm_engineering.application.tracing.tracers import NoTracer, Tracers
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.tracing.opik_address import OpikAccess
from llm_engineering.infrastructure.tracing.opik_tracer import OpikTracer
from tests.contracts.tracer import Taken, TracerContract
from tests.support.opik_server import OpikServer, opik_server
from tests.support.traces import FIRST, NOON, RecordingTracer, feedback, trace

KEEPING = Keeping(days=30, number=100)


class TestRecordingTracer(TracerContract):
    @pytest.fixture
    def tracer(self) -> RecordingTracer:
        return RecordingTracer()

    @pytest.fixture
    def taken(self, tracer: RecordingTracer) -> Callable[[], Taken]:
        return lambda: ({each.id for each in tracer.traces}, {each.trace_id for each in tracer.feedback})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteDocumentStore]:
    with closing(SqliteDocumentStore.open(tmp_path / "documents.sqlite3", timeout_seconds=5)) as store:
        yield store


def stored(store: SqliteDocumentStore) -> Taken:
    return {each["_id"] for each in store.find(TRACES, {})}, {each["trace_id"] for each in store.find(FEEDBACK, {})}


@pytest.mark.integration
class TestStoredTraces(TracerContract):
    @pytest.fixture
    def tracer(self, store: SqliteDocumentStore) -> Tracer:
        return StoredTraces(store, KEEPING, now=lambda: NOON)

    @pytest.fixture
    def taken(self, store: SqliteDocumentStore) -> Callable[[], Taken]:
        return lambda: stored(store)


@pytest.mark.integration
class TestOpikTracer(TracerContract):
    @pytest.fixture
    def server(self) -> Iterator[OpikServer]:
        with opik_server() as server:
            yield server

    @pytest.fixture
    def tracer(self, server: OpikServer) -> Tracer:
        return OpikTracer(OpikAccess.checked(server.url, None, workspace=None, project="twin"))

    @pytest.fixture
    def taken(self, server: OpikServer) -> Callable[[], Taken]:
        return lambda: (set(server.traces), set(server.scores))


@pytest.mark.integration
class TestTracers(TracerContract):
    @pytest.fixture
    def kept(self) -> RecordingTracer:
        return RecordingTracer()

    @pytest.fixture
    def tracer(self, store: SqliteDocumentStore, kept: RecordingTracer) -> Tracer:
        return Tracers([kept, StoredTraces(store, KEEPING, now=lambda: NOON), NoTracer()])

    @pytest.fixture
    def taken(self, store: SqliteDocumentStore, kept: RecordingTracer) -> Callable[[], Taken]:
        def both() -> Taken:
            assert {each.id for each in kept.traces} == stored(store)[0]
            return stored(store)

        return both


def test_a_tracer_that_takes_nothing_knows_nothing() -> None:
    tracer = NoTracer()
    tracer.record(trace())
    tracer.record_feedback(feedback())
    tracer.close()

    assert tracer.knows(FIRST) is None
    assert Tracers([tracer]).knows(FIRST) is None
