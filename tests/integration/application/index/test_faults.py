"""Stores that fail in the middle of a run: the error says what to do, what was found is found, nothing is doubled."""

import errno
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from sqlite3 import connect
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qdrant_client import QdrantClient
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from llm_engineering.application.index.following import OtherWriterError
from llm_engineering.application.index.manifest import INDEXED_DOCUMENTS
from llm_engineering.application.ports import DOCUMENTS, DocumentStore, VectorStore
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.domain.documents import Category, RawDocument
from llm_engineering.domain.errors import StoreUnavailableError, TwinError
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.vector_stores.edge_shards import edge_errors
from llm_engineering.infrastructure.vector_stores.holders import UnwritableFolderError, writing_to
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from llm_engineering.infrastructure.vector_stores.qdrant_server import QdrantServerVectorStore
from llm_engineering.infrastructure.vector_stores.server_calls import ServerFailedError, ServerSilentError
from tests.support.documents import article
from tests.support.fakes import LetterEmbedder
from tests.support.indexing import Contents, DyingVectors, Indexing, clean_build, contents

pytestmark = [
    pytest.mark.integration,
    pytest.mark.filterwarnings("ignore:Local mode performs exact"),
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant"),
]

FOOTER = "\n\n# Thanks\n\nSubscribe.\n"
BEFORE = {name: f"# A\n\n{name}aa\n\n# B\n\n{name}bb{FOOTER}" for name in "wxyz"}
AFTER = {"w": BEFORE["w"].replace("aa", "abc"), "x": BEFORE["x"], "z": f"# New\n\nc{FOOTER}", "v": "# V\n\nbbb\n"}


def pages(texts: dict[str, str]) -> list[RawDocument]:
    return [article(text, link=f"https://ada.dev/{name}") for name, text in texts.items()]


@cache
def built(*, is_after: bool) -> Contents:
    """Return what a clean build of one of the versions holds."""
    return clean_build(pages(AFTER if is_after else BEFORE))


def staying() -> set[str]:
    """Return the ids of the chunks that both versions have."""
    return built(is_after=False).keys() & built(is_after=True).keys()


def put(store: DocumentStore, texts: dict[str, str]) -> None:
    store.delete(DOCUMENTS[Category.ARTICLES], {"_id": [f"id of https://ada.dev/{name}" for name in "vwxyz"]})
    write_documents(store, pages(texts))


def refused(status: int) -> Exception:
    return UnexpectedResponse(status, "", b"no", httpx.Headers())


FAULTS: dict[str, Callable[[], Exception]] = {
    "503": lambda: refused(503),
    "507": lambda: refused(507),
    "timeout": lambda: ResponseHandlingException(httpx.ReadTimeout("")),
    "cut": lambda: ResponseHandlingException(httpx.ReadError("")),
}


@dataclass
class FaultyClient:
    """Qdrant's client on its own imitation of a server, of which the next writes fail as told."""

    client: QdrantClient = field(default_factory=lambda: QdrantClient(":memory:"))
    faults: list[tuple[str, str]] = field(default_factory=list)
    """Of each of the next writes: which error (or "none"), and whether it comes "before" or "after" the write, or
    "between" the points of a batch."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.client, name)
        return self._failing(found) if name in {"upsert", "delete", "batch_update_points"} else found

    def _failing(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def failing(*args: Any, **kwargs: Any) -> Any:
            kind, when = self.faults.pop(0) if self.faults else ("none", "")
            if kind == "none":
                return write(*args, **kwargs)
            if when == "between" and len(kwargs.get("points", ())) > 1:
                write(*args, **{**kwargs, "points": kwargs["points"][: len(kwargs["points"]) // 2]})
            elif when == "after":
                write(*args, **kwargs)
            raise FAULTS[kind]()

        return failing


def opened_server(client: FaultyClient, *, pauses_seconds: tuple[float, ...] = ()) -> QdrantServerVectorStore:
    return QdrantServerVectorStore.from_client(
        client,  # type: ignore[arg-type]  # has every method by delegation
        "letters",
        LetterEmbedder().identity,
        server="http://127.0.0.1:6333",
        pauses_seconds=pauses_seconds,
    )


@pytest.fixture
def client() -> FaultyClient:
    return FaultyClient()


@pytest.fixture
def server(client: FaultyClient) -> Iterator[QdrantServerVectorStore]:
    with closing(opened_server(client)) as vectors:
        yield vectors


faults = st.lists(
    st.tuples(st.sampled_from(["none", "none", *FAULTS]), st.sampled_from(["before", "between", "after"])), max_size=8
)


class TestServer:
    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(faults)
    def test_whatever_fails_nothing_is_lost_or_doubled(
        self, documents: DocumentStore, told: list[tuple[str, str]]
    ) -> None:
        documents.delete(INDEXED_DOCUMENTS, {"collection": "letters"})
        client = FaultyClient()
        with closing(opened_server(client)) as vectors:
            indexing = Indexing(documents, vectors)
            put(documents, BEFORE)
            indexing.run()
            put(documents, AFTER)
            client.faults = list(told)

            for _ in range(len(told) + 1):
                try:
                    indexing.run()
                except StoreUnavailableError:
                    assert staying() <= contents(vectors).keys()

            assert contents(vectors) == built(is_after=True)
            assert indexing.run().figures["written_points"] == 0

    @pytest.mark.parametrize(
        ("fault", "error"), [("503", ServerFailedError), ("507", ServerFailedError), ("timeout", ServerSilentError)]
    )
    def test_the_error_names_the_server_and_the_old_version_answers(
        self,
        documents: DocumentStore,
        client: FaultyClient,
        server: QdrantServerVectorStore,
        fault: str,
        error: type[TwinError],
    ) -> None:
        indexing = Indexing(documents, server)
        put(documents, BEFORE)
        indexing.run()
        old = contents(server)
        put(documents, AFTER)
        client.faults = [(fault, "before")]

        with pytest.raises(error, match=r"http://127\.0\.0\.1:6333"):
            indexing.run()

        assert contents(server) == old

    def test_a_fault_that_passes_is_not_even_noticed(self, documents: DocumentStore, client: FaultyClient) -> None:
        with closing(opened_server(client, pauses_seconds=(0.0,))) as server:
            put(documents, BEFORE)
            client.faults = [("503", "after"), ("none", ""), ("timeout", "between")]

            Indexing(documents, server).run()

            assert contents(server) == built(is_after=False)

    def test_two_runs_at_once_lose_and_double_nothing(
        self, documents: DocumentStore, server: QdrantServerVectorStore
    ) -> None:
        put(documents, BEFORE)
        indexing, other = Indexing(documents, server), Indexing(documents, server)

        class RunsBetween:
            """Lets the other run take place as a whole between the planning and the writing of the first."""

            has_run = False

            def __getattr__(self, name: str) -> Any:
                if name == "upsert" and not self.has_run:
                    self.has_run = True
                    other.run()
                return getattr(server, name)

        indexing.vectors = RunsBetween()
        indexing.run()

        assert contents(server) == built(is_after=False)

    def test_what_an_older_run_left_beside_a_newer_one_is_mended_by_the_next(
        self, documents: DocumentStore, server: QdrantServerVectorStore
    ) -> None:
        put(documents, BEFORE)
        late = Indexing(documents, server)

        class NewerBetween:
            has_run = False

            def __getattr__(self, name: str) -> Any:
                if name == "upsert" and not self.has_run:
                    self.has_run = True
                    put(documents, AFTER)
                    Indexing(documents, server).run()
                return getattr(server, name)

        late.vectors = NewerBetween()
        with suppress(OtherWriterError):
            late.run()

        Indexing(documents, server).run()
        assert contents(server) == built(is_after=True)


class TestEdge:
    @pytest.mark.parametrize("writes", range(5))
    def test_a_full_disk_leaves_the_old_version_and_the_next_run_completes(
        self, documents: DocumentStore, vectors: VectorStore, tmp_path: Path, writes: int
    ) -> None:
        indexing = Indexing(documents, vectors)
        put(documents, BEFORE)
        indexing.run()
        put(documents, AFTER)
        full = UnwritableFolderError(tmp_path, "No space left on device")
        indexing.vectors = DyingVectors(vectors, writes, error=full)

        with suppress(UnwritableFolderError):
            indexing.run()
        assert staying() <= contents(vectors).keys()

        indexing.vectors = vectors
        indexing.run()
        assert contents(vectors) == built(is_after=True)

    def test_what_the_engine_and_the_system_say_of_a_full_disk_becomes_a_clear_error(self, tmp_path: Path) -> None:
        with pytest.raises(StoreUnavailableError, match="See that the disk has room"), edge_errors(tmp_path):
            raise Exception("IO Error: No space left on device (os error 28)")  # noqa: TRY002 - what Edge raises
        with pytest.raises(UnwritableFolderError, match="see that the disk has room"), writing_to(tmp_path):
            raise OSError(errno.ENOSPC, "No space left on device")

    def test_a_full_document_store_leaves_marks_and_the_next_run_completes(
        self, tmp_path: Path, vectors: VectorStore
    ) -> None:
        path = tmp_path / "small.sqlite3"
        with closing(SqliteDocumentStore.open(path, timeout_seconds=5)) as store:
            put(store, BEFORE)
        with closing(SmallStore(path)) as small, pytest.raises(StoreUnavailableError, match="full"):
            Indexing(small, vectors).run()

        with closing(SqliteDocumentStore.open(path, timeout_seconds=5)) as store:
            Indexing(store, vectors).run()

        assert contents(vectors) == built(is_after=False)

    def test_a_second_process_is_told_who_has_the_index(self, tmp_path: Path, vectors: VectorStore) -> None:
        with pytest.raises(TwinError, match="is open in this very process"):
            QdrantEdgeVectorStore.open(tmp_path / "vectors", "letters", LetterEmbedder().identity)


class SmallStore(SqliteDocumentStore):
    """A file that may not grow by more than two pages, as on a full disk."""

    def __init__(self, path: Path) -> None:
        connection = connect(path, isolation_level=None)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        super().__init__(connection, path)
