"""Which crawler reads a link: a table, looked through from the top."""

from collections.abc import Callable, Generator, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from llm_engineering.application.crawl.links import Link, WebLink
from llm_engineering.application.crawl.repositories import repository_at
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import RawDocument
from llm_engineering.domain.outcomes import Dropped


class CrawlerName(StrEnum):
    """The kinds of sources that can be read."""

    GIT = "git"
    ARTICLE = "article"


class Crawler(Protocol):
    """Reads one kind of source."""

    def crawl(self, link: Link, author: Author) -> Generator[RawDocument | Dropped, None, None]:
        """Yield what the link holds, one after the other: documents, and what was left out and why.

        Raises:
            LinkFailedError: The link cannot be read, or not to its end; what was yielded before is valid.
        """
        ...


class Route(NamedTuple):
    """Links that a condition holds for are read by a crawler."""

    holds_for: Callable[[Link], bool]
    crawler: CrawlerName


ROUTES: Final[tuple[Route, ...]] = (
    Route(lambda link: repository_at(link) is not None, CrawlerName.GIT),
    Route(lambda link: isinstance(link, WebLink), CrawlerName.ARTICLE),
)
"""The first route that holds for a link decides. Hosts are compared as parsed, never as parts of a text."""


class Dispatcher:
    """Finds the crawler of a link.

    Args:
        crawlers: One for each name in the table.
        routes: The table; together its conditions hold for every link.
    """

    def __init__(self, crawlers: Mapping[CrawlerName, Crawler], routes: Sequence[Route] = ROUTES) -> None:
        self._crawlers = crawlers
        self._routes = routes

    def crawler_for(self, link: Link, forced: CrawlerName | None = None) -> Crawler:
        """Return the crawler that reads a link: the forced one if there is one, else that of the first route."""
        name = forced or next(route.crawler for route in self._routes if route.holds_for(link))
        return self._crawlers[name]
