"""What a sync holds in memory does not grow with the number of documents, but for a few bytes of each passage."""

import tracemalloc
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.sync_memory import NothingKept
from llm_engineering.application.index.changes import DocumentIndex
from llm_engineering.application.index.following import followed_documents
from llm_engineering.application.index.manifest import Manifest
from llm_engineering.application.index.reading import DocumentReader, StoredDocuments
from llm_engineering.application.index.writing import Writer
from llm_engineering.application.preprocess.chunking import Chunking
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.domain.documents import ArticleDocument
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from tests.support.documents import ADA, article
from tests.support.fakes import LetterEmbedder, word_encoder
from tests.support.indexing import NOW

pytestmark = [pytest.mark.integration, pytest.mark.slow]

CHUNKS: Final = 8
"""Chunks of each document."""
MOST_BYTES: Final = 800
"""That a passage may cost for the rest of a sync: 111 for its keys, an eighth of 0.7 kB for the reference of its
document, and, up to 16,384 passages, some 250 while these are looked at together. The passage itself, as it is planned,
takes several times as much."""


class ForgetfulEmbedder(LetterEmbedder):
    """Does not remember what it embedded."""

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = super().embed_documents(texts)
        self.embedded.clear()
        return rows


def peak_bytes(folder: Path, documents: int) -> int:
    """Return the most that Python held at a time during a first sync of so many documents."""
    with closing(SqliteDocumentStore.open(folder / f"{documents}.sqlite3", timeout_seconds=5)) as store:
        write_documents(store, (made_up(number) for number in range(documents)))
    with closing(SqliteDocumentStore.open(folder / f"{documents}.sqlite3", timeout_seconds=5)) as store:
        embedder, manifest = ForgetfulEmbedder(max_tokens=64), Manifest(store, "letters")
        vectors = NothingKept(manifest, ADA)
        reader = DocumentReader(StoredDocuments(store), embedder.tokenizer, Chunking(min_tokens=0), kept_chunks=16)
        tracemalloc.start()
        try:
            report = followed_documents(
                [ADA],
                reader=reader,
                index=DocumentIndex(vectors, manifest, "0123456789ab"),
                writer=Writer(embedder, word_encoder(), vectors),
                now=NOW,
                portion=40,
            )
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert report.embedded == documents * CHUNKS
    return peak


def made_up(number: int) -> ArticleDocument:
    """Return a document of few different words, which are known by heart after the first documents."""
    words = np.random.default_rng(number).integers(500, size=400)
    text = " ".join(f"w{word}" for word in words)
    return article(text, link=f"https://ada.dev/{number}", title=f"Document {number}")


def test_four_times_as_many_documents_cost_a_few_bytes_for_each_passage(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    peak_bytes(tmp_path / "before", 20)  # fills what is computed once: schemas, hash functions, patterns

    few, many = (peak_bytes(tmp_path, documents) for documents in (20, 80))

    assert many - few <= (80 - 20) * CHUNKS * MOST_BYTES
