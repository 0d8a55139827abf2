"""Qdrant Edge on a real folder: who may open it, what a kill leaves, what damage looks like."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from llm_engineering.domain.chunks import ChunkFilter
from llm_engineering.infrastructure.vector_stores.edge_shards import UnusableCollectionError, edge_errors
from llm_engineering.infrastructure.vector_stores.holders import CollectionHeldError, UnwritableFolderError
from llm_engineering.infrastructure.vector_stores.qdrant_edge import InvalidCollectionNameError, QdrantEdgeVectorStore
from llm_engineering.infrastructure.vector_stores.records import OtherFormatError, TermsMismatchError
from tests.contracts.vector_store import (
    EAST,
    EVERYTHING,
    IDENTITY,
    NORTH,
    REPOSITORY_ROOT,
    chunk,
    embedded,
    provenance,
    vector,
)

pytestmark = pytest.mark.integration


def opened(folder: Path, collection: str = "chunks") -> QdrantEdgeVectorStore:
    return QdrantEdgeVectorStore.open(folder, collection, IDENTITY)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The folder of a closed collection "chunks" with the chunk "a"."""
    with closing(opened(tmp_path)) as store:
        store.upsert([embedded("a")])
    return tmp_path / "chunks"


@pytest.fixture
def other_process(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has written batch 0 into the collection "chunks" and keeps it open until its input ends."""
    command = [sys.executable, "-m", "tests.contracts.vector_store_writer", "edge", str(tmp_path), "chunks", "1"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=REPOSITORY_ROOT) as process:
        if process.stdout is None or process.stdout.readline() != "0\n":
            raise RuntimeError("the writer has not written")
        yield process
        process.kill()


class TestOneOpener:
    def test_a_second_opener_in_this_process_is_told_so(self, tmp_path: Path) -> None:
        with closing(opened(tmp_path)) as store:
            with pytest.raises(CollectionHeldError, match=f"open in this very process {os.getpid()}") as refused:
                opened(tmp_path)
            store.upsert([embedded("a")])
            assert store.count(EVERYTHING) == 1
        assert refused.value.folder == tmp_path / "chunks"
        assert refused.value.holder is not None
        assert refused.value.holder.command.startswith(shlex.quote(sys.orig_argv[0]))

    def test_a_second_opener_is_told_which_process_it_is(
        self, tmp_path: Path, other_process: subprocess.Popen[str]
    ) -> None:
        with pytest.raises(CollectionHeldError, match="set QDRANT_URL") as refused:
            opened(tmp_path)
        assert f"process {other_process.pid} on " in str(refused.value)
        assert "-m tests.contracts.vector_store_writer edge" in str(refused.value)

    def test_it_opens_when_the_other_process_has_ended(
        self, tmp_path: Path, other_process: subprocess.Popen[str]
    ) -> None:
        other_process.communicate("")
        with closing(opened(tmp_path)) as store:
            assert store.count(EVERYTHING) == 5

    def test_a_killed_holder_does_not_block(self, tmp_path: Path, other_process: subprocess.Popen[str]) -> None:
        other_process.kill()
        other_process.wait()
        note = json.loads((tmp_path / "chunks" / "holder.json").read_text(encoding="utf-8"))
        assert note["pid"] == other_process.pid
        with closing(opened(tmp_path)) as store:
            assert store.count(EVERYTHING) == 5

    @pytest.mark.parametrize("note", [None, "", '{"pid": "?"}'], ids=["missing", "empty", "garbled"])
    def test_a_holder_that_has_not_said_who_it_is(self, tmp_path: Path, note: str | None) -> None:
        with closing(opened(tmp_path)):
            file = tmp_path / "chunks" / "holder.json"
            file.unlink()
            if note is not None:
                file.write_text(note, encoding="utf-8")
            with pytest.raises(CollectionHeldError, match="has not said yet who it is") as refused:
                opened(tmp_path)
        assert refused.value.holder is None

    def test_closing_in_another_thread_lets_go(self, tmp_path: Path) -> None:
        store = opened(tmp_path)
        closer = threading.Thread(target=store.close)
        closer.start()
        closer.join()
        opened(tmp_path).close()

    def test_nothing_is_left_of_a_holder_that_closed(self, written: Path) -> None:
        assert sorted(path.name for path in written.iterdir()) == ["lock", "store"]

    def test_two_collections_are_open_side_by_side(self, tmp_path: Path) -> None:
        with closing(opened(tmp_path, "one")) as one, closing(opened(tmp_path, "two")) as two:
            one.upsert([embedded("a")])
            assert (one.count(EVERYTHING), two.count(EVERYTHING)) == (1, 0)


class TestPlace:
    def test_location_is_the_absolute_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        with closing(opened(Path("vectors"))) as store:
            assert store.location == str(tmp_path / "vectors" / "chunks")

    @pytest.mark.parametrize("name", ["", ".", "..", "../up", "a/b", "a\\b", "a\0b"])
    def test_a_name_that_is_no_folder_is_refused(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(InvalidCollectionNameError, match="QDRANT_COLLECTION") as refused:
            opened(tmp_path / "vectors", name)
        assert refused.value.collection == name
        assert list(tmp_path.iterdir()) == []

    def test_a_parent_that_is_a_file_cannot_be_written(self, tmp_path: Path) -> None:
        file = tmp_path / "file"
        file.touch()
        with pytest.raises(UnwritableFolderError, match="Not a directory") as refused:
            opened(file)
        assert refused.value.folder == file / "chunks"

    def test_a_collection_that_is_a_file_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "chunks").touch()
        with pytest.raises(UnwritableFolderError, match="DATA_FOLDER") as refused:
            opened(tmp_path)
        assert refused.value.folder == tmp_path / "chunks"

    @pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc, which nobody may write to")
    def test_a_file_system_that_nobody_may_write_to(self) -> None:
        with pytest.raises(UnwritableFolderError, match="/proc/vectors/chunks cannot be written"):
            opened(Path("/proc/vectors"))


class TestHalfMade:
    """A kill while a collection was being made left one of these."""

    def test_an_empty_folder(self, tmp_path: Path) -> None:
        (tmp_path / "chunks").mkdir()
        assert count_after_opening(tmp_path) == 0

    def test_an_empty_draft(self, tmp_path: Path) -> None:
        (tmp_path / "chunks" / "store.new").mkdir(parents=True)
        assert count_after_opening(tmp_path) == 0

    def test_a_draft_with_a_half_written_record(self, tmp_path: Path) -> None:
        (tmp_path / "chunks" / "store.new").mkdir(parents=True)
        (tmp_path / "chunks" / "store.new" / "collection.json").write_text('{"form', encoding="utf-8")
        assert count_after_opening(tmp_path) == 0

    def test_a_draft_with_half_a_shard(self, tmp_path: Path, written: Path) -> None:
        (written / "store").rename(written / "store.new")
        shutil.rmtree(written / "store.new" / "shard" / "segments")
        assert count_after_opening(tmp_path) == 0

    def test_a_complete_draft_that_was_not_renamed(self, tmp_path: Path, written: Path) -> None:
        (written / "store").rename(written / "store.new")
        assert count_after_opening(tmp_path) == 0

    def test_a_complete_collection_beside_an_old_draft_keeps_its_chunks(self, tmp_path: Path, written: Path) -> None:
        (written / "store.new").mkdir()
        assert count_after_opening(tmp_path) == 1


def count_after_opening(folder: Path) -> int:
    with closing(opened(folder)) as store:
        return store.count(EVERYTHING)


class TestDamage:
    @pytest.mark.parametrize(
        "damage",
        [
            pytest.param(lambda store: (store / "collection.json").unlink(), id="no record"),
            pytest.param(lambda store: (store / "collection.json").write_bytes(b""), id="empty record"),
            pytest.param(lambda store: (store / "collection.json").write_bytes(b"\xff{"), id="garbled record"),
            pytest.param(lambda store: shutil.rmtree(store / "shard"), id="no shard"),
            pytest.param(lambda store: (store / "shard/edge_config.json").write_bytes(b"\xff"), id="garbled shard"),
            pytest.param(lambda store: next(store.rglob("segment.json")).unlink(), id="a segment without its state"),
            pytest.param(
                lambda store: next(store.rglob("vectors/status.dat")).write_bytes(b""), id="a panic of the engine"
            ),
        ],
    )
    def test_damaged_files_are_named_with_what_to_do(
        self, tmp_path: Path, written: Path, damage: Callable[[Path], object]
    ) -> None:
        damage(written / "store")
        with pytest.raises(UnusableCollectionError, match="delete that folder and run the feature pipeline") as refused:
            opened(tmp_path)
        assert refused.value.folder == written
        assert str(written) in str(refused.value)

    def test_after_following_the_advice_it_opens(self, tmp_path: Path, written: Path) -> None:
        (written / "store" / "collection.json").unlink()
        with pytest.raises(UnusableCollectionError, match=r"collection\.json"):
            opened(tmp_path)
        shutil.rmtree(written)
        assert count_after_opening(tmp_path) == 0

    def test_another_format_is_left_alone(self, tmp_path: Path, written: Path) -> None:
        record = json.dumps({"format_version": 3, "identity": IDENTITY.model_dump()})
        (written / "store" / "collection.json").write_text(record, encoding="utf-8")
        with pytest.raises(OtherFormatError, match="has format 3, this version reads 2") as refused:
            opened(tmp_path)
        assert refused.value.format_version == 3

    def test_a_collection_of_before_there_were_terms_is_left_alone(self, tmp_path: Path, written: Path) -> None:
        record = json.dumps({"format_version": 1, "identity": IDENTITY.model_dump()})
        (written / "store" / "collection.json").write_text(record, encoding="utf-8")
        with pytest.raises(TermsMismatchError, match="run the feature pipeline again"):
            opened(tmp_path)

    def test_what_edge_did_not_raise_passes_as_it_is(self, tmp_path: Path) -> None:
        with pytest.raises(KeyboardInterrupt, match="stop"), edge_errors(tmp_path):
            raise KeyboardInterrupt("stop")

    def test_a_closed_store_says_that_it_cannot_be_used(self, tmp_path: Path) -> None:
        store = opened(tmp_path)
        store.close()
        with pytest.raises(UnusableCollectionError, match="cannot be used"):
            store.count(EVERYTHING)


class TestThreads:
    def test_eight_writers_and_four_readers_at_once(self, tmp_path: Path) -> None:
        with closing(opened(tmp_path)) as store, ThreadPoolExecutor(12) as pool:

            def write(writer: int) -> None:
                for batch in range(10):
                    store.upsert([embedded(f"{writer}/{batch}/{part}") for part in range(10)])

            def read() -> int:
                return max(len(store.search(vector(*EAST), limit=50, where=EVERYTHING)) for _ in range(50))

            writing = [pool.submit(write, writer) for writer in range(8)]
            reading = [pool.submit(read) for _ in range(4)]
            assert [done.result() for done in writing] == [None] * 8
            assert all(done.result() <= 50 for done in reading)
            assert store.count(EVERYTHING) == 800

    def test_a_document_deleted_by_many_is_counted_once(self, tmp_path: Path) -> None:
        with closing(opened(tmp_path)) as store, ThreadPoolExecutor(8) as pool:
            store.upsert([embedded(str(number)) for number in range(100)])
            counts = list(pool.map(store.delete_document, ["document"] * 8))
        assert sorted(counts) == [0] * 7 + [100]


def test_clearing_away_deleted_points_keeps_the_others(tmp_path: Path) -> None:
    gone, kept = provenance(document="gone"), chunk("kept")
    with closing(opened(tmp_path)) as store:
        store.upsert([embedded(str(number), about=gone) for number in range(3000)])
        store.upsert([embedded("kept", NORTH)])
        store.delete_document("gone")
    with closing(opened(tmp_path)) as store:
        [found] = store.search(vector(*NORTH), limit=5, where=ChunkFilter(document_id="document"))
        assert found.chunk == kept
        assert store.count(EVERYTHING) == 1
