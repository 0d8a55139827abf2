"""An HTTP fetcher on loopback whose waits take no time."""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

import pytest
from pydantic import SecretStr

from llm_engineering.application.crawl.fetching import FetchError
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.port import Fetcher
from llm_engineering.infrastructure.address_guard import AddressGuard, Resolver, system_addresses
from llm_engineering.infrastructure.host_pace import HostPace
from llm_engineering.infrastructure.http_client import HttpClient
from llm_engineering.infrastructure.http_fetcher import HttpFetcher, user_agent
from tests.support.clock import SteppedClock

LIMITS = CrawlLimits(max_page_bytes=100_000, page_timeout_seconds=5, read_timeout_seconds=5, page_tries=3)


@contextmanager
def fetching(
    clock: SteppedClock,
    limits: CrawlLimits = LIMITS,
    *,
    allowed: Sequence[str] = ("127.0.0.1",),
    resolver: Resolver = system_addresses,
    trusted: ssl.SSLContext | None = None,
    requests_per_host: int = 16,
    delay_seconds: float = 0.0,
    asks_robots: bool = True,
) -> Iterator[HttpFetcher]:
    """Yield a fetcher that may connect to the allowed hosts besides public ones."""
    client = HttpClient(
        AddressGuard(allowed, resolver),
        user_agent=user_agent("1.2.3"),
        read_timeout_seconds=limits.read_timeout_seconds,
        ssl_context=trusted,
        pace=HostPace(
            requests_per_host=requests_per_host, delay_seconds=delay_seconds, clock=clock.now, sleep=clock.sleep
        ),
    )
    with closing(client):
        yield HttpFetcher(client, limits, sleep=clock.sleep, asks_robots=asks_robots)


def failure(fetcher: Fetcher, url: str, *, token: SecretStr | None = None) -> FetchError:
    """Return the error with which an address is refused."""
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(url, token=token)
    return caught.value
