"""An embedder that several threads share."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import numpy as np
import pytest
from numpy.typing import NDArray

from llm_engineering.infrastructure.embedders.shared_embedder import MOST_REMEMBERED, SharedEmbedder
from tests.support.fakes import LetterEmbedder


class SingleThreaded(LetterEmbedder):
    """Fails if two threads are in it at once, and waits to be let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[str]] = []
        self.has_begun = Event()
        self.may_go_on = Event()
        self._alone = Lock()

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        assert self._alone.acquire(blocking=False)
        try:
            self.asked.append(list(texts))
            self.has_begun.set()
            assert self.may_go_on.wait(timeout=20)
            if "?" in texts:
                raise ValueError("no letter")
            return super().embed_queries(texts)
        finally:
            self._alone.release()


def test_calls_take_turns_and_each_gets_its_own_vector() -> None:
    inner = SingleThreaded()
    inner.may_go_on.set()
    embedder = SharedEmbedder(inner)
    with ThreadPoolExecutor(8) as threads:
        rows = list(threads.map(embedder.embed_query, ["a", "b", "c"] * 200))

    assert np.array_equal(rows, np.tile(np.eye(3, dtype=np.float32), (200, 1)))


def test_questions_that_wait_are_embedded_together() -> None:
    inner = SingleThreaded()
    embedder = SharedEmbedder(inner)
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(embedder.embed_query, "a")
        assert inner.has_begun.wait(timeout=20)
        others = [threads.submit(embedder.embed_query, text) for text in ("b", "c", "b")]
        while len(embedder.waiting) < 2:
            pass
        inner.may_go_on.set()

        assert [first.result().tolist(), *(each.result().tolist() for each in others)] == [
            [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0],
        ]  # fmt: skip

    assert [sorted(texts) for texts in inner.asked] == [["a"], ["b", "c"]]


def test_the_last_questions_are_remembered() -> None:
    inner = SingleThreaded()
    inner.may_go_on.set()
    embedder = SharedEmbedder(inner)
    questions = [f"a{n}" for n in range(MOST_REMEMBERED)]
    for question in questions:
        embedder.embed_query(question)

    embedder.embed_query("a0")
    assert len(inner.asked) == MOST_REMEMBERED

    embedder.embed_query("one more")
    embedder.embed_query("a0")
    embedder.embed_query("a1")  # the one that was asked longest ago gave way
    assert inner.asked[MOST_REMEMBERED:] == [["one more"], ["a1"]]


def test_what_is_remembered_cannot_be_changed() -> None:
    inner = SingleThreaded()
    inner.may_go_on.set()

    with pytest.raises(ValueError, match="read-only"):
        SharedEmbedder(inner).embed_query("a")[0] = 2


def test_a_failure_reaches_whoever_waits_and_the_next_question_is_embedded() -> None:
    inner = SingleThreaded()
    inner.may_go_on.set()
    embedder = SharedEmbedder(inner)

    with pytest.raises(ValueError, match="no letter"):
        embedder.embed_query("?")

    assert embedder.embed_query("a").tolist() == [1, 0, 0]


def test_it_is_the_embedder_that_it_holds() -> None:
    inner = LetterEmbedder()
    embedder = SharedEmbedder(inner)

    assert embedder.identity == inner.identity
    assert embedder.tokenizer is inner.tokenizer
    assert embedder.embed_documents(["a", "c"]).tolist() == [[1, 0, 0], [0, 0, 1]]
    assert embedder.embed_queries(["b"]).tolist() == [[0, 1, 0]]
