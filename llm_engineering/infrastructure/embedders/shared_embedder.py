"""An embedder for several threads, which embeds questions together that come at the same time, and none again soon."""

from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from llm_engineering.application.ports import Embedder, Tokenizer
from llm_engineering.domain.chunks import EmbeddingIdentity

MOST_AT_ONCE: Final = 16
"""Questions that are embedded together. A model reads all its weights for each call, which takes most of the time of a
short text: eight questions together take two to three times as long as one."""
MOST_REMEMBERED: Final = 1_000
"""Questions whose vectors are remembered; of the default model these take 1.5 MB."""


class SharedEmbedder:
    """Hands texts to an embedder one call after the other; questions that wait meanwhile go together in the next.

    People ask the same thing again, and replay what others asked, so the vectors of the last questions are remembered.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._turn = Lock()
        self._waiting: dict[str, Future[NDArray[np.float32]]] = {}
        self._remembered: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._queue = Lock()

    @property
    def identity(self) -> EmbeddingIdentity:
        """That of the embedder."""
        return self._embedder.identity

    @property
    def tokenizer(self) -> Tokenizer:
        """That of the embedder."""
        return self._embedder.tokenizer

    @property
    def waiting(self) -> tuple[str, ...]:
        """The questions that are not embedded yet."""
        with self._queue:
            return tuple(self._waiting)

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row per text, in the order given."""
        with self._turn:
            return self._embedder.embed_documents(texts)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row per question, in the order given."""
        with self._turn:
            return self._embedder.embed_queries(texts)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Return the vector of a question; it cannot be written to."""
        with self._queue:
            remembered = self._remembered.get(text)
            if remembered is not None:
                self._remembered.move_to_end(text)
                return remembered
            vector = self._waiting.setdefault(text, Future())
        with self._turn:
            while not vector.done():  # it may be that of somebody who had the turn before
                self._embed_waiting()
        return vector.result()

    def _embed_waiting(self) -> None:
        """Embed the questions that have waited longest."""
        with self._queue:
            batch = {text: self._waiting.pop(text) for text in [*self._waiting][:MOST_AT_ONCE]}
        try:
            rows = np.array(self._embedder.embed_queries([*batch]))
        except BaseException as error:  # whoever waits has to hear of it
            for vector in batch.values():
                vector.set_exception(error)
            raise
        rows.setflags(write=False)
        with self._queue:
            self._remembered.update(zip(batch, rows, strict=True))
            while len(self._remembered) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        for vector, row in zip(batch.values(), rows, strict=True):
            vector.set_result(row)
