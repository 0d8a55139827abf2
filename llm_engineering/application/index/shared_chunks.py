"""Finds passages that say nearly the same, so that one of them is indexed and stands for the others.

Two passages of an author say nearly the same if the sets of their shingles (runs of five words) have a Jaccard index of
at least 0.9 and their numbers are the same: a table of the next year is another passage. Below 25 words they have to be
equal but for white space. Candidates are found by MinHash (Broder, 1997) and then compared exactly.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from llm_engineering.application.crawl.resemblance import Fingerprint, fingerprint, signature

RESEMBLANCE: Final = 0.9
MIN_WORDS: Final = 25
"""Shorter passages have too few shingles to be compared by them."""

# 16 bands of 8 values find a pair of resemblance 0.9 with a probability of 1 - (1 - 0.9^8)^16 = 0.9999, and one of
# 0.5 in 6 of 100 cases (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, 3.4).
_BANDS: Final = 16
_NUMBER: Final = re.compile(r"\d+")
LATEST: Final = "~"
"""Above every date in ISO 8601."""
KEY_TYPE: Final = np.dtype("<u4")


@dataclass(frozen=True, slots=True)
class ChunkMarks:
    """What of a passage is kept to find those like it; the words cannot be told from it."""

    text: str
    """Equal for passages that say the same."""
    keys: bytes
    """32-bit numbers; passages that say nearly the same have one in common."""

    @property
    def key_numbers(self) -> NDArray[np.uint32]:
        """The keys as numbers."""
        return np.frombuffer(self.keys, dtype=KEY_TYPE)


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """What of a passage is needed to compare it exactly."""

    words: Fingerprint
    numbers: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Wording":
        """Return the wording of a text."""
        return cls(fingerprint(text), tuple(_NUMBER.findall(text)))

    def says_nearly(self, other: "Wording") -> bool:
        """Whether two passages, neither of them short, say nearly the same."""
        if min(self.words.words, other.words.words) < MIN_WORDS or self.numbers != other.numbers:
            return False
        return self.words.resemblance(other.words) >= RESEMBLANCE


@dataclass(frozen=True, slots=True)
class Member:
    """A passage among those that are compared."""

    document_id: str
    position: int
    """Number of the chunk in its document, from 0."""
    published_at: str | None
    """When its document was published (ISO 8601, UTC)."""
    marks: ChunkMarks

    @property
    def rank(self) -> tuple[str, str, int]:
        """What decides who stands for the others, the least first: the earliest published, then the least id.

        It depends on nothing but the passage, so that neither the order of runs nor that of documents matters; and a
        new document rarely takes the place of an old one.
        """
        return (self.published_at or LATEST, self.document_id, self.position)


def chunk_marks(text: str) -> ChunkMarks:
    """Return the marks of a passage."""
    found = fingerprint(text)
    if found.words < MIN_WORDS:
        plain = " ".join(text.split()).encode("utf-8", "surrogatepass")
        digest = blake2b(plain, digest_size=16, person=b"short").digest()
        return ChunkMarks(digest.hex(), digest[: KEY_TYPE.itemsize])
    bands = signature(found).hashvalues.reshape(_BANDS, -1)
    keys = [crc32(band.tobytes(), number) for number, band in enumerate(bands)]
    return ChunkMarks(found.digest, np.array(keys, dtype=KEY_TYPE).tobytes())


def groups(members: Iterable[Member], wordings: Mapping[str, Wording]) -> Iterator[tuple[Member, ...]]:
    """Yield each passage that is to be indexed with those that it stands for, in the order of their ranks.

    Each passage in the order of ranks stands for all later ones that say nearly what it says and for which none stands
    yet: a passage is always like the one that stands for it, and the outcome depends on the passages alone.

    Args:
        members: Passages of one author.
        wordings: Of each passage that `compared` names, by `ChunkMarks.text`.
    """
    ranked = sorted(members, key=lambda member: member.rank)
    places = _places(ranked)
    joined: set[int] = set()
    for place, first in enumerate(ranked):
        if place in joined:
            continue
        near = {other for key in first.marks.key_numbers.tolist() for other in places[key] if other > place}
        copies = [other for other in sorted(near - joined) if _says_the_same(first, ranked[other], wordings)]
        joined.update(copies)
        yield (first, *(ranked[other] for other in copies))


def compared(members: Iterable[Member]) -> list[Member]:
    """Return one passage of each text that has to be compared exactly with another one."""
    ranked = sorted(members, key=lambda member: member.rank)
    wanted: dict[str, Member] = {}
    for near in _places(ranked).values():
        texts = {ranked[place].marks.text: ranked[place] for place in reversed(near)}
        if len(texts) > 1:
            wanted.update(texts)
    return sorted(wanted.values(), key=lambda member: (member.document_id, member.position))


def _places(ranked: Sequence[Member]) -> dict[int, list[int]]:
    places: dict[int, list[int]] = {}
    for place, member in enumerate(ranked):
        for key in set(member.marks.key_numbers.tolist()):
            places.setdefault(key, []).append(place)
    return places


def _says_the_same(first: Member, second: Member, wordings: Mapping[str, Wording]) -> bool:
    if first.marks.text == second.marks.text:
        return True
    return wordings[first.marks.text].says_nearly(wordings[second.marks.text])
