"""What every `Fetcher` promises, as tests. A subclass gives the fixtures `web` and `fetcher`."""

from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import pytest
from pydantic import SecretStr

from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.application.crawl.port import Fetcher


class Web(Protocol):
    """The site that the fetcher under test reads."""

    def page(
        self, path: str, body: bytes, *, content_type: str = ..., etag: str = ..., last_modified: str = ...
    ) -> str:
        """Put a page at a path, with the values of its headers, none where empty; return its address."""
        ...

    def redirect(self, path: str, target: str) -> str:
        """Lead from a path to an address; return the path's."""
        ...

    def failing(self, reason: FailureReason) -> str:
        """Return an address at which there is no page, for one of the reasons `REASONS`."""
        ...


MONDAY = "Mon, 02 Nov 2026 08:00:00 GMT"
TUESDAY = "Tue, 03 Nov 2026 08:00:00 GMT"

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

    def test_many_threads_get_each_its_own_page(self, web: Web, fetcher: Fetcher) -> None:
        urls = [web.page(f"/{number}", b"%d" % number) for number in range(64)]

        with ThreadPoolExecutor(16) as threads:
            bodies = [page.body for page in threads.map(fetcher.fetch, urls)]

        assert bodies == [b"%d" % number for number in range(64)]

    def test_what_is_accepted_and_a_token_may_be_told(self, web: Web, fetcher: Fetcher) -> None:
        url = web.page("/a", b"{}", content_type="application/json")

        page = fetcher.fetch(url, accept="application/json", token=SecretStr("token"))

        assert (page.content_type, page.body) == ("application/json", b"{}")


class FreshnessContract:
    """The part of the contract that is about pages that have not changed."""

    @pytest.mark.parametrize(
        ("etag", "last_modified", "freshness"),
        [
            ('"v1"', "", {"etag": '"v1"'}),
            ('W/"v1"', MONDAY, {"etag": 'W/"v1"', "last_modified": MONDAY}),
            ("", MONDAY, {"last_modified": MONDAY}),
        ],
    )
    def test_a_page_that_has_not_changed_is_not_sent_again(
        self, web: Web, fetcher: Fetcher, etag: str, last_modified: str, freshness: dict[str, str]
    ) -> None:
        url = web.page("/a", b"bread", etag=etag, last_modified=last_modified)
        first = fetcher.fetch(url)

        again = fetcher.fetch(url, known=first.freshness)

        assert (first.body, first.freshness, first.is_unchanged) == (b"bread", freshness, False)
        assert first.received_bytes > 0
        assert (again.url, again.body, again.freshness, again.is_unchanged) == (url, b"", freshness, True)
        assert again.received_bytes == 0

    def test_a_page_that_has_changed_is_sent(self, web: Web, fetcher: Fetcher) -> None:
        known = fetcher.fetch(web.page("/a", b"bread", etag='"v1"')).freshness

        page = fetcher.fetch(web.page("/a", b"salt", etag='"v2"'), known=known)

        assert (page.body, page.freshness, page.is_unchanged) == (b"salt", {"etag": '"v2"'}, False)

    def test_a_page_that_says_nothing_of_its_age_is_always_sent(self, web: Web, fetcher: Fetcher) -> None:
        url = web.page("/a", b"bread")
        known = fetcher.fetch(url).freshness

        page = fetcher.fetch(url, known=known)

        assert known == {}
        assert (page.body, page.is_unchanged) == (b"bread", False)

    def test_what_others_know_of_a_source_is_no_freshness_of_a_page(self, web: Web, fetcher: Fetcher) -> None:
        url = web.page("/a", b"bread", etag='"v1"')

        page = fetcher.fetch(url, known={"commit": "0" * 40})

        assert (page.body, page.freshness) == (b"bread", {"etag": '"v1"'})

    def test_a_page_behind_a_redirect_may_be_unchanged(self, web: Web, fetcher: Fetcher) -> None:
        target = web.page("/b", b"bread", etag='"v1"')
        url = web.redirect("/a", target)

        page = fetcher.fetch(url, known=fetcher.fetch(url).freshness)

        assert (page.url, page.is_unchanged) == (target, True)

    def test_an_older_page_that_is_redirected_to_now_is_not_unchanged(self, web: Web, fetcher: Fetcher) -> None:
        url = web.redirect("/a", web.page("/b", b"bread", last_modified=TUESDAY))
        known = fetcher.fetch(url).freshness
        web.redirect("/a", web.page("/c", b"salt", last_modified=MONDAY))

        page = fetcher.fetch(url, known=known)

        assert (page.body, page.is_unchanged) == (b"salt", False)
