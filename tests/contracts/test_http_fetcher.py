"""HttpFetcher keeps the promises of the Fetcher port, on a site that compresses its pages as most sites do."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.port import Fetcher
from llm_engineering.infrastructure.address_guard import AddressGuard
from llm_engineering.infrastructure.http_client import HttpClient
from llm_engineering.infrastructure.http_fetcher import HttpFetcher
from tests.contracts.fetcher import FetcherContract, FreshnessContract, Web
from tests.support.site import HTML, Reply, Site, Versioned, redirect, running_site

pytestmark = pytest.mark.integration

LIMITS = CrawlLimits(max_page_bytes=10_000, page_timeout_seconds=5, read_timeout_seconds=5)
NOBODY_LISTENS = "http://127.0.0.1:1/"


class CompressingSite:
    def __init__(self, site: Site) -> None:
        self._site = site

    def page(self, path: str, body: bytes, *, content_type: str = HTML, etag: str = "", last_modified: str = "") -> str:
        page = Versioned(body, etag, last_modified, content_type=content_type, is_gzipped=True)
        return self._site.on(path, page)

    def redirect(self, path: str, target: str) -> str:
        return self._site.on(path, redirect(target))

    def failing(self, reason: FailureReason) -> str:
        answers = {
            FailureReason.NOT_FOUND: Reply(status=404),
            FailureReason.GONE: Reply(status=410),
            FailureReason.FORBIDDEN: Reply(status=403),
            FailureReason.TOO_LARGE: Reply(b"x" * 10_001),
        }
        return self._site.on("/failing", answers[reason]) if reason in answers else NOBODY_LISTENS


class TestHttpFetcher(FetcherContract, FreshnessContract):
    @pytest.fixture
    def web(self) -> Iterator[Web]:
        with running_site() as site:
            yield CompressingSite(site)

    @pytest.fixture
    def fetcher(self, web: Web) -> Iterator[Fetcher]:
        with closing(HttpClient(AddressGuard(["127.0.0.1"]), user_agent="test", read_timeout_seconds=5)) as client:
            yield HttpFetcher(client, LIMITS, sleep=lambda _seconds: None)
