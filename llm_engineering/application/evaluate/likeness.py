"""Which excerpts say nearly the same, so that any of them answers a question."""

from collections.abc import Sequence
from typing import Final

from llm_engineering.application.crawl.resemblance import SIGNATURE_VALUES, Fingerprint, fingerprint, signature
from llm_engineering.application.evaluate.excerpts import Excerpt

ALIKE: Final = 0.7
"""Share of the runs of five words of both excerpts that both have, from which on they say nearly the same: a sentence
was changed or added, no more."""


class LikeExcerpts:
    """Finds the excerpts that say nearly the same as one of them without comparing all with all (MinHash)."""

    def __init__(self, excerpts: Sequence[Excerpt]) -> None:
        from datasketch import MinHashLSH

        self._excerpts = excerpts
        self._prints = [fingerprint(excerpt.text) for excerpt in excerpts]
        self._places = {_key(excerpt): place for place, excerpt in enumerate(excerpts)}
        self._same: dict[str, list[int]] = {}
        # The estimate errs by some hundredths; what it finds is compared exactly.
        self._near = MinHashLSH(threshold=ALIKE - 0.1, num_perm=SIGNATURE_VALUES)
        for place, text in enumerate(self._prints):
            self._same.setdefault(text.digest, []).append(place)
            if len(text.shingles):
                self._near.insert(place, signature(text))

    def like(self, excerpt: Excerpt) -> tuple[Excerpt, ...]:
        """Return the excerpts that say nearly the same, itself among them, in the order given at the start."""
        own = self._prints[self._places[_key(excerpt)]]
        found = (
            {*self._same[own.digest], *self._near.query(signature(own))}
            if len(own.shingles)
            else {*self._same[own.digest]}
        )
        return tuple(self._excerpts[place] for place in sorted(found) if _are_alike(own, self._prints[place]))

    def words(self, excerpt: Excerpt) -> int:
        """Return how many words an excerpt has."""
        return self._prints[self._places[_key(excerpt)]].words


def _key(excerpt: Excerpt) -> tuple[str, int, int]:
    return excerpt.document.provenance.document_id, excerpt.start, excerpt.end


def _are_alike(one: Fingerprint, other: Fingerprint) -> bool:
    return one.digest == other.digest or one.resemblance(other) >= ALIKE
