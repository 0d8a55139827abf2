"""Which crawler reads a link: a table, looked through from the top."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from llm_engineering.application.crawl.blog import is_blog
from llm_engineering.application.crawl.export_only import is_export_only
from llm_engineering.application.crawl.exports.crawler import is_export
from llm_engineering.application.crawl.files import is_local
from llm_engineering.application.crawl.git_profiles import profile_at
from llm_engineering.application.crawl.links import Link, WebLink
from llm_engineering.application.crawl.medium import is_medium_profile
from llm_engineering.application.crawl.names import CrawlerName
from llm_engineering.application.crawl.repositories import repository_at
from llm_engineering.application.crawl.substack import is_substack
from llm_engineering.application.crawl.visits import Crawler


class Route(NamedTuple):
    """Links that a condition holds for are read by a crawler."""

    holds_for: Callable[[Link], bool]
    crawler: CrawlerName


ROUTES: Final[tuple[Route, ...]] = (
    Route(is_export, CrawlerName.EXPORT),
    Route(lambda link: repository_at(link) is not None, CrawlerName.GIT),
    Route(is_local, CrawlerName.FILES),
    Route(lambda link: profile_at(link) is not None, CrawlerName.GIT_PROFILE),
    Route(is_export_only, CrawlerName.EXPORT_ONLY),
    Route(is_medium_profile, CrawlerName.MEDIUM),
    Route(is_substack, CrawlerName.SUBSTACK),
    Route(is_blog, CrawlerName.BLOG),
    Route(lambda link: isinstance(link, WebLink), CrawlerName.ARTICLE),
)
"""The first route that holds for a link decides. Hosts are compared as parsed, never as parts of a text.

A new kind of source is a file with its crawler and its condition, a name, a row here, and a line where crawlers are
built (`llm_engineering.infrastructure.crawling`).
"""


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
