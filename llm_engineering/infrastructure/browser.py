"""The `PageRenderer` that shows pages to the Chromium of the system (extra `browser`).

The browser has no network. Whatever a page asks for is answered, or not, by the project's own HTTP client: see
`browser_requests`. Playwright runs in a thread of its own, which is started for the first page; nothing of it is
imported before.
"""

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Final, TypeVar

from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.application.crawl.port import Fetcher, Page
from llm_engineering.infrastructure.http_client import HttpClient
from llm_engineering.infrastructure.render_caps import CLOSING_SECONDS, RenderCaps

if TYPE_CHECKING:
    from llm_engineering.infrastructure.chromium import Chromium

_PROGRAMS: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_HTML_TYPES: Final = frozenset({"", "text/html", "application/xhtml+xml"})
ReturnT = TypeVar("ReturnT")


class BrowserMissingError(FetchError):
    """What shows pages is not installed."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(
            FailureReason.EXTRA_MISSING, f"{what} is not installed, which shows pages that scripts fill.", remedy=remedy
        )


class BrowserClosedError(FetchError):
    """The browser was ended while a page was to be shown."""

    def __init__(self) -> None:
        super().__init__(
            FailureReason.RENDER_FAILED,
            "The browser was closed before the page was shown.",
            remedy="Run the crawl again.",
        )


class BrowserRenderer:
    """Shows pages in a browser, each in a profile of its own that is thrown away. May be used by several threads.

    The page itself is fetched before the browser sees it, politely and by the rules of robots.txt; what it redirects
    to by script is not followed. Only scripts and the data that they ask for with GET are fetched for it: no style
    sheet, picture, font, frame, web socket, form. Sites that keep their text behind POST requests stay empty.

    Args:
        fetcher: Gets the pages.
        client: Gets what the pages' scripts ask for; its guard holds for all of it.
        caps: What one page may take.
        executable: The browser; by default the Chromium or Chrome that is found on this machine.
    """

    def __init__(
        self, fetcher: Fetcher, client: HttpClient, *, caps: RenderCaps | None = None, executable: Path | None = None
    ) -> None:
        self._fetcher = fetcher
        self._client = client
        self._caps = caps or RenderCaps()
        self._executable = executable
        self._lock = Lock()
        self._thread: _BrowserThread | None = None

    def render(self, url: str) -> Page:
        """Return the page at an address after its scripts have run; its body is UTF-8.

        It carries no freshness: a page whose frame has not changed may be filled with other data.

        Raises:
            BrowserMissingError: Playwright or Chromium is not installed.
            FetchError: There is no page to be had, it is no HTML, or the browser could not show it within its caps.
        """
        thread = self._started()
        page = self._fetcher.fetch(url)
        if page.content_type not in _HTML_TYPES:
            raise FetchError(
                FailureReason.NOT_HTML,
                f"What lies at {page.url} is of the type {page.content_type[:80]!r}, not an HTML page.",
                remedy="Give the link of a page.",
            )
        shown = thread.result_of(lambda chromium: chromium.show(page))
        return replace(
            page,
            content_type="text/html",
            charset="utf-8",
            body=shown.html.encode(errors="replace"),  # half a character cannot be encoded
            freshness={},
            received_bytes=page.received_bytes + shown.received_bytes,
        )

    def close(self) -> None:
        """End the browser; safe to call twice. A later page starts it again."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is not None:
                thread.close()

    def _started(self) -> "_BrowserThread":
        with self._lock:
            if self._thread is None:
                self._thread = _BrowserThread(self._chromium())
            return self._thread

    def _chromium(self) -> "Chromium":
        try:
            from llm_engineering.infrastructure.chromium import Chromium
        except ImportError as error:
            raise BrowserMissingError(
                "Playwright", "Install it: pip install 'llm-twin[browser]' (or: make setup)."
            ) from error
        return Chromium(self._client, self._caps, self._executable or installed_browser())


def installed_browser() -> Path:
    """Return the path of the browser of this machine.

    Raises:
        BrowserMissingError: There is none.
    """
    found = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if found is None:
        raise BrowserMissingError(
            "Chromium", "Install it: apt-get install chromium (Debian, Ubuntu), or brew install chromium (macOS)."
        )
    return Path(found)


class _BrowserThread:
    """Runs a browser on an event loop in a thread of its own, which it belongs to."""

    def __init__(self, chromium: "Chromium") -> None:
        self._chromium = chromium
        self._lock = Lock()
        self._is_closed = False
        self._under_way: set[asyncio.Task[Any]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="browser", daemon=True)
        self._thread.start()

    def result_of(self, task: "Callable[[Chromium], Coroutine[None, None, ReturnT]]") -> ReturnT:
        """Return what a task gives; other threads may have tasks under way meanwhile."""
        with self._lock:
            if self._is_closed:
                raise BrowserClosedError
            result = asyncio.run_coroutine_threadsafe(self._result(task), self._loop)
        try:
            return result.result()
        except CancelledError as error:
            raise BrowserClosedError from error

    def close(self) -> None:
        """End the browser and the thread; what is under way ends with an error."""
        with self._lock:
            self._is_closed = True
        asyncio.run_coroutine_threadsafe(self._ended(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _result(self, task: "Callable[[Chromium], Coroutine[None, None, ReturnT]]") -> ReturnT:
        under_way = asyncio.create_task(task(self._chromium))
        self._under_way.add(under_way)
        under_way.add_done_callback(self._under_way.discard)
        return await under_way

    async def _ended(self) -> None:
        # Not all tasks of the loop: some are Playwright's own, and without its reader no browser would answer again.
        pages = set(self._under_way)
        for page in pages:
            page.cancel()
        if pages:
            await asyncio.wait(pages, timeout=CLOSING_SECONDS)
        await self._chromium.close()
