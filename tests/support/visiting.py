"""Runs one visit to its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llm_engineering.application.crawl.links import parse_link
from llm_engineering.application.crawl.sources import Source
from llm_engineering.application.crawl.visits import Crawler, FoundLink, Item, Visit, VisitEnd
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import RawDocument
from llm_engineering.domain.outcomes import Dropped

ADA = Author.from_full_name("Ada Lovelace")


@dataclass(frozen=True)
class Visitation:
    """What a visit yielded and returned."""

    items: tuple[Item, ...]
    end: VisitEnd

    @property
    def links(self) -> list[str]:
        return [item.link for item in self.items if isinstance(item, FoundLink)]

    @property
    def documents(self) -> list[RawDocument]:
        return [item for item in self.items if isinstance(item, RawDocument)]

    @property
    def dropped(self) -> list[tuple[str, str]]:
        """Reason and item of what was dropped."""
        return [(item.reason, item.item) for item in self.items if isinstance(item, Dropped)]


def visited(crawler: Crawler, link: str, known: Mapping[str, str] | None = None, **source: Any) -> Visitation:
    """Visit a link of a source with further fields."""
    visit = crawler.crawl(Visit(parse_link(link), ADA, Source(link=link, **source), known or {}))
    items: list[Item] = []
    while True:
        try:
            items.append(next(visit))
        except StopIteration as stopped:
            return Visitation(tuple(items), stopped.value)
