"""An index that is built in shards is exactly the one that is built at once, whatever happens on the way."""

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_engineering.application.index.audit import audited
from llm_engineering.application.index.shards.joining import MissingShardError, joined_shards
from llm_engineering.application.index.shards.planning import ShardPlan
from llm_engineering.application.ports import DOCUMENTS, DocumentStore, VectorStore
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.domain.chunks import ChunkFilter, EmbeddedQuestion
from llm_engineering.domain.documents import Category, Content, RawDocument
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from tests.support.documents import ADA, BOB, article
from tests.support.dying_store import KilledError
from tests.support.fakes import LetterEmbedder, word_encoder
from tests.support.indexing import DyingVectors, Indexing, contents
from tests.support.sharding import index_of, plan_of, reversed_order, sharded_run, target_of

pytestmark = pytest.mark.integration

DAY = datetime(2024, 1, 1, tzinfo=UTC)
LONG = [f"word{first}{second}" for first in "abcdef" for second in "abcdefghij"]
FOOTER = "# Thanks\n\nSubscribe for more.\n\n"


def essay(number: int) -> str:
    """Return a section of 60 words that is nearly the one before and the one after: one word in a hundred differs."""
    words = [*LONG]
    words[number % 4] = f"other{'abcd'[number % 4]}"
    return f"# Essay\n\n{' '.join(words)}\n\n"


def text(number: int) -> str:
    """Return words of the document's own, beside passages that it has in common with some others."""
    own = f"# Own {'abc'[number % 3]}\n\n{'abc'[number % 3] * (number + 1)} {'c' * number}\n\n"
    shared = essay(number) if number % 3 else ""
    return own + shared + (FOOTER if number % 2 else "")


def document(number: int, author_id: str = ADA, *, words: str | None = None) -> RawDocument:
    content = Content(
        title=f"Number {number}",
        text=text(number) if words is None else words,
        language="en",
        # Not in the order of their ids, and some of them without a date.
        **({"published_at": (DAY + timedelta(days=number * 7 % 20)).isoformat()} if number % 5 else {}),
    )
    link = f"https://{'ada' if author_id == ADA else 'bob'}.dev/{number}"
    return article("", link=link, author_id=author_id).model_copy(update={"content": content})


DOCUMENTS_OF_BOTH = [document(number, author) for author in (ADA, BOB) for number in range(20)]


@pytest.fixture
def indexing(documents: DocumentStore, vectors: VectorStore, embedder: LetterEmbedder) -> Indexing:
    write_documents(documents, DOCUMENTS_OF_BOTH)
    return Indexing(documents, vectors, embedder, author_ids=(ADA, BOB))


@pytest.fixture
def unsharded(tmp_path: Path) -> Iterator[Indexing]:
    """The same documents, indexed at once."""
    embedder = LetterEmbedder()
    with (
        closing(SqliteDocumentStore.open(tmp_path / "other.sqlite3", timeout_seconds=5)) as store,
        closing(QdrantEdgeVectorStore.open(tmp_path / "other", "letters", embedder.identity)) as vectors,
    ):
        write_documents(store, DOCUMENTS_OF_BOTH)
        other = Indexing(store, vectors, embedder, author_ids=(ADA, BOB))
        other.fingerprint = target_of(other).fingerprint.digest
        other.run()
        yield other


def worded(vectors: VectorStore) -> Mapping[str, float | None]:
    """Return what each point of a collection scores for terms that all of them could have, by id."""
    words = word_encoder().question("worded otherb essay number abc aa bb cc subscribe thanks more own", pair_weight=0)
    question = EmbeddedQuestion(np.array([1, 0, 0], dtype=np.float32), words)
    found = vectors.candidates(question, depth=10_000, where=ChunkFilter())
    return {each.id: each.term_score for each in found}


def manifest_of(indexing: Indexing) -> Sequence[object]:
    return [
        known
        for author_id in (ADA, BOB)
        for known in sorted_documents(index_of(indexing).manifest.documents(author_id))
    ]


def sorted_documents(found: Iterator[object]) -> list[object]:
    return sorted(found, key=str)


@pytest.mark.parametrize("seed", [1, 2])
def test_eight_shards_in_any_order_give_exactly_the_index_of_one_run(
    indexing: Indexing, unsharded: Indexing, seed: int
) -> None:
    report = sharded_run(indexing, 8, order=lambda places: Random(seed).sample(places, len(places)))

    held = contents(unsharded.vectors)
    assert contents(indexing.vectors) == held
    assert worded(indexing.vectors) == worded(unsharded.vectors)
    assert manifest_of(indexing) == manifest_of(unsharded)
    # Of each author 20 sections that one document has, the footer of ten documents, and three of four essays, which
    # 13 documents have: the fourth says nearly what the first says.
    assert len(held) == 2 * (20 + 1 + 3)
    assert (report.embedded, report.shared) == (48, 2 * (9 + 10))
    assert len(indexing.embedder.embedded) == len(unsharded.embedder.embedded) == 48
    assert {each.change for each in report.changes} == {"new"}
    assert sum(each.embedded for each in report.changes) == 48
    assert len({each.document for each in report.changes}) == len(DOCUMENTS_OF_BOTH)
    assert sum(len(fields["also_at"]) == 9 for fields, _ in held.values()) == 2


@settings(max_examples=10, deadline=None)
@given(shards=st.integers(2, 40), fewer=st.integers(1, 20))
def test_each_changed_document_is_in_one_shard_whatever_others_there_are(shards: int, fewer: int) -> None:
    with TemporaryDirectory() as folder:
        embedder = LetterEmbedder()
        with (
            closing(SqliteDocumentStore.open(Path(folder) / "documents.sqlite3", timeout_seconds=5)) as store,
            closing(QdrantEdgeVectorStore.open(Path(folder), "letters", embedder.identity)) as vectors,
        ):
            indexing = Indexing(store, vectors, embedder)
            write_documents(store, DOCUMENTS_OF_BOTH[:fewer])
            before = places(plan_of(indexing, shards))
            write_documents(store, DOCUMENTS_OF_BOTH[:20])
            after = places(plan_of(indexing, shards))

    assert sorted(document_id for document_id, _ in after) == sorted(each.id for each in DOCUMENTS_OF_BOTH[:20])
    assert set(before) <= set(after)
    assert all(0 <= shard < shards for _, shard in after)


def places(plan: ShardPlan) -> list[tuple[str, int]]:
    """Return each document of a plan with its shard."""
    return [(reference.id, shard.number) for shard in plan.shards for reference in shard.documents]


def test_a_plan_holds_no_words(indexing: Indexing) -> None:
    written = plan_of(indexing, 8).model_dump_json()

    assert document(1).id in written
    assert "Subscribe" not in written
    assert "wordaa" not in written


def test_a_second_run_finds_nothing_to_do_however_many_shards(indexing: Indexing) -> None:
    sharded_run(indexing, 8)

    plan = plan_of(indexing, 3)
    again = sharded_run(indexing, 3)

    assert (len(plan.shards), plan.figures["changed_documents"], plan.figures["unchanged_documents"]) == (1, 0, 40)
    assert (again.figures["written_points"], again.skipped_documents) == (0, 40)
    assert again.unchanged == len(contents(indexing.vectors))


def test_the_unsharded_run_takes_over_from_a_sharded_one(indexing: Indexing) -> None:
    sharded_run(indexing, 8)
    indexing.fingerprint = target_of(indexing).fingerprint.digest

    assert indexing.run().figures["written_points"] == 0
    assert audited([ADA, BOB], indexing.new_reader(), indexing.index).findings == ()


def test_passages_move_between_shards_when_the_documents_that_stand_change(
    indexing: Indexing, unsharded: Indexing
) -> None:
    sharded_run(indexing, 8)
    for store in (indexing.store, unsharded.store):
        # The first with the footer goes, another one is edited, and one comes that is published before all others.
        store.delete(DOCUMENTS[Category.ARTICLES], {"_id": document(15).id})
        write_documents(store, [document(1, words=essay(2)), document(50, words=FOOTER + essay(1))])

    unsharded.run()
    report = sharded_run(indexing, 8, order=reversed_order)

    assert contents(indexing.vectors) == contents(unsharded.vectors)
    assert manifest_of(indexing) == manifest_of(unsharded)
    assert report.removed_documents == 1


def writes_of(indexing: Indexing) -> int:
    """Return how often a first build in 8 shards writes to the index."""
    counting = DyingVectors(indexing.vectors, 1_000)
    indexing.vectors = counting
    sharded_run(indexing, 8)
    return 1_000 - counting.left


@pytest.mark.parametrize("write", [0, 4, 7])
def test_a_run_that_fails_in_a_shard_is_finished_by_the_next_and_embeds_nothing_twice(
    indexing: Indexing, unsharded: Indexing, write: int
) -> None:
    vectors = indexing.vectors
    indexing.vectors = DyingVectors(vectors, write, after=True)
    with pytest.raises(KilledError):
        sharded_run(indexing, 8)
    indexing.vectors = vectors
    written = list(indexing.embedder.embedded)

    sharded_run(indexing, 8, order=reversed_order)

    assert contents(vectors) == contents(unsharded.vectors)
    assert manifest_of(indexing) == manifest_of(unsharded)
    assert len(written) > 0
    assert sorted(indexing.embedder.embedded) == sorted(unsharded.embedder.embedded)


@pytest.mark.slow
@pytest.mark.parametrize(("write", "when"), [(0, "after"), (5, "before")])
def test_a_process_that_is_killed_in_a_shard_is_finished_by_the_next_one(
    tmp_path: Path, unsharded: Indexing, write: int, when: str
) -> None:
    folder = tmp_path / "killed"
    with closing(SqliteDocumentStore.open(folder / "documents.sqlite3", timeout_seconds=5)) as store:
        write_documents(store, DOCUMENTS_OF_BOTH)
    command = [sys.executable, "-m", "tests.support.sharding_process", str(folder), str(write), when]
    assert subprocess.run(command, check=False, timeout=120).returncode == -signal.SIGKILL
    embedder = LetterEmbedder()

    with (
        closing(SqliteDocumentStore.open(folder / "documents.sqlite3", timeout_seconds=5)) as store,
        closing(QdrantEdgeVectorStore.open(folder / "vectors", "letters", embedder.identity)) as vectors,
    ):
        kept = vectors.count(ChunkFilter())
        again = Indexing(store, vectors, embedder, author_ids=(ADA, BOB))
        sharded_run(again, 8, order=reversed_order)

        assert contents(vectors) == contents(unsharded.vectors)
        assert manifest_of(again) == manifest_of(unsharded)
    assert 0 < kept < 48
    assert len(embedder.embedded) == 48 - kept  # what the killed one has written is not embedded again


def test_there_are_as_many_writes_to_fail_at(indexing: Indexing) -> None:
    assert writes_of(indexing) == 8  # one for each shard


def test_nothing_is_deleted_for_a_shard_that_was_not_written(indexing: Indexing) -> None:
    sharded_run(indexing, 8)
    before = contents(indexing.vectors)
    indexing.store.delete(DOCUMENTS[Category.ARTICLES], {"_id": document(1).id})
    plan = plan_of(indexing, 8)

    with pytest.raises(MissingShardError, match="these were not written: 0"):
        joined_shards(plan, [], index=index_of(indexing), vectors=indexing.vectors, now=DAY)

    assert contents(indexing.vectors) == before
