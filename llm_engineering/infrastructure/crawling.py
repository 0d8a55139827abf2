"""Builds the crawlers on the real web and the real git."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from llm_engineering.application.crawl.article import ArticleCrawler
from llm_engineering.application.crawl.dispatcher import CrawlerName, Dispatcher
from llm_engineering.application.crawl.git import GitCrawler
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.infrastructure.address_guard import AddressGuard
from llm_engineering.infrastructure.git_client import CommandLineGit
from llm_engineering.infrastructure.http_client import HttpClient
from llm_engineering.infrastructure.http_fetcher import HttpFetcher, user_agent


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def crawlers_for(
    limits: CrawlLimits, allowed_private_hosts: Sequence[str], clock: Callable[[], datetime] = _now
) -> Iterator[Dispatcher]:
    """Yield a dispatcher with a crawler for every kind of link; its connections are closed at the end.

    Args:
        limits: Caps per page and per repository.
        allowed_private_hosts: Host names and IP addresses outside the public internet that may be crawled all the same.
        clock: Returns the time at which a document counts as collected (UTC).
    """
    guard = AddressGuard(allowed_private_hosts)
    client = HttpClient(guard, user_agent=user_agent(_version()), read_timeout_seconds=limits.read_timeout_seconds)
    with closing(client):
        yield Dispatcher({
            CrawlerName.ARTICLE: ArticleCrawler(HttpFetcher(client, limits), clock),
            CrawlerName.GIT: GitCrawler(CommandLineGit(guard, client, limits), limits, clock),
        })


def _version() -> str:
    try:
        return version("llm-twin")
    except PackageNotFoundError:  # run from a folder without having been installed
        return "unreleased"
