"""Which documents a run changed in the index, for a person to read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, starmap
from typing import Final, Literal

from llm_engineering.application.index.edits import DocumentEdit
from llm_engineering.domain.models import FrozenModel

MOST_LISTED: Final = 200
"""Documents that are listed: what a report holds does not grow with the work."""


class ChangedDocument(FrozenModel):
    """What a run did with the chunks of a document."""

    document: str
    """Its link; of one that left the index its id, because nothing else of it is known."""
    title: str | None
    change: Literal["new", "changed", "removed"]
    embedded: int = 0
    refreshed: int = 0
    deleted: int = 0
    shared: int = 0
    """Chunks that another one stands for, which says nearly the same."""


@dataclass(slots=True)
class ListedChanges:
    """The documents that a run changed, in the order in which it came to them, at most `MOST_LISTED`."""

    _by_id: dict[str, ChangedDocument] = field(default_factory=dict)

    @property
    def listed(self) -> tuple[ChangedDocument, ...]:
        """What is listed so far."""
        return tuple(self._by_id.values())

    def add(self, edited: DocumentEdit) -> None:
        """List a document, unless nothing is done with it; what was done with it before counts, too."""
        before = self._by_id.get(edited.recorded.document_id)
        is_touched = edited.is_new or edited.new or edited.refreshed or edited.stale
        if is_touched and (before or len(self._by_id) < MOST_LISTED):
            self._by_id[edited.recorded.document_id] = ChangedDocument(
                document=edited.place.link,
                title=edited.place.title,
                change=before.change if before else "new" if edited.is_new else "changed",
                embedded=len(edited.new) + (before.embedded if before else 0),
                refreshed=len(edited.refreshed) + (before.refreshed if before else 0),
                deleted=len(edited.stale) + (before.deleted if before else 0),
                shared=edited.shared,
            )

    def add_removed(self, document_id: str, chunks: int) -> None:
        """List a document that left the index, with as many chunks as it had there."""
        if len(self._by_id) < MOST_LISTED:
            self._by_id[document_id] = _removed(document_id, chunks)


def joined_changes(
    parts: Iterable[Sequence[ChangedDocument]], removed: Mapping[str, int]
) -> tuple[ChangedDocument, ...]:
    """Return what several lists of different documents have together, at most `MOST_LISTED`.

    Args:
        parts: The lists.
        removed: How many chunks documents had that left the index, by their ids.
    """
    gone = starmap(_removed, removed.items())
    return tuple(islice(chain(chain.from_iterable(parts), gone), MOST_LISTED))


def _removed(document_id: str, chunks: int) -> ChangedDocument:
    return ChangedDocument(document=document_id, title=None, change="removed", deleted=chunks)
