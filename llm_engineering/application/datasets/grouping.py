"""Documents that belong together, so that a split must not part them: copies, and those that share passages."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from llm_engineering.application.crawl.resemblance import SIGNATURE_VALUES, Fingerprint, fingerprint, signature
from llm_engineering.application.datasets.blocks import block_key
from llm_engineering.domain.documents import CleanedDocument
from llm_engineering.domain.samples import Extract

COPY_RESEMBLANCE: Final = 0.5
"""Share of the shingles of two documents that both have, from which on they are versions of one."""
# 32 bands of 4 values find a pair of resemblance 0.5 with a probability of 1 - (1 - 0.5^4)^32 = 0.87, one of 0.7 always
# (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, 3.4). What is missed shares whole passages.
_BANDS: Final = (32, 4)
_MIN_SHARED_WORDS: Final = 8
"""A passage of fewer words may stand in two documents by chance."""

Groups = Mapping[str, str]
"""The group of each document, by its id: the smallest id in it."""


class _Joined:
    """Sets that grow together (union-find)."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._above = {each: each for each in ids}

    def group(self, each: str) -> str:
        while self._above[each] != each:
            self._above[each] = self._above[self._above[each]]
            each = self._above[each]
        return each

    def join(self, one: str, other: str) -> None:
        first, second = sorted((self.group(one), self.group(other)))
        self._above[second] = first

    def groups(self) -> dict[str, str]:
        return {each: self.group(each) for each in self._above}


def copy_groups(documents: Sequence[CleanedDocument]) -> dict[str, str]:
    """Return the group of each document by its id, where documents that say nearly the same are in one."""
    from datasketch import MinHashLSH

    joined = _Joined(each.provenance.document_id for each in documents)
    known: dict[str, Fingerprint] = {}
    like = MinHashLSH(num_perm=SIGNATURE_VALUES, params=_BANDS)
    digests: dict[str, str] = {}
    for document in sorted(documents, key=lambda each: each.provenance.document_id):
        own = document.provenance.document_id
        text = fingerprint(document.text)
        joined.join(own, digests.setdefault(text.digest, own))
        if len(text.shingles):
            mark = signature(text)
            for other in sorted(like.query(mark)):
                if text.resemblance(known[other]) >= COPY_RESEMBLANCE:
                    joined.join(own, other)
            like.insert(own, mark)
            known[own] = text
    return joined.groups()


def inseparable_groups(groups: Groups, extracts: Iterable[Extract]) -> dict[str, str]:
    """Return the groups, joined where two of them share a paragraph of eight words or more in an extract.

    Args:
        groups: What `copy_groups` found.
        extracts: What samples will be made of.
    """
    joined = _Joined(groups)
    for own, group in groups.items():
        joined.join(own, group)
    holders: dict[str, set[str]] = defaultdict(set)
    for extract in extracts:
        for paragraph in extract.text.split("\n\n"):
            key = block_key(paragraph)
            if len(key.split()) >= _MIN_SHARED_WORDS:
                holders[key].add(extract.provenance.document_id)
    for sharing in holders.values():
        first, *others = sorted(sharing)
        for other in others:
            joined.join(first, other)
    return joined.groups()
