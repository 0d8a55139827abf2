"""BrowserRenderer keeps the promises of the PageRenderer port, with the Chromium of this machine."""

from collections.abc import Iterator

import pytest

from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.application.crawl.port import PageRenderer
from tests.contracts.page_renderer import PageRendererContract
from tests.support.browsers import running_renderer
from tests.support.site import Reply, Site, redirect, running_site

pytestmark = [pytest.mark.integration, pytest.mark.slow]


class ScriptedSite:
    def __init__(self, site: Site) -> None:
        self._site = site

    def filled(self, path: str, text: str, *, etag: str = "") -> str:
        html = f"<body><script>document.body.append({text!a})</script></body>"
        return self._site.on(path, Reply(html.encode(), headers={"ETag": etag}))

    def redirect(self, path: str, target: str) -> str:
        return self._site.on(path, redirect(target))

    def failing(self, reason: FailureReason) -> str:
        answers = {
            FailureReason.NOT_FOUND: Reply(status=404),
            FailureReason.FORBIDDEN: Reply(status=403),
            FailureReason.NOT_HTML: Reply(b"%PDF", content_type="application/pdf"),
        }
        return self._site.on("/failing", answers[reason])


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


@pytest.fixture(scope="module")
def warm_renderer() -> Iterator[PageRenderer]:
    with running_renderer("127.0.0.1") as renderer:
        yield renderer


class TestBrowserRenderer(PageRendererContract):
    @pytest.fixture
    def web(self, site: Site) -> ScriptedSite:
        return ScriptedSite(site)

    @pytest.fixture
    def renderer(self, warm_renderer: PageRenderer) -> PageRenderer:
        return warm_renderer
