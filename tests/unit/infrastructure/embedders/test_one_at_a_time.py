"""An embedder that several threads share."""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from llm_engineering.infrastructure.embedders.one_at_a_time import OneAtATime
from tests.support.fakes import LetterEmbedder


class SingleThreaded(LetterEmbedder):
    """Fails if two threads are in it at once."""

    def __init__(self) -> None:
        super().__init__()
        self._alone = Lock()

    def embed_query(self, text: str) -> NDArray[np.float32]:
        assert self._alone.acquire(blocking=False)
        try:
            return super().embed_query(text)
        finally:
            self._alone.release()


def test_calls_take_turns() -> None:
    embedder = OneAtATime(SingleThreaded())
    with ThreadPoolExecutor(4) as threads:
        rows = list(threads.map(embedder.embed_query, ["a", "b"] * 200))

    assert np.array_equal(rows[-1], [0, 1, 0])


def test_it_is_the_embedder_that_it_holds() -> None:
    inner = LetterEmbedder()
    embedder = OneAtATime(inner)

    assert embedder.identity == inner.identity
    assert embedder.tokenizer is inner.tokenizer
    assert embedder.embed_documents(["a", "c"]).tolist() == [[1, 0, 0], [0, 0, 1]]
