"""Which folder of Qdrant Edge is live, also after kills and with readers beside."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from llm_engineering.domain.chunks import ChunkFilter, EmbeddedChunk, EmbeddingIdentity, TermVector
from llm_engineering.infrastructure.vector_stores.edge_catalog import DamagedCatalogError, EdgeCatalog
from llm_engineering.infrastructure.vector_stores.edge_shards import UnusableCollectionError
from llm_engineering.infrastructure.vector_stores.holders import CollectionHeldError
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from tests.support.documents import chunk
from tests.support.switches import LETTERS, NOON, noted
from tests.support.switching_process import NAMES

pytestmark = pytest.mark.integration

BLUE, GREEN = NAMES
RED = f"twin-{'d' * 12}"
EAST = np.array([1, 0, 0], dtype=np.float32)
POINTER = ".twin.live.json"
REPOSITORY_ROOT = Path(__file__).parents[4]


@pytest.fixture
def catalog(tmp_path: Path) -> EdgeCatalog:
    """A catalog of two collections, the first of which is live; each holds a chunk that is its name."""
    for name in NAMES:
        with opened(tmp_path, name) as store:
            store.upsert([embedded(name)])
    catalog = EdgeCatalog(tmp_path, "twin")
    catalog.switch(BLUE)
    return catalog


@contextmanager
def opened(folder: Path, name: str, identity: EmbeddingIdentity = LETTERS) -> Iterator[QdrantEdgeVectorStore]:
    with closing(QdrantEdgeVectorStore.open(folder, name, identity)) as store:
        yield store


def embedded(text: str) -> EmbeddedChunk:
    terms = TermVector(np.array([1], dtype=np.uint32), np.array([1], dtype=np.float32))
    return EmbeddedChunk(chunk(text, chunk_id="00000000-0000-5000-8000-000000000001"), EAST, terms)


def answer(store: QdrantEdgeVectorStore) -> str:
    [found] = store.search(EAST, limit=1, where=ChunkFilter())
    return found.chunk.text


def test_a_reader_keeps_its_collection_and_the_next_one_gets_the_new_one(catalog: EdgeCatalog, tmp_path: Path) -> None:
    with opened(tmp_path, catalog.live() or "") as reader:
        catalog.switch(GREEN)
        assert answer(reader) == BLUE
    with opened(tmp_path, catalog.live() or "") as reader:
        assert answer(reader) == GREEN


def test_the_live_collection_answers_while_another_one_is_written(catalog: EdgeCatalog, tmp_path: Path) -> None:
    with opened(tmp_path, BLUE) as reader, opened(tmp_path, RED) as writer:
        writer.upsert([embedded(RED)])
        noted(catalog, RED, 30, synced_at=NOON)
        assert (answer(reader), catalog.live()) == (BLUE, BLUE)


@pytest.mark.slow
def test_readers_beside_a_process_that_switches_and_is_killed(catalog: EdgeCatalog, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.support.switching_process", str(tmp_path)]
    for lines in (2, 10, 37):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY_ROOT) as process:
            if process.stdout is None:
                raise RuntimeError("the process has no standard output")
            seen = set()
            for _ in range(lines):
                process.stdout.readline()
                seen |= {catalog.live() for _ in range(50)}
            process.kill()
        assert seen <= set(NAMES)
        assert {catalog.live(), catalog.previous()} == set(NAMES)
    catalog.switch(BLUE)
    assert catalog.live() == BLUE


def test_half_a_pointer_of_a_killed_switch_is_never_read(catalog: EdgeCatalog, tmp_path: Path) -> None:
    (tmp_path / f"{POINTER}.new").write_text('{"live": "twi', encoding="utf-8")

    assert catalog.live() == BLUE
    catalog.switch(GREEN)
    assert (catalog.live(), catalog.previous()) == (GREEN, BLUE)


def test_half_a_note_of_a_killed_process_is_never_read(catalog: EdgeCatalog, tmp_path: Path) -> None:
    (tmp_path / BLUE / "index.json.new").write_text("{", encoding="utf-8")

    assert catalog.entry(BLUE) is None
    noted(catalog, BLUE, 10)
    assert catalog.entry(BLUE) is not None


def test_a_killed_deletion_is_ended_by_the_next_one(catalog: EdgeCatalog, tmp_path: Path) -> None:
    with opened(tmp_path, RED):
        pass
    (tmp_path / RED).rename(tmp_path / ".twin.deleted")
    assert RED not in catalog.names()

    catalog.delete(RED)

    assert not (tmp_path / ".twin.deleted").exists()


def test_what_somebody_reads_is_not_deleted(catalog: EdgeCatalog, tmp_path: Path) -> None:
    with opened(tmp_path, RED) as reader:
        reader.upsert([embedded(RED)])
        with pytest.raises(CollectionHeldError):
            catalog.delete(RED)
        assert answer(reader) == RED
    assert RED in catalog.names()


def test_a_live_collection_that_was_deleted_by_hand_is_none_and_one_can_go_back(
    catalog: EdgeCatalog, tmp_path: Path
) -> None:
    catalog.switch(GREEN)
    (tmp_path / GREEN).rename(tmp_path / "elsewhere")

    assert (catalog.live(), catalog.previous()) == (None, BLUE)
    catalog.switch(BLUE)
    assert (catalog.live(), catalog.previous()) == (BLUE, None)


@pytest.mark.parametrize("content", ["", "{", '{"live": 1}', '{"live": "twin", "since": "tomorrow"}'])
def test_a_damaged_pointer_is_told_and_not_taken_for_none(catalog: EdgeCatalog, tmp_path: Path, content: str) -> None:
    (tmp_path / POINTER).write_text(content, encoding="utf-8")

    with pytest.raises(DamagedCatalogError, match=r"twin\.live\.json cannot be read"):
        catalog.live()


def test_a_damaged_record_is_told(catalog: EdgeCatalog, tmp_path: Path) -> None:
    (tmp_path / BLUE / "store" / "collection.json").write_text("{", encoding="utf-8")

    with pytest.raises(UnusableCollectionError, match=r"collection\.json"):
        catalog.identity(BLUE)


def test_a_size_is_what_the_files_take(catalog: EdgeCatalog, tmp_path: Path) -> None:
    before = catalog.size_bytes(BLUE)
    (tmp_path / BLUE / "more").write_bytes(b"x" * 40_960)

    assert catalog.size_bytes(BLUE) - before == 40_960
