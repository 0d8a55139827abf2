"""How work on many items ended: every item is kept, or dropped with a reason."""

from collections import Counter
from collections.abc import Mapping
from typing import Generic, TypeVar

from llm_engineering.domain.models import FrozenModel


class Dropped(FrozenModel):
    """An item that did not go on, and why."""

    item: str
    """What was dropped, so that a person can find it: a link, a path, a document id."""
    reason: str
    """Short name of the condition in snake case, e.g. "not_found"; reasons are counted by it."""
    detail: str
    """What happened, with values and a remedy."""


ItemT = TypeVar("ItemT", bound=FrozenModel)


class Batch(FrozenModel, Generic[ItemT]):
    """What a step kept and what it dropped."""

    items: tuple[ItemT, ...]
    dropped: tuple[Dropped, ...] = ()

    @property
    def dropped_by_reason(self) -> Mapping[str, int]:
        """How many items were dropped for each reason, most frequent first."""
        return dict(Counter(drop.reason for drop in self.dropped).most_common())
