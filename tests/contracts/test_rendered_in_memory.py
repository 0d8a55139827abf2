"""The fake of the PageRenderer port keeps the port's promises, so that what it stands in for is the port."""

import pytest

from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.application.crawl.port import PageRenderer
from tests.contracts.page_renderer import PageRendererContract, ScriptedWeb
from tests.support.crawl_fakes import PagesInMemory
from tests.support.rendered_pages import RenderedInMemory


class ToldWeb:
    def __init__(self) -> None:
        self._pages = PagesInMemory()
        self.renderer = RenderedInMemory(self._pages)

    def filled(self, path: str, text: str, *, etag: str = "") -> str:
        url = self._pages.page(path, b"<body></body>", etag=etag)
        self.renderer.shows(url, f"<body>{text}</body>".encode())
        return url

    def redirect(self, path: str, target: str) -> str:
        return self._pages.redirect(path, target)

    def failing(self, reason: FailureReason) -> str:
        if reason is FailureReason.NOT_HTML:
            return self._pages.page("/a.pdf", b"%PDF", content_type="application/pdf")
        return self._pages.failing(reason)


class TestRenderedInMemory(PageRendererContract):
    @pytest.fixture
    def web(self) -> ToldWeb:
        return ToldWeb()

    @pytest.fixture
    def renderer(self, web: ScriptedWeb) -> PageRenderer:
        assert isinstance(web, ToldWeb)
        return web.renderer
