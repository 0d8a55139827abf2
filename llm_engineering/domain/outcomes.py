"""How work on many items ended: every item is kept, or dropped with a reason."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar, get_args
from urllib.parse import urlsplit

from llm_engineering.domain.documents import Provenance
from llm_engineering.domain.models import FrozenModel

Figures = dict[str, Any]
"""Names and JSON values: numbers, strings, and dictionaries or lists of them; None where there is no such figure."""


class Result(FrozenModel, ABC):
    """What a step of a pipeline hands on and shows."""

    @property
    @abstractmethod
    def figures(self) -> Figures:
        """What a person wants to know of the result at a glance; shown in the dashboard."""

    @property
    def tables(self) -> Mapping[str, Sequence[FrozenModel]]:
        """Records that are best read as tables, by title; shown in the dashboard below the figures."""
        return {}


class Dropped(FrozenModel):
    """An item that did not go on, and why."""

    item: str
    """What was dropped, so that a person can find it: a link, a path, a document id."""
    reason: str
    """Short name of the condition in snake case, e.g. "not_found"; reasons are counted by it."""
    detail: str
    """What happened, with values and a remedy."""


ItemT = TypeVar("ItemT", bound=FrozenModel)


class Batch(Result, Generic[ItemT]):
    """What a step kept and what it dropped."""

    items: tuple[ItemT, ...]
    dropped: tuple[Dropped, ...] = ()

    @classmethod
    def record(cls, item: ItemT) -> dict[str, Any]:
        """Return an item as a JSON object that `item` reads."""
        return item.model_dump(mode="json")

    @classmethod
    def item(cls, record: dict[str, Any]) -> ItemT:
        """Return the item that `record` made a JSON object of."""
        item_type: type[ItemT] = get_args(cls.model_fields["items"].annotation)[0]
        return item_type.model_validate(record)

    @property
    def dropped_by_reason(self) -> dict[str, int]:
        """How many items were dropped for each reason, most frequent first."""
        return counted(drop.reason for drop in self.dropped)


def counted(values: Iterable[str]) -> dict[str, int]:
    """Return how often each value occurs, most frequent first."""
    return dict(Counter(values).most_common())


def counts_by_source(sources: Iterable[Provenance]) -> Figures:
    """Return how many of some documents or chunks belong to each category, author and domain."""
    sources = list(sources)
    return {
        "per_category": counted(source.category for source in sources),
        "per_author": counted(source.author_full_name for source in sources),
        "per_domain": counted(domain(source.link, source.platform) for source in sources),
    }


def domain(link: str, platform: str = "local") -> str:
    """Return the host of a link, or the platform where it has none (a local file, an imported text)."""
    try:
        return urlsplit(link).hostname or platform
    except ValueError:  # brackets that hold no IPv6 address
        return platform
