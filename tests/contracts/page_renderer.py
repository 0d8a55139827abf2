"""What every `PageRenderer` promises, as tests. A subclass gives the fixtures `web` and `renderer`."""

from typing import Protocol

import pytest

from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.application.crawl.port import PageRenderer


class ScriptedWeb(Protocol):
    """The site that the renderer under test shows."""

    def filled(self, path: str, text: str, *, etag: str = ...) -> str:
        """Put a page at a path whose only text is written by a script; return its address."""
        ...

    def redirect(self, path: str, target: str) -> str:
        """Lead from a path to an address; return the path's."""
        ...

    def failing(self, reason: FailureReason) -> str:
        """Return an address at which there is no page, for one of the reasons `REASONS`."""
        ...


REASONS = (FailureReason.NOT_FOUND, FailureReason.FORBIDDEN, FailureReason.NOT_HTML)


class PageRendererContract:
    @pytest.fixture
    def web(self) -> ScriptedWeb:
        raise NotImplementedError

    @pytest.fixture
    def renderer(self, web: ScriptedWeb) -> PageRenderer:
        raise NotImplementedError

    def test_what_scripts_write_is_on_the_page(self, web: ScriptedWeb, renderer: PageRenderer) -> None:
        url = web.filled("/a", "Salé et sucré – 塩")

        page = renderer.render(url)

        assert "Salé et sucré – 塩" in page.body.decode()
        assert (page.url, page.content_type, page.charset) == (url, "text/html", "utf-8")

    def test_each_path_has_a_page_of_its_own(self, web: ScriptedWeb, renderer: PageRenderer) -> None:
        urls = [web.filled(f"/{name}", f"the page {name}") for name in "ab"]

        pages = [renderer.render(url).body.decode() for url in urls]

        assert ["the page a" in page for page in pages] == [True, False]
        assert ["the page b" in page for page in pages] == [False, True]

    def test_after_redirects_a_page_has_its_final_address(self, web: ScriptedWeb, renderer: PageRenderer) -> None:
        last = web.filled("/b", "bread")

        page = renderer.render(web.redirect("/a", last))

        assert page.url == last
        assert b"bread" in page.body

    def test_a_page_is_never_called_unchanged(self, web: ScriptedWeb, renderer: PageRenderer) -> None:
        page = renderer.render(web.filled("/a", "bread", etag='"1"'))

        assert (page.freshness, page.is_unchanged) == ({}, False)

    @pytest.mark.parametrize("reason", REASONS)
    def test_without_a_page_the_reason_is_told(
        self, web: ScriptedWeb, renderer: PageRenderer, reason: FailureReason
    ) -> None:
        with pytest.raises(FetchError) as caught:
            renderer.render(web.failing(reason))

        assert caught.value.reason is reason

    def test_a_failure_does_not_stand_in_the_way_of_the_next_page(
        self, web: ScriptedWeb, renderer: PageRenderer
    ) -> None:
        with pytest.raises(FetchError):
            renderer.render(web.failing(FailureReason.NOT_FOUND))

        assert b"bread" in renderer.render(web.filled("/a", "bread")).body
