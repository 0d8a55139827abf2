"""Chooses some of many candidates, so that no category and no document has more to say than the others."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Protocol, TypeVar

from llm_engineering.application.evaluate.excerpts import Excerpt
from llm_engineering.domain.identity import content_hash


class Choosable(Protocol):
    """Something that comes from a document."""

    @property
    def text(self) -> str:
        """What tells it from the others of its document."""
        ...

    @property
    def source(self) -> Excerpt:
        """Where it comes from."""
        ...


ChoosableT = TypeVar("ChoosableT", bound=Choosable)


def evenly(candidates: Iterable[ChoosableT], count: int, seed: int) -> list[ChoosableT]:
    """Return at most `count` of some candidates, as many of each category as there are, and inside it of each document.

    Categories take turns, then the documents of a category; the seed decides the order of documents and of the
    candidates of one.
    """
    shelves: dict[str, dict[str, list[ChoosableT]]] = {}
    for candidate in candidates:
        source = candidate.source.document.provenance
        shelves.setdefault(source.category, {}).setdefault(source.document_id, []).append(candidate)
    by_category = [
        _in_turns([sorted(of_one, key=lambda each: content_hash(str(seed), each.text)) for of_one in documents])
        for documents in (
            [shelf[key] for key in sorted(shelf, key=lambda document_id: content_hash(str(seed), document_id))]
            for _, shelf in sorted(shelves.items())
        )
    ]
    return _in_turns(by_category)[:count]


def _in_turns(lists: Sequence[Sequence[ChoosableT]]) -> list[ChoosableT]:
    return [each for turn in zip_longest(*lists) for each in turn if each is not None]
