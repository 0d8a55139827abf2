"""How batches are embedded and written: real Qdrant Edge, an embedder that can be computed by hand."""

from collections.abc import Sequence
from threading import Event, current_thread

import numpy as np
import pytest

from llm_engineering.application.index.writing import WRITE_BATCH, Writer
from llm_engineering.application.ports import VectorStore
from llm_engineering.domain.chunks import Chunk, ChunkFilter
from llm_engineering.domain.identity import identifier
from tests.support.documents import chunk
from tests.support.fakes import LetterEmbedder, word_encoder

pytestmark = pytest.mark.integration

ALL = ChunkFilter()
_SECONDS = 30


def chunks(number: int) -> list[Chunk]:
    return [chunk("a", chunk_id=identifier("chunk", str(place))) for place in range(number)]


class WaitingEmbedder(LetterEmbedder):
    """Embeds its n-th batch, counted from 0, only when it is told to."""

    def __init__(self, waits_at: int) -> None:
        super().__init__()
        self._left = waits_at
        self.has_come = Event()
        self.may_go_on = Event()

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
        if self._left == 0:
            self.has_come.set()
            assert self.may_go_on.wait(_SECONDS)
        self._left -= 1
        return super().embed_documents(texts)


def test_a_batch_is_written_while_another_one_is_embedded(vectors: VectorStore) -> None:
    embedder = WaitingEmbedder(waits_at=1)
    written: list[int] = []

    with Writer(embedder, word_encoder(), vectors, written.append).batches() as batches:
        batches.add(chunks(3 * WRITE_BATCH))

        assert embedder.has_come.wait(_SECONDS)
        assert written == [WRITE_BATCH]
        assert vectors.count(ALL) == WRITE_BATCH
        embedder.may_go_on.set()

    assert written == [WRITE_BATCH] * 3
    assert vectors.count(ALL) == 3 * WRITE_BATCH


def test_what_does_not_fill_a_batch_waits_for_the_end(vectors: VectorStore, embedder: LetterEmbedder) -> None:
    with Writer(embedder, word_encoder(), vectors).batches() as batches:
        batches.add(chunks(2))
        batches.add(chunks(3)[2:])
        assert embedder.embedded == []

    assert len(embedder.embedded) == vectors.count(ALL) == 3


def test_an_index_is_written_to_in_the_thread_of_the_caller(vectors: VectorStore) -> None:
    threads: dict[str, str] = {}

    class NotingEmbedder(LetterEmbedder):
        def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
            threads["embedding"] = current_thread().name
            return super().embed_documents(texts)

    def note(_: int) -> None:
        threads["writing"] = current_thread().name

    with Writer(NotingEmbedder(), word_encoder(), vectors, note).batches() as batches:
        batches.add(chunks(1))

    assert threads["writing"] == current_thread().name
    assert threads["embedding"].startswith("embedder")


def test_after_an_error_of_the_caller_nothing_more_is_embedded_or_written(
    vectors: VectorStore, embedder: LetterEmbedder
) -> None:
    def add_and_fail() -> None:
        with Writer(embedder, word_encoder(), vectors).batches() as batches:
            batches.add(chunks(3))
            raise RuntimeError("changed meanwhile")

    with pytest.raises(RuntimeError, match="changed meanwhile"):
        add_and_fail()

    assert embedder.embedded == []
    assert vectors.count(ALL) == 0


def test_batches_before_a_failed_one_are_written(vectors: VectorStore) -> None:
    class FailingEmbedder(LetterEmbedder):
        def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
            if len(texts) < WRITE_BATCH:
                raise RuntimeError("out of memory")
            return super().embed_documents(texts)

    with (
        pytest.raises(RuntimeError, match="out of memory"),
        Writer(FailingEmbedder(), word_encoder(), vectors).batches() as batches,
    ):
        batches.add(chunks(WRITE_BATCH + 1))

    assert vectors.count(ALL) == WRITE_BATCH


def test_no_chunks_do_not_start_the_embedder(vectors: VectorStore, embedder: LetterEmbedder) -> None:
    with Writer(embedder, word_encoder(), vectors).batches() as batches:
        batches.add([])
        batches.refresh([])

    assert embedder.embedded == []
