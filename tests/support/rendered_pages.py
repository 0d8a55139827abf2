"""A fake of the port to a browser."""

from dataclasses import replace

from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.application.crawl.port import Page
from tests.support.crawl_fakes import PagesInMemory


class RenderedInMemory:
    """Shows pages of a site in memory; what their scripts would write is told to it."""

    def __init__(self, pages: PagesInMemory) -> None:
        self.rendered: list[str] = []
        """The addresses that it was asked to show, in order."""
        self._pages = pages
        self._shown: dict[str, bytes] = {}

    def shows(self, url: str, html: bytes) -> None:
        """Remember what the page at an address (after redirects) becomes when its scripts have run."""
        self._shown[url] = html

    def render(self, url: str) -> Page:
        self.rendered.append(url)
        page = self._pages.fetch(url)
        if page.content_type != "text/html":
            raise FetchError(FailureReason.NOT_HTML, f"{url} is no page.", remedy="Ask for another one.")
        body = self._shown.get(page.url, page.body)
        return replace(page, body=body, charset="utf-8", freshness={})
