"""An embedder for several threads."""

from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from llm_engineering.application.ports import Embedder, Tokenizer
from llm_engineering.domain.chunks import EmbeddingIdentity


class OneAtATime:
    """Hands texts to an embedder one call after the other: models use all cores for one text as it is."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._turn = Lock()

    @property
    def identity(self) -> EmbeddingIdentity:
        """That of the embedder."""
        return self._embedder.identity

    @property
    def tokenizer(self) -> Tokenizer:
        """That of the embedder."""
        return self._embedder.tokenizer

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row per text, in the order given."""
        with self._turn:
            return self._embedder.embed_documents(texts)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Return the vector of a question."""
        with self._turn:
            return self._embedder.embed_query(text)
