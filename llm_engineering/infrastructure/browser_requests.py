"""What a page in the browser asks for, answered by the project's own HTTP client.

This is where the rules for addresses, sizes and times hold for pages that are shown in a browser: it never connects to
anything itself (see `chromium`).
"""

import asyncio
import time
from concurrent.futures import Executor
from typing import Final

from loguru import logger
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Route

from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.application.crawl.links import InvalidLinkError, WebLink, web_link
from llm_engineering.application.crawl.port import Page
from llm_engineering.infrastructure.guarded_network import deadline_in
from llm_engineering.infrastructure.http_client import Answer, HttpClient
from llm_engineering.infrastructure.render_caps import RenderCaps

_FETCHED: Final = frozenset({"fetch", "script", "xhr"})
"""Kinds of resources (https://playwright.dev/python/docs/api/class-request#request-resource-type) that text can come
from."""
_ACCEPT: Final = {"Accept": "*/*"}


class PageRequests:
    """Answers the requests of one page while it is shown.

    Args:
        page: The page as it was fetched.
        client: Gets what the page asks for.
        executor: Where the client waits for answers.
        caps: What the page may take.
    """

    def __init__(self, page: Page, client: HttpClient, executor: Executor, caps: RenderCaps) -> None:
        self.received_bytes = 0
        """Of what the page has asked for; the page itself does not count."""
        self._page = page
        self._client = client
        self._executor = executor
        self._caps = caps
        self._ends_at = time.monotonic() + caps.timeout_seconds
        self._is_shown = False
        self._requests = 0
        self._bytes_left = caps.max_bytes

    async def answer(self, route: Route) -> None:
        """Answer a request, or break it off."""
        try:
            await self._answer(route)
        except PlaywrightError as error:  # the page has gone on, or is closed: nobody waits for the answer
            logger.debug("{url} was not answered: {error}", url=route.request.url[:200], error=error.message)

    async def _answer(self, route: Route) -> None:
        request = route.request
        if request.is_navigation_request():
            await self._show(route)
        elif request.resource_type == "stylesheet":  # scripts may wait for it
            await route.fulfill(status=200, content_type="text/css", body="")
        elif request.method != "GET" or request.resource_type not in _FETCHED:
            await route.abort()
        else:
            await self._fetch(route)

    async def _show(self, route: Route) -> None:
        """Answer the first navigation with the page; frames, pop-ups and redirects by script lead nowhere."""
        if self._is_shown:
            await route.abort("aborted")  # as if a person had pressed Stop: no error page takes the place of the page
            return
        self._is_shown = True
        charset = f"; charset={self._page.charset}" if self._page.charset else ""
        await route.fulfill(status=200, content_type=f"text/html{charset}", body=self._page.body)

    async def _fetch(self, route: Route) -> None:
        try:
            answer = await self._answer_of(web_link(route.request.url))
        except (FetchError, InvalidLinkError) as error:
            logger.debug("a page was refused {url}: {error}", url=route.request.url[:200], error=error)
            await route.abort()
        else:
            content_type = answer.headers.get("content-type", "")
            await route.fulfill(status=answer.status, content_type=content_type, body=answer.body)

    async def _answer_of(self, link: WebLink) -> Answer:
        """Return the answer to a request.

        Raises:
            FetchError: There is none, or the page has had its share.
        """
        self._requests += 1
        seconds_left = self._ends_at - time.monotonic()
        if self._requests > self._caps.max_requests or self._bytes_left <= 0 or seconds_left <= 0:
            raise self._caps.exceeded(self._page.url)
        try:
            answer = await asyncio.get_running_loop().run_in_executor(
                self._executor, self._asked, link, self._bytes_left, seconds_left
            )
        except FetchError as error:
            if error.reason is FailureReason.TOO_LARGE:
                self._bytes_left = 0
            raise
        self._bytes_left -= len(answer.body)
        self.received_bytes += answer.received_bytes
        return answer

    def _asked(self, link: WebLink, max_bytes: int, seconds: float) -> Answer:
        """Return the answer of a server; runs in a thread of the executor."""
        with deadline_in(seconds):
            return self._client.get(link, max_bytes=max_bytes, headers=lambda _link: _ACCEPT)
