"""Whatever happens to documents and runs, the index ends as a clean build of what is there."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm_engineering.application.index.audit import audited
from llm_engineering.application.index.manifest import mark_unfinished_everywhere
from llm_engineering.application.ports import DOCUMENTS
from llm_engineering.application.preprocess.chunking import Chunking
from llm_engineering.application.warehouse.documents import documents_of, write_documents
from llm_engineering.domain.documents import Category, Content, RawDocument
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from tests.support.documents import ADA, article
from tests.support.dying_store import DyingStore, KilledError
from tests.support.fakes import LetterEmbedder
from tests.support.indexing import DyingVectors, Indexing, clean_build, contents
from tests.support.sharding import reversed_order, sharded_run, target_of

pytestmark = [pytest.mark.integration, pytest.mark.slow]

LONG = " ".join(f"word{letter}{other}" for letter in "abcdef" for other in "abcdefghijklmnopqrst")
SECTIONS = (
    "# A\n\naa\n\n",
    "# B\n\nbb\n\n",
    "# C\n\nabc abc\n\n",
    f"# D\n\n{LONG}\n\n",
    f"# D\n\n{LONG.replace('wordaa', 'other')}\n\n",
    f"# E\n\n{LONG.replace('wordca', 'third')}\n\n",
)
CHUNKINGS = (Chunking(min_tokens=0), Chunking(min_tokens=60))


@dataclass(frozen=True)
class Write:
    """A document is new or edited, gone, or back."""

    name: str
    sections: tuple[int, ...]
    day: int | None
    is_gone: bool

    @property
    def document(self) -> RawDocument:
        text = "".join(SECTIONS[each] for each in self.sections)
        extra = {"published_at": f"2024-01-0{self.day}"} if self.day else {}
        return article("", link=f"https://ada.dev/{self.name}").model_copy(
            update={
                "content": Content.model_validate({"title": "One", "text": text, "language": "en", **extra}),
                "gone_at": datetime(2026, 1, 1, tzinfo=UTC) if self.is_gone else None,
            }
        )


@dataclass(frozen=True)
class Delete:
    name: str


@dataclass(frozen=True)
class Forget:
    """A document is removed from warehouse and index, as `forgotten` does."""

    name: str


@dataclass(frozen=True)
class Run:
    """A run, which dies at one of its writes if that many come."""

    chunking: int
    portion: int
    dies_at_vectors: int | None = None
    after: bool = False
    dies_at_store: int | None = None
    shards: int = 1


names = st.sampled_from("wxyz")
writes = st.builds(
    Write,
    names,
    st.lists(st.integers(0, len(SECTIONS) - 1), max_size=4).map(tuple),
    st.sampled_from([None, 1, 2]),
    st.sampled_from([False, False, False, True]),
)
runs = st.builds(
    Run,
    st.integers(0, 1),
    st.sampled_from([1, 3, 1000]),
    st.none() | st.integers(0, 4),
    st.booleans(),
    st.none() | st.integers(0, 4),
    st.sampled_from([1, 1, 2, 8]),
)
steps = st.lists(writes | writes | st.builds(Delete, names) | st.builds(Forget, names) | runs, min_size=1, max_size=12)


@dataclass
class World:
    """A warehouse and its index over several runs."""

    indexing: Indexing
    chunking: int = field(default=0)

    def take(self, step: Write | Delete | Forget | Run) -> None:
        match step:
            case Write():
                self._write(step)
            case Delete():
                self._delete(step.name)
            case Forget():
                document_id = f"id of https://ada.dev/{step.name}"
                mark_unfinished_everywhere(self.indexing.store, [document_id])
                self.indexing.vectors.delete_document(document_id)
                self._delete(step.name)
            case Run():
                self._run(step)

    def _write(self, step: Write) -> None:
        self._delete(step.name)
        write_documents(self.indexing.store, [step.document])

    def _delete(self, name: str) -> None:
        self.indexing.store.delete(DOCUMENTS[Category.ARTICLES], {"_id": f"id of https://ada.dev/{name}"})

    def _run(self, step: Run) -> None:
        self.chunking = step.chunking
        indexing = self.indexing
        store, vectors = indexing.store, indexing.vectors
        indexing.portion = step.portion
        indexing.chunking = CHUNKINGS[step.chunking]
        indexing.fingerprint = target_of(indexing).fingerprint.digest
        if step.dies_at_vectors is not None:
            indexing.vectors = DyingVectors(vectors, step.dies_at_vectors, after=step.after)
        if step.dies_at_store is not None:
            indexing.store = DyingStore(store, step.dies_at_store)
        with suppress(KilledError):
            # The last shard first: none of them may depend on an earlier one.
            indexing.run() if step.shards == 1 else sharded_run(indexing, step.shards, order=reversed_order)
        indexing.store, indexing.vectors = store, vectors


def opened_world(stack: ExitStack) -> World:
    path = Path(stack.enter_context(TemporaryDirectory()))
    store = stack.enter_context(closing(SqliteDocumentStore.open(path / "documents.sqlite3", timeout_seconds=5)))
    vectors = stack.enter_context(closing(QdrantEdgeVectorStore.open(path, "letters", LetterEmbedder().identity)))
    return World(Indexing(store, vectors))


def live(world: World) -> Iterator[RawDocument]:
    return (document for document in documents_of(world.indexing.store, ADA, Category) if document.is_live)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps, runs)
def test_the_index_equals_a_clean_build(history: list[Write | Delete | Forget | Run], last: Run) -> None:
    with ExitStack() as stack:
        world = opened_world(stack)
        for step in history:
            world.take(step)

        world.take(Run(last.chunking, last.portion, shards=last.shards))

        indexing = world.indexing
        assert contents(indexing.vectors) == clean_build(list(live(world)), CHUNKINGS[last.chunking])
        assert audited([ADA], indexing.new_reader(), indexing.index).findings == ()
        indexing.store = DyingStore(indexing.store, writes=0)
        assert indexing.run().figures["written_points"] == 0
        assert indexing.reader.documents_cut == 0


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(writes, min_size=1, max_size=6), writes, st.integers(0, 6), st.booleans(), st.sampled_from([1, 4]))
def test_a_run_that_dies_leaves_every_passage_that_stays_findable(
    before: list[Write], edit: Write, dies_at: int, after: bool, shards: int
) -> None:
    with ExitStack() as stack:
        world = opened_world(stack)
        for step in before:
            world.take(step)
        world.take(Run(0, 1000))
        were_found = texts(world)
        world.take(edit)

        world.take(Run(0, 1000, dies_at, after=after, shards=shards))

        wanted = {fields["text"] for fields, _ in clean_build(list(live(world)), CHUNKINGS[0]).values()}
        # A passage that stays may be told by another one that says nearly the same.
        assert {text for text in were_found & wanted if text not in texts(world)} == set()


def texts(world: World) -> set[str]:
    return {fields["text"] for fields, _ in contents(world.indexing.vectors).values()}
