"""Remembers the vectors of chunks that questions found before: reading them anew takes longer than finding them."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

REMEMBERED: Final = 20_000
"""Vectors that are kept, those that were used last: about 40 MB of the default model."""


class KnownVector(NamedTuple):
    """What a chunk is ranked by."""

    document_id: str
    embedding: NDArray[np.float32]
    """Shape (dimension,); nobody may change it."""


class KnownVectors:
    """Vectors of one collection by the ids of their chunks; may be used by several threads.

    Args:
        limit: How many are kept.
    """

    def __init__(self, limit: int = REMEMBERED) -> None:
        self._limit = limit
        self._vectors: OrderedDict[str, KnownVector] = OrderedDict()
        self._changes = 0
        self._lock = Lock()

    @property
    def changes(self) -> int:
        """How often chunks were written so far."""
        return self._changes

    def known(self, chunk_ids: Iterable[str]) -> dict[str, KnownVector]:
        """Return the vectors that are known of some chunks."""
        with self._lock:
            found = {chunk_id: self._vectors[chunk_id] for chunk_id in chunk_ids if chunk_id in self._vectors}
            for chunk_id in found:
                self._vectors.move_to_end(chunk_id)
        return found

    def learn(self, vectors: Mapping[str, KnownVector], *, read_at: int) -> None:
        """Keep vectors, unless chunks were written since they were read.

        Args:
            vectors: By the ids of their chunks.
            read_at: `changes` before they were read.
        """
        with self._lock:
            if read_at != self._changes:
                return
            self._vectors.update(vectors)
            while len(self._vectors) > self._limit:
                self._vectors.popitem(last=False)

    def forget(self, chunk_ids: Iterable[str]) -> None:
        """Forget chunks that are written anew; to be called before and after that."""
        with self._lock:
            self._changes += 1
            for chunk_id in chunk_ids:
                self._vectors.pop(chunk_id, None)
