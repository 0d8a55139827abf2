"""Chromium without a network, driven by Playwright. Everything here belongs to one event loop."""

import asyncio
import os
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from loguru import logger
from playwright.async_api import Browser, BrowserContext, Playwright, WebSocketRoute, async_playwright
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.application.crawl.port import Page
from llm_engineering.infrastructure.browser_requests import PageRequests
from llm_engineering.infrastructure.http_client import HttpClient
from llm_engineering.infrastructure.render_caps import CLOSING_SECONDS, RenderCaps

_PAGES_AT_ONCE: Final = 2
_REQUESTS_AT_ONCE: Final = 6
"""Of all pages; browsers ask a host for as many at once."""
_NOWHERE: Final = "http://nowhere.invalid:9"
"""A proxy under a name that no resolver knows (RFC 6761, 6.4): what is not intercepted goes there, loopback too."""
_ARGUMENTS: Final = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-quic",
    "--dns-prefetch-disable",
    "--no-pings",
    "--js-flags=--max-old-space-size=512",
)
"""https://peter.sh/experiments/chromium-command-line-switches/ has the meanings."""
_WITHOUT_SOCKETS: Final = "delete globalThis.RTCPeerConnection; delete globalThis.WebTransport;"
_PASSED_ON: Final = ("HOME", "LANG", "PATH", "TMPDIR", "XDG_RUNTIME_DIR")
"""All that the browser gets of the environment: no key, no token, no proxy."""
_SETTLED: Final[tuple[Literal["domcontentloaded"], Literal["networkidle"]]] = ("domcontentloaded", "networkidle")
"""What is waited for; the first never comes if a script goes on to another page before the page is read."""
_ANY: Final = re.compile("")


@dataclass(frozen=True, slots=True)
class ShownPage:
    """A page after its scripts have run."""

    html: str
    received_bytes: int
    """Of what it asked for while it was shown."""


class Chromium:
    """A browser that is started for the first page, and again if it dies.

    It runs in its own sandbox, except as root: there Chromium has none, and does not start with it.

    Args:
        client: Gets what pages ask for.
        caps: What one page may take.
        executable: The browser.
    """

    def __init__(self, client: HttpClient, caps: RenderCaps, executable: Path) -> None:
        self._client = client
        self._caps = caps
        self._executable = executable
        self._executor = ThreadPoolExecutor(_REQUESTS_AT_ONCE, thread_name_prefix="browser-requests")
        self._slots = asyncio.Semaphore(_PAGES_AT_ONCE)
        self._starting = asyncio.Lock()
        self._driver: asyncio.Task[Playwright] | None = None
        self._browser: Browser | None = None

    async def show(self, page: Page) -> ShownPage:
        """Return a page that was fetched after its scripts have run.

        Raises:
            FetchError: It could not be shown within its caps.
        """
        async with self._slots:
            try:
                browser = await self._running()
                requests = PageRequests(page, self._client, self._executor, self._caps)
                async with asyncio.timeout(self._caps.timeout_seconds):
                    html = await self._html(browser, page, requests)
            except (TimeoutError, PlaywrightTimeoutError) as error:
                raise FetchError(
                    FailureReason.TIMEOUT,
                    f"The scripts of {page.url} did not come to an end in {self._caps.timeout_seconds:g} seconds.",
                    remedy="Remove the link.",
                ) from error
            except PlaywrightError as error:
                raise _render_error(page.url, error) from error
        if len(html) > self._caps.max_bytes:
            raise self._caps.exceeded(page.url)
        return ShownPage(html, requests.received_bytes)

    async def close(self) -> None:
        """End the browser; one that does not answer is left to its driver, which ends it when its own input ends."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        await self._end_browser()
        driver, self._driver = self._driver, None
        if driver is not None:
            try:
                async with asyncio.timeout(CLOSING_SECONDS):
                    with suppress(PlaywrightError):  # it did not start
                        await (await driver).stop()
            except TimeoutError:
                logger.warning("the driver of the browser does not end")

    async def _running(self) -> Browser:
        async with self._starting:
            if self._browser is None or not self._browser.is_connected():
                self._browser = await self._launched(await self._playwright())
            return self._browser

    async def _playwright(self) -> Playwright:
        # A task of its own: were its start cancelled with the page that it is for, its process would be left behind.
        driver = self._driver = self._driver or asyncio.create_task(async_playwright().start())
        try:
            return await asyncio.shield(driver)
        except PlaywrightError:
            self._driver = None
            raise

    async def _launched(self, playwright: Playwright) -> Browser:
        logger.info("starting the browser {path}", path=str(self._executable))
        return await playwright.chromium.launch(
            executable_path=self._executable,
            chromium_sandbox=os.geteuid() != 0,
            proxy={"server": _NOWHERE, "bypass": "<-loopback>"},
            args=_ARGUMENTS,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        )

    async def _html(self, browser: Browser, page: Page, requests: PageRequests) -> str:
        context = await browser.new_context(accept_downloads=False, service_workers="block")
        try:
            await context.add_init_script(_WITHOUT_SOCKETS)
            await context.route(_ANY, requests.answer)
            await context.route_web_socket(_ANY, _refused)
            tab = await context.new_page()
            await tab.goto(page.url, wait_until="commit", timeout=0)  # the caller's time limit holds
            for state in _SETTLED:
                with suppress(PlaywrightTimeoutError):  # a page that is never done is taken as it is
                    await tab.wait_for_load_state(state, timeout=1000 * self._caps.settle_seconds)
            return await tab.content()
        finally:
            await asyncio.shield(self._end_context(context))

    async def _end_context(self, context: BrowserContext) -> None:
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                await context.close()
        except (TimeoutError, PlaywrightError) as error:
            logger.warning("the browser does not close a page ({error}); it is started anew", error=repr(error))
            await self._end_browser()

    async def _end_browser(self) -> None:
        browser, self._browser = self._browser, None
        if browser is not None:
            try:
                async with asyncio.timeout(CLOSING_SECONDS):
                    with suppress(PlaywrightError):  # it has ended already
                        await browser.close()
            except TimeoutError:
                logger.warning("the browser does not end")


async def _refused(socket: WebSocketRoute) -> None:
    await socket.close()


def _render_error(url: str, error: PlaywrightError) -> FetchError:
    return FetchError(
        FailureReason.RENDER_FAILED,
        f"The browser could not show {url}: {error.message.splitlines()[0][:300]}.",
        remedy="Check that it starts on this machine: in a container it needs to run as root, or with user namespaces.",
    )
