import os
import sqlite3
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Barrier

import pytest

from llm_engineering.application.ports import Collection, WriteReport
from llm_engineering.domain.errors import StoreReadOnlyError, StoreUnavailableError
from llm_engineering.infrastructure.document_stores.objects import IdTakenError
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore

NOTES = Collection("notes", ("author", "link"))
NOBODY = 65534

pytestmark = pytest.mark.integration


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "documents.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteDocumentStore]:
    with closing(SqliteDocumentStore.open(path, timeout_seconds=5)) as store:
        yield store


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder under which any user may look around, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def without_root() -> Iterator[None]:
    """Drop the right to write everywhere, if this process has it."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def note(link: str, **fields: object) -> dict[str, object]:
    return {"_id": link, "author": "ada", "link": link, **fields}


class TestOpening:
    def test_makes_the_folder(self, tmp_path: Path) -> None:
        path = tmp_path / "a" / "b" / "documents.sqlite3"

        with closing(SqliteDocumentStore.open(path, timeout_seconds=5)) as store:
            assert store.location == str(path)
        assert path.is_file()

    def test_commits_to_the_disk_with_a_write_ahead_log(self, path: Path, store: SqliteDocumentStore) -> None:
        store.upsert(NOTES, [note("a")])

        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert store._connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL

    def test_many_may_make_the_same_store_at_once(self, path: Path) -> None:
        together = Barrier(8)

        def opened_and_written(name: str) -> WriteReport:
            together.wait()
            with closing(SqliteDocumentStore.open(path, timeout_seconds=30)) as store:
                return store.upsert(NOTES, [note(name)])

        with ThreadPoolExecutor(8) as threads:
            reports = list(threads.map(opened_and_written, "abcdefgh"))

        assert reports == [WriteReport(inserted=1)] * 8

    def test_waits_for_another_process_that_makes_the_store(self, path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as other, ThreadPoolExecutor(1) as threads:
            other.execute("BEGIN IMMEDIATE")

            opening = threads.submit(SqliteDocumentStore.open, path, timeout_seconds=30)

            assert wait([opening], timeout=0.2).not_done
            other.execute("COMMIT")
            opening.result().close()

    def test_waits_no_longer_than_the_timeout(self, path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")

            with pytest.raises(StoreUnavailableError, match="held by another process for longer than the timeout"):
                SqliteDocumentStore.open(path, timeout_seconds=0.1)

    def test_refuses_a_newer_version(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA user_version = 2")

        with pytest.raises(StoreUnavailableError, match=r"has version 2, this program knows up to 1\. Update"):
            SqliteDocumentStore.open(path, timeout_seconds=5)

    def test_a_folder_that_may_not_be_written_is_read_only(self, shared_folder: Path) -> None:
        shared_folder.chmod(0o555)

        with without_root(), pytest.raises(StoreReadOnlyError, match="DATA_FOLDER"):
            SqliteDocumentStore.open(shared_folder / "documents.sqlite3", timeout_seconds=5)
        with without_root(), pytest.raises(StoreReadOnlyError, match="DATA_FOLDER"):
            SqliteDocumentStore.open(shared_folder / "new" / "documents.sqlite3", timeout_seconds=5)

    def test_a_file_in_the_place_of_the_folder_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "data").write_text("not a folder", encoding="utf-8")

        with pytest.raises(StoreUnavailableError, match=r"data/documents\.sqlite3' cannot be made \(File exists\)"):
            SqliteDocumentStore.open(tmp_path / "data" / "documents.sqlite3", timeout_seconds=5)
        with pytest.raises(StoreUnavailableError, match=r"cannot be made \(Not a directory\)"):
            SqliteDocumentStore.open(tmp_path / "data" / "deeper" / "documents.sqlite3", timeout_seconds=5)

    def test_a_folder_in_the_place_of_the_file_is_named(self, path: Path) -> None:
        path.mkdir()

        with pytest.raises(StoreUnavailableError, match=r"documents\.sqlite3' cannot be opened as a file"):
            SqliteDocumentStore.open(path, timeout_seconds=5)

    @pytest.mark.parametrize(
        "content", [b"this is a text, and a long one" * 200, b"SQLite format 3\0" + b"\xff" * 4096]
    )
    def test_what_is_no_database_is_named(self, path: Path, content: bytes) -> None:
        path.write_bytes(content)

        with pytest.raises(StoreUnavailableError, match=r"documents\.sqlite3' is damaged .* Move the file away"):
            SqliteDocumentStore.open(path, timeout_seconds=5)
        assert path.read_bytes() == content


class TestFailures:
    def test_a_damaged_page_is_reported(self, path: Path) -> None:
        with closing(SqliteDocumentStore.open(path, timeout_seconds=5)) as store:
            store.upsert(NOTES, [note(str(number), text="x" * 3000) for number in range(200)])
        whole = path.read_bytes()
        path.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))

        with (
            closing(SqliteDocumentStore.open(path, timeout_seconds=5)) as store,
            pytest.raises(StoreUnavailableError, match="is damaged or no SQLite database"),
        ):
            list(store.find(NOTES, {}))

    def test_a_file_that_may_not_be_written_is_read_only(self, shared_folder: Path) -> None:
        path = shared_folder / "documents.sqlite3"
        with closing(SqliteDocumentStore.open(path, timeout_seconds=5)) as store:
            store.upsert(NOTES, [note("a")])
        path.chmod(0o444)
        shared_folder.chmod(0o777)

        with without_root(), closing(SqliteDocumentStore.open(path, timeout_seconds=5)) as store:
            assert list(store.find(NOTES, {})) == [note("a")]
            with pytest.raises(StoreReadOnlyError, match=r"documents\.sqlite3' may not be written"):
                store.upsert(NOTES, [note("b")])
            with pytest.raises(StoreReadOnlyError, match=r"documents\.sqlite3' may not be written"):
                store.delete(NOTES, {"link": "a"})

    def test_a_full_disk_leaves_nothing_half_written(self, path: Path, store: SqliteDocumentStore) -> None:
        store.upsert(NOTES, [note("a")])
        pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
        store._connection.execute(f"PRAGMA max_page_count = {pages + 10}")

        with pytest.raises(StoreUnavailableError, match="the disk is full, and nothing of this write was kept"):
            store.upsert(NOTES, [note("b", text="short"), note("c", text="x" * 1_000_000)])

        assert list(store.find(NOTES, {})) == [note("a")]
        assert store.upsert(NOTES, [note("b", text="short")]) == WriteReport(inserted=1)

    def test_a_writer_that_does_not_end_is_waited_for_no_longer_than_the_timeout(self, path: Path) -> None:
        with (
            closing(SqliteDocumentStore.open(path, timeout_seconds=0.1)) as store,
            closing(sqlite3.connect(path, isolation_level=None)) as other,
        ):
            store.upsert(NOTES, [note("a")])
            other.execute("BEGIN IMMEDIATE")

            with pytest.raises(StoreUnavailableError, match=r"held by another process .* STORE_TIMEOUT_SECONDS"):
                store.upsert(NOTES, [note("b")])

            assert list(store.find(NOTES, {})) == [note("a")]


class TestWriting:
    def test_one_call_is_one_transaction(self, store: SqliteDocumentStore) -> None:
        store.upsert(NOTES, [note("a")])

        with pytest.raises(IdTakenError):
            store.upsert(NOTES, [note("new"), {**note("other"), "_id": "a"}])

        assert list(store.find(NOTES, {})) == [note("a")]

    def test_tells_numbers_and_truth_values_apart(self, store: SqliteDocumentStore) -> None:
        store.upsert(NOTES, [note("a", value=1)])

        assert store.upsert(NOTES, [note("a", value=True)]) == WriteReport(updated=1)
        assert next(store.find(NOTES, {}))["value"] is True

    def test_the_file_itself_refuses_a_second_object_of_a_key(self, path: Path, store: SqliteDocumentStore) -> None:
        store.upsert(NOTES, [note("a")])

        with closing(sqlite3.connect(path)) as connection:
            with pytest.raises(sqlite3.IntegrityError, match=r"UNIQUE constraint failed: notes\.author, notes\.link"):
                connection.execute("INSERT INTO notes (_id, _body) SELECT 'b', _body FROM notes")
            with pytest.raises(sqlite3.IntegrityError, match=r"NOT NULL constraint failed: notes\.link"):
                connection.execute("""INSERT INTO notes (_id, _body) VALUES ('b', '{"author": "ada"}')""")

    @pytest.mark.parametrize(
        ("condition", "plan"),
        [
            ("author = ? AND link = ?", "SEARCH notes USING INDEX sqlite_autoindex_notes_2 (author=? AND link=?)"),
            ("author = ? AND _id > ? ORDER BY _id", "SEARCH notes USING INDEX notes_listed (author=? AND _id>?)"),
        ],
    )
    def test_looks_up_by_index(self, store: SqliteDocumentStore, condition: str, plan: str) -> None:
        store.upsert(NOTES, [note("a")])

        steps = store._connection.execute(f"EXPLAIN QUERY PLAN SELECT _body FROM notes WHERE {condition}", ["a", "b"])

        assert [step[3] for step in steps] == [plan]
