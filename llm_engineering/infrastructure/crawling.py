"""Builds what a crawl works with on the real web, the real git and the files of this machine."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import Final

from pydantic import SecretStr

from llm_engineering.application.crawl.article import ArticleCrawler
from llm_engineering.application.crawl.blog import BlogCrawler
from llm_engineering.application.crawl.crawl import CrawlParts
from llm_engineering.application.crawl.dispatcher import Dispatcher
from llm_engineering.application.crawl.export_only import ExportOnlyCrawler
from llm_engineering.application.crawl.exports.crawler import ExportCrawler
from llm_engineering.application.crawl.fetching import FetchError
from llm_engineering.application.crawl.files import FilesCrawler
from llm_engineering.application.crawl.git import GitCrawler
from llm_engineering.application.crawl.git_profiles import GitProfileCrawler
from llm_engineering.application.crawl.links import WebLink
from llm_engineering.application.crawl.medium import MediumCrawler
from llm_engineering.application.crawl.names import CrawlerName
from llm_engineering.application.crawl.port import Fetcher
from llm_engineering.application.crawl.sources import CrawlRules
from llm_engineering.application.crawl.substack import SubstackCrawler
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.warehouse.forgotten import forgotten_targets
from llm_engineering.infrastructure.address_guard import AddressGuard
from llm_engineering.infrastructure.browser import BrowserRenderer
from llm_engineering.infrastructure.file_converter import MarkitdownConverter
from llm_engineering.infrastructure.git_client import CommandLineGit
from llm_engineering.infrastructure.host_pace import HostPace
from llm_engineering.infrastructure.http_client import HttpClient
from llm_engineering.infrastructure.http_fetcher import HttpFetcher, user_agent

NO_TOKENS: Final[Mapping[str, SecretStr]] = MappingProxyType({})


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def crawl_parts(
    store: DocumentStore,
    rules: CrawlRules,
    tokens: Mapping[str, SecretStr] = NO_TOKENS,
    clock: Callable[[], datetime] = _now,
) -> Iterator[CrawlParts]:
    """Yield what a crawl works with; connections, browser and helper processes are closed at the end.

    Args:
        store: Where documents go, and where requests to be forgotten lie.
        rules: How sources are crawled.
        tokens: Access tokens of git hosts by their host names.
        clock: Returns the time (UTC).
    """
    limits = rules.limits
    guard = AddressGuard(rules.allowed_private_hosts)
    client = _client(guard, rules)
    fetcher = HttpFetcher(client, limits)
    converter = MarkitdownConverter(max_bytes=limits.max_document_bytes)
    with ExitStack() as parts:
        parts.enter_context(closing(client))
        parts.enter_context(closing(converter))
        renderer = parts.enter_context(closing(BrowserRenderer(fetcher, client))) if rules.javascript else None
        yield CrawlParts(
            store=store,
            crawlers=Dispatcher({
                CrawlerName.ARTICLE: ArticleCrawler(fetcher, clock, renderer),
                CrawlerName.BLOG: BlogCrawler(fetcher),
                CrawlerName.MEDIUM: MediumCrawler(fetcher),
                CrawlerName.SUBSTACK: SubstackCrawler(fetcher),
                CrawlerName.GIT: GitCrawler(CommandLineGit(guard, client, limits), limits, clock),
                CrawlerName.GIT_PROFILE: GitProfileCrawler(HttpFetcher(client, limits, asks_robots=False), tokens),
                CrawlerName.EXPORT: ExportCrawler(clock),
                CrawlerName.FILES: FilesCrawler(converter, limits, clock),
                CrawlerName.EXPORT_ONLY: ExportOnlyCrawler(),
            }),
            clock=clock,
            is_up=lambda link: _answers(fetcher, link),
            forgotten=forgotten_targets(store),
            received_bytes=lambda: client.received_bytes,
        )


@contextmanager
def opened_fetcher(rules: CrawlRules) -> Iterator[Fetcher]:
    """Yield what gets single pages by the rules of a crawl; its connections are closed at the end."""
    with closing(_client(AddressGuard(rules.allowed_private_hosts), rules)) as client:
        yield HttpFetcher(client, rules.limits)


def _client(guard: AddressGuard, rules: CrawlRules) -> HttpClient:
    limits = rules.limits
    return HttpClient(
        guard,
        user_agent=user_agent(_version(), rules.contact),
        read_timeout_seconds=limits.read_timeout_seconds,
        pace=HostPace(requests_per_host=limits.requests_per_host, delay_seconds=limits.delay_seconds),
    )


def _answers(fetcher: Fetcher, link: WebLink) -> bool:
    """Whether the start page of a site can be read."""
    try:
        fetcher.fetch(link.joined("/").address)
    except FetchError:
        return False
    return True


def _version() -> str:
    try:
        return version("llm-twin")
    except PackageNotFoundError:  # run from a folder without having been installed
        return "unreleased"
