"""Deleted words leave the files, not only the answers."""

import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import numpy as np
import pytest

from llm_engineering.domain.chunks import ChunkFilter, EmbeddedChunk, TermVector
from llm_engineering.infrastructure.vector_stores.edge_purging import purge_deleted_points
from llm_engineering.infrastructure.vector_stores.holders import CollectionHeldError
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from tests.support.documents import ADA, chunk
from tests.support.fakes import LetterEmbedder

pytestmark = pytest.mark.integration

IDENTITY = LetterEmbedder().identity
NO_TERMS = TermVector(np.array([], dtype=np.uint32), np.array([], dtype=np.float32))


def opened(folder: Path) -> QdrantEdgeVectorStore:
    return QdrantEdgeVectorStore.open(folder, "letters", IDENTITY)


def embedded(texts: Sequence[str], document_id: str) -> list[EmbeddedChunk]:
    return [
        EmbeddedChunk(
            chunk(text, chunk_id=str(uuid5(NAMESPACE_URL, f"{document_id} {place}")), document_id=document_id),
            LetterEmbedder().embed_query(text),
            NO_TERMS,
        )
        for place, text in enumerate(texts)
    ]


def files_with(folder: Path, word: str) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.name for path in files if word.encode() in path.read_bytes())


def test_the_words_of_deleted_chunks_leave_the_disk(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as vectors:
        vectors.upsert(embedded(["plum a", "plum b"], "forgotten") + embedded(["pear c"] * 5, "kept"))
        vectors.delete_document("forgotten")
    assert files_with(tmp_path, "plum") != []

    purge_deleted_points(tmp_path, "letters", IDENTITY)

    assert files_with(tmp_path, "plum") == []
    with closing(opened(tmp_path)) as vectors:
        assert vectors.document_ids(ADA) == {"kept"}
        found = vectors.search(LetterEmbedder().embed_query("c"), limit=9, where=ChunkFilter(document_id="kept"))
        assert [each.chunk.text for each in found] == ["pear c"] * 5


def test_the_collection_can_be_written_afterwards_and_purged_again(tmp_path: Path) -> None:
    for word in ("plum", "pear"):
        with closing(opened(tmp_path)) as vectors:
            vectors.upsert(embedded([f"{word} a"], word))
        purge_deleted_points(tmp_path, "letters", IDENTITY)

    with closing(opened(tmp_path)) as vectors:
        assert vectors.document_ids(ADA) == {"plum", "pear"}


def test_what_is_kept_can_be_changed_and_deleted_afterwards(tmp_path: Path) -> None:
    first, second = embedded(["plum", "pear"], "kept")
    with closing(opened(tmp_path)) as vectors:
        vectors.upsert([first, second, *embedded(["fig"], "deleted"), *embedded(["date"], "forgotten")])
        vectors.delete_document("forgotten")
    purge_deleted_points(tmp_path, "letters", IDENTITY)

    with closing(opened(tmp_path)) as vectors:
        vectors.replace_payloads([first.chunk.model_copy(update={"text": "apple"})])
        vectors.delete([second.chunk.id])
        assert vectors.delete_document("deleted") == 1

    with closing(opened(tmp_path)) as vectors:
        found = vectors.search(LetterEmbedder().embed_query("plum"), limit=9, where=ChunkFilter())
    assert [each.chunk.text for each in found] == ["apple"]
    assert found[0].score == pytest.approx(1)


@pytest.mark.parametrize("names", [("shard.old",), ("shard.old", "shard.new")])
def test_a_purge_that_was_killed_leaves_a_whole_collection(tmp_path: Path, names: tuple[str, ...]) -> None:
    with closing(opened(tmp_path)) as vectors:
        vectors.upsert(embedded(["pear"], "kept"))
    store = tmp_path / "letters" / "store"
    for name in names:
        shutil.copytree(store / "shard", store / name)
    if "shard.new" in names:
        shutil.rmtree(store / "shard")

    with closing(opened(tmp_path)) as vectors:
        assert vectors.count(ChunkFilter()) == 1

    assert sorted(path.name for path in store.iterdir()) == ["collection.json", "shard"]


def test_a_collection_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    purge_deleted_points(tmp_path, "letters", IDENTITY)

    assert list(tmp_path.iterdir()) == []


def test_an_open_collection_is_refused(tmp_path: Path) -> None:
    with closing(opened(tmp_path)), pytest.raises(CollectionHeldError, match="this very process"):
        purge_deleted_points(tmp_path, "letters", IDENTITY)
