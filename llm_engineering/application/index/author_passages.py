"""The passages of an author, each in 111 bytes, so that of many of them those can be found that are alike."""

from array import array
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from llm_engineering.application.index.manifest import IndexedChunk
from llm_engineering.application.index.shared_chunks import KEY_TYPE, ChunkMarks

_TEXT_BYTES: Final = 16
"""Bytes of `ChunkMarks.text`."""
_AT_ONCE: Final = 16_384
"""Passages whose keys are looked at together: some 4 MB of intermediate numbers."""


@dataclass(frozen=True, slots=True)
class KnownPassage:
    """A passage that is a chunk of a document now."""

    document_id: str
    number: int
    """Of the chunk in its document, from 0."""
    marks: ChunkMarks
    is_indexed: bool
    """Whether the index holds it; if not, another one stands for it."""


class AuthorPassages:
    """What is needed of each passage to find those like it, in memory: 111 bytes for each, whatever its length.

    A document that is added stands for itself from then on; what it said before is kept as its former passages until
    they are dropped, so that those can be found that had to do with them.
    """

    def __init__(self) -> None:
        self._keys = bytearray()
        self._starts = array("q", [0])
        self._texts = bytearray()
        self._versions = array("i")
        """Which version of a document each passage is of."""
        self._numbers = array("i")
        self._is_indexed = bytearray()
        self._documents: list[str] = []
        """The document of each version."""
        self._is_current = bytearray()
        """Of each version whether its passages are compared with others."""
        self._versions_of: dict[str, list[int]] = {}

    def __len__(self) -> int:
        """Return how many passages are held, former ones included."""
        return len(self._versions)

    def add(self, document_id: str, chunks: Sequence[IndexedChunk], *, is_current: bool = True) -> None:
        """Add the passages of a document; those that it had become former ones.

        Args:
            document_id: Of the document.
            chunks: All of them, in the order of its text.
            is_current: False for passages that the document is known to have no more.
        """
        known = self._versions_of.setdefault(document_id, [])
        for former in known:
            self._is_current[former] = False
        version = len(self._documents)
        known.append(version)
        self._documents.append(document_id)
        self._is_current.append(is_current)
        for number, chunk in enumerate(chunks):
            marks = chunk.marks
            self._keys += marks.keys
            self._starts.append(len(self._keys) // KEY_TYPE.itemsize)
            self._texts += bytes.fromhex(marks.text)
            self._versions.append(version)
            self._numbers.append(number)
            self._is_indexed.append(chunk.digest is not None)

    def drop_former(self, document_ids: Collection[str]) -> None:
        """Forget what some documents said before."""
        for document_id in document_ids:
            known = self._versions_of.get(document_id, [])
            self._versions_of[document_id] = [version for version in known if self._is_current[version]]

    def connected(self, document_ids: Collection[str]) -> list[tuple[int, KnownPassage]]:
        """Return the passages that share keys with those of some documents, directly or through others.

        Args:
            document_ids: Documents whose passages, the former ones included, are begun with; the current ones are
                among what is returned.

        Returns:
            Each with a number by which `note_indexed` knows it.
        """
        versions = np.frombuffer(self._versions, dtype=np.int32)
        is_seed = np.zeros(len(self._documents), dtype=np.bool_)
        is_seed[[version for each in document_ids for version in self._versions_of.get(each, [])]] = True
        is_current = np.frombuffer(self._is_current, dtype=np.bool_)[versions]
        frontier = is_seed[versions]
        reached = frontier & is_current
        while frontier.any():
            frontier = self._sharing(np.unique(self._keys_of(frontier))) & is_current & ~reached
            reached |= frontier
        return [(place, self._passage(place)) for place in np.flatnonzero(reached).tolist()]

    def note_indexed(self, place: int, *, is_indexed: bool) -> None:
        """Note whether the index holds a passage from now on."""
        self._is_indexed[place] = is_indexed

    def _keys_of(self, chosen: NDArray[np.bool_]) -> NDArray[np.uint32]:
        parts = [keys[chosen[places][owners]] for places, owners, keys in self._blocks()]
        return np.concatenate(parts)

    def _sharing(self, wanted: NDArray[np.uint32]) -> NDArray[np.bool_]:
        """Return which passages have one of the keys, which are sorted."""
        met = np.zeros(len(self), dtype=np.bool_)
        for places, owners, keys in self._blocks() if len(wanted) else ():
            nearest = np.minimum(np.searchsorted(wanted, keys), len(wanted) - 1)
            met[places][owners[wanted[nearest] == keys]] = True
        return met

    def _blocks(self) -> Iterator[tuple[slice, NDArray[np.int64], NDArray[np.uint32]]]:
        """Yield places of passages, and of their keys whose each is, counted from the first of the places."""
        starts = np.frombuffer(self._starts, dtype=np.int64)
        keys = np.frombuffer(self._keys, dtype=KEY_TYPE)
        for first in range(0, len(self), _AT_ONCE):
            bounds = starts[first : first + _AT_ONCE + 1]
            owners = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
            yield slice(first, first + len(bounds) - 1), owners, keys[bounds[0] : bounds[-1]]

    def _passage(self, place: int) -> KnownPassage:
        start, stop = (self._starts[place + each] * KEY_TYPE.itemsize for each in (0, 1))
        text = self._texts[place * _TEXT_BYTES : (place + 1) * _TEXT_BYTES]
        return KnownPassage(
            self._documents[self._versions[place]],
            self._numbers[place],
            ChunkMarks(text.hex(), bytes(self._keys[start:stop])),
            bool(self._is_indexed[place]),
        )
