import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.crawl import sitemaps
from llm_engineering.application.crawl.fetching import FailureReason, ListingError
from llm_engineering.application.crawl.port import Page
from llm_engineering.application.crawl.sitemaps import ListedPage, Sitemap, parsed_sitemap, robots_sitemaps

URLSET = """<?xml version="1.0" encoding="UTF-8"?><!-- by hand -->
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> https://ada.dev/a?b=1&amp;c=2 </loc><lastmod>2024-03-05</lastmod>
<image:image><image:loc>https://ada.dev/a.png</image:loc></image:image></url>
<url><image:loc>https://ada.dev/b.png</image:loc><loc><![CDATA[https://ada.dev/b]]></loc></url></urlset>"""
PAGES = (ListedPage("https://ada.dev/a?b=1&c=2", "2024-03-05"), ListedPage("https://ada.dev/b"))


def page(body: bytes, content_type: str = "application/xml") -> Page:
    return Page("https://ada.dev/sitemap.xml", content_type, body)


def test_pages_without_the_pictures_on_them() -> None:
    assert parsed_sitemap(page(URLSET.encode())) == Sitemap(PAGES)


def test_a_compressed_sitemap() -> None:
    assert parsed_sitemap(page(gzip.compress(URLSET.encode()), "application/x-gzip")) == Sitemap(PAGES)


def test_an_index() -> None:
    text = """<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>/one.xml</loc></sitemap>
    <sitemap><loc>https://ada.dev/two.xml.gz</loc><lastmod>2024</lastmod></sitemap><sitemap/></sitemapindex>"""

    assert parsed_sitemap(page(text.encode())) == Sitemap(
        sitemaps=("https://ada.dev/one.xml", "https://ada.dev/two.xml.gz"), unreadable=1
    )


@pytest.mark.parametrize("namespace", ["", ' xmlns="http://www.google.com/schemas/sitemap/0.84"'])
def test_the_namespace_may_be_old_or_missing(namespace: str) -> None:
    text = f"<urlset{namespace}><url><loc>https://ada.dev/b</loc></url></urlset>"

    assert parsed_sitemap(page(text.encode())) == Sitemap(PAGES[1:])


def test_plain_text() -> None:
    text = "\ufeffhttps://ada.dev/a\r\n\r\nhttps://ada.dev/b\nnot an address at all\n"

    assert parsed_sitemap(page(text.encode(), "text/plain")) == Sitemap(
        (ListedPage("https://ada.dev/a"), ListedPage("https://ada.dev/b")), unreadable=1
    )


@pytest.mark.parametrize(
    ("text", "content_type"),
    [
        ("", "text/plain"),
        ("Dear robot", "text/plain"),
        ("https://ada.dev/a", "text/markdown"),
        ("<html><body>404</body></html>", "text/html"),
        ('<rss version="2.0"/>', "application/xml"),
    ],
)
def test_what_is_no_sitemap(text: str, content_type: str) -> None:
    assert parsed_sitemap(page(text.encode(), content_type)) is None


def test_a_sitemap_that_breaks_off_gives_what_came() -> None:
    cut = URLSET[: URLSET.index("<url><image")].encode()

    assert parsed_sitemap(page(cut)) == Sitemap(PAGES[:1])


def test_what_is_beyond_the_protocol_s_number_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MAX_PAGES", 1)

    assert parsed_sitemap(page(URLSET.encode())) == Sitemap(PAGES[:1], left_out=1)


def test_a_gzip_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(60_000_000))

    with pytest.raises(ListingError, match=r"sitemap\.xml has more than 52,428,800 bytes") as caught:
        parsed_sitemap(page(bomb))

    assert caught.value.reason is FailureReason.TOO_LARGE


@pytest.mark.parametrize("body", [gzip.compress(b"<urlset/>")[:-4], b"\x1f\x8bnonsense"], ids=["cut off", "nonsense"])
def test_a_damaged_archive(body: bytes) -> None:
    with pytest.raises(ListingError, match=r"sitemap\.xml cannot be decompressed") as caught:
        parsed_sitemap(page(body))

    assert caught.value.reason is FailureReason.BAD_RESPONSE


def test_entities_are_neither_expanded_nor_fetched() -> None:
    text = """<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY a "https://ada.dev/a">]>
    <urlset><url><loc>&x;</loc></url><url><loc>&a;</loc></url><url><loc>https://ada.dev/b</loc></url></urlset>"""

    assert parsed_sitemap(page(text.encode())) == Sitemap(PAGES[1:], unreadable=2)


def test_robots_txt_names_sitemaps() -> None:
    text = (
        b"User-agent: *\r\nSITEMAP:https://ada.dev/a.xml\r\n  Sitemap: /b.xml # all\nsitemap: /b.xml\n# Sitemap: /c.xml"
    )
    robots = Page("https://ada.dev/robots.txt", "text/plain", text)

    assert robots_sitemaps(robots) == ("https://ada.dev/a.xml", "https://ada.dev/b.xml")


def test_a_sitemap_that_nothing_can_be_read_of() -> None:
    with pytest.raises(ListingError, match=r"sitemap\.xml cannot be read") as caught:
        parsed_sitemap(page(b"\0?xml?><urlset xmlns:image=x"))

    assert caught.value.reason is FailureReason.BAD_RESPONSE


@given(st.integers(0, 500), st.integers(0, 40), st.binary(max_size=8))
def test_damage_never_breaks_more_than_the_sitemap(start: int, length: int, damage: bytes) -> None:
    body = URLSET.encode()

    try:
        parsed = parsed_sitemap(page(body[:start] + damage + body[start + length :]))
    except ListingError:
        return

    assert parsed is None or all(listed.address.startswith("http") for listed in parsed.pages)
