"""The browser of this machine, for the tests that need one."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.infrastructure.address_guard import AddressGuard
from llm_engineering.infrastructure.browser import BrowserMissingError, BrowserRenderer, installed_browser
from llm_engineering.infrastructure.http_client import HttpClient
from llm_engineering.infrastructure.http_fetcher import HttpFetcher
from llm_engineering.infrastructure.render_caps import RenderCaps

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@contextmanager
def running_renderer(*allowed_hosts: str, caps: RenderCaps | None = None) -> Iterator[BrowserRenderer]:
    """Yield a renderer that may connect to some private hosts; skip the test where there is no browser."""
    if find_spec("playwright") is None:
        pytest.skip("the extra `browser` is not installed")
    try:
        installed_browser()
    except BrowserMissingError as error:
        pytest.skip(str(error))
    limits = CrawlLimits(page_timeout_seconds=10, read_timeout_seconds=5, page_tries=1)
    with (
        closing(HttpClient(AddressGuard(allowed_hosts), user_agent="test", read_timeout_seconds=5)) as client,
        closing(BrowserRenderer(HttpFetcher(client, limits), client, caps=caps)) as renderer,
    ):
        yield renderer


@contextmanager
def running_browser() -> Iterator["Browser"]:
    """Yield the Chromium of this machine, driven by Playwright; skip the test where there is none."""
    if find_spec("playwright") is None:
        pytest.skip("the extra `browser` is not installed")
    from playwright.sync_api import sync_playwright

    try:
        executable = installed_browser()
    except BrowserMissingError as error:
        pytest.skip(str(error))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, chromium_sandbox=os.geteuid() != 0)
        try:
            yield browser
        finally:
            browser.close()
