"""The fake of the Fetcher port keeps the port's promises, so that what it stands in for is the port."""

import pytest

from llm_engineering.application.crawl.port import Fetcher
from tests.contracts.fetcher import FetcherContract, FreshnessContract
from tests.support.crawl_fakes import PagesInMemory


class TestPagesInMemory(FetcherContract, FreshnessContract):
    @pytest.fixture
    def web(self) -> PagesInMemory:
        return PagesInMemory()

    @pytest.fixture
    def fetcher(self, web: PagesInMemory) -> Fetcher:
        return web
