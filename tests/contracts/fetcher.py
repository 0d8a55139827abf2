"""What every `Fetcher` promises, as tests. A subclass gives the fixtures `web` and `fetcher`."""

from typing import Protocol

import pytest

from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.application.ports import Fetcher


class Web(Protocol):
    """The site that the fetcher under test reads."""

    def page(self, path: str, body: bytes, *, content_type: str = ...) -> str:
        """Put a page at a path, with the value of its header Content-Type, none if empty; return its address."""
        ...

    def redirect(self, path: str, target: str) -> str:
        """Lead from a path to an address; return the path's."""
        ...

    def failing(self, reason: FailureReason) -> str:
        """Return an address at which there is no page, for one of the reasons `REASONS`."""
        ...


REASONS = (
    FailureReason.NOT_FOUND,
    FailureReason.GONE,
    FailureReason.FORBIDDEN,
    FailureReason.TOO_LARGE,
    FailureReason.UNREACHABLE,
)


class FetcherContract:
    @pytest.fixture
    def web(self) -> Web:
        raise NotImplementedError

    @pytest.fixture
    def fetcher(self, web: Web) -> Fetcher:
        raise NotImplementedError

    @pytest.mark.parametrize(
        "body",
        [b"", b"<p>bread</p>\r\n", b"\xef\xbb\xbfsal\xc3\xa9", b"sal\xe9", bytes(range(256)), b"bread " * 1500],
        ids=["empty", "line break", "byte order mark", "not UTF-8", "every byte", "long"],
    )
    def test_the_body_comes_byte_for_byte(self, web: Web, fetcher: Fetcher, body: bytes) -> None:
        url = web.page("/a", body)

        page = fetcher.fetch(url)

        assert (page.url, page.body) == (url, body)

    @pytest.mark.parametrize(
        ("header", "content_type", "charset"),
        [
            ("text/html", "text/html", None),
            ("text/html; charset=utf-8", "text/html", "utf-8"),
            ('Text/HTML; Charset="ISO-8859-1"', "text/html", "iso-8859-1"),
            ("application/pdf;version=1.7", "application/pdf", None),
            ("", "", None),
        ],
    )
    def test_the_type_stands_apart_from_its_parameters(
        self, web: Web, fetcher: Fetcher, header: str, content_type: str, charset: str | None
    ) -> None:
        page = fetcher.fetch(web.page("/a", b"bread", content_type=header))

        assert (page.content_type, page.charset) == (content_type, charset)

    def test_each_path_has_a_page_of_its_own(self, web: Web, fetcher: Fetcher) -> None:
        urls = [web.page(path, path.encode()) for path in ("/", "/a", "/a/", "/a/b")]

        assert [fetcher.fetch(url).body for url in urls] == [b"/", b"/a", b"/a/", b"/a/b"]

    def test_after_redirects_a_page_has_its_final_address(self, web: Web, fetcher: Fetcher) -> None:
        last = web.page("/c", b"bread")
        first = web.redirect("/a", web.redirect("/b", last))

        page = fetcher.fetch(first)

        assert (page.url, page.body) == (last, b"bread")

    @pytest.mark.parametrize("reason", REASONS)
    def test_without_a_page_the_reason_is_told(self, web: Web, fetcher: Fetcher, reason: FailureReason) -> None:
        url = web.failing(reason)

        with pytest.raises(FetchError) as caught:
            fetcher.fetch(url)

        assert caught.value.reason is reason

    def test_a_redirect_to_nothing_leads_nowhere(self, web: Web, fetcher: Fetcher) -> None:
        url = web.redirect("/a", web.failing(FailureReason.GONE))

        with pytest.raises(FetchError) as caught:
            fetcher.fetch(url)

        assert caught.value.reason is FailureReason.GONE

    @pytest.mark.parametrize(
        "url", ["", "/etc/passwd", "ftp://127.0.0.1/", "http://user:secret@127.0.0.1/", "http://["]
    )
    def test_what_is_no_web_address_has_no_page(self, fetcher: Fetcher, url: str) -> None:
        with pytest.raises(FetchError):
            fetcher.fetch(url)

    @pytest.mark.parametrize("reason", REASONS)
    def test_a_failure_does_not_stand_in_the_way_of_the_next_page(
        self, web: Web, fetcher: Fetcher, reason: FailureReason
    ) -> None:
        with pytest.raises(FetchError):
            fetcher.fetch(web.failing(reason))

        assert fetcher.fetch(web.page("/a", b"bread")).body == b"bread"

    def test_a_page_that_changed_comes_as_it_is_now(self, web: Web, fetcher: Fetcher) -> None:
        fetcher.fetch(web.page("/a", b"before"))

        assert fetcher.fetch(web.page("/a", b"after")).body == b"after"
