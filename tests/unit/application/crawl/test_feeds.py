import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.crawl.feeds import Feed, FeedEntry, parsed_feed
from llm_engineering.application.crawl.fetching import FailureReason, ListingError
from llm_engineering.application.crawl.port import Page

RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Ada</title><link>https://ada.dev/</link>
<item><title>Two</title><link>https://ada.dev/two?utm_source=rss</link>
<pubDate>Wed, 06 Mar 2024 10:00:00 +0100</pubDate></item>
<item><title>One</title><link>/one</link></item></channel></rss>"""
ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://ada.dev/blog/">
<link rel="next" href="?page=2"/><link rel="self" href="atom.xml"/>
<entry><title>Brötchen</title><link rel="enclosure" href="a.mp3"/><link rel="alternate" href="bread"/>
<published>2024-03-05T23:30:00-02:00</published><updated>2024-04-01T00:00:00Z</updated></entry></feed>"""


def page(text: str | bytes, *, content_type: str = "application/xml", charset: str | None = None) -> Page:
    body = text.encode() if isinstance(text, str) else text
    return Page("https://ada.dev/feed.xml", content_type, body, charset)


def feed(text: str | bytes) -> Feed:
    parsed = parsed_feed(page(text))
    if parsed is None:
        pytest.fail("it is no feed")
    return parsed


def test_rss_2() -> None:
    assert feed(RSS) == Feed((
        FeedEntry("https://ada.dev/two?utm_source=rss", "Two", datetime(2024, 3, 6, 9, tzinfo=UTC)),
        FeedEntry("https://ada.dev/one", "One"),
    ))


def test_atom_with_a_base_and_further_pages() -> None:
    assert feed(ATOM) == Feed(
        (FeedEntry("https://ada.dev/blog/bread", "Brötchen", datetime(2024, 3, 6, 1, 30, tzinfo=UTC)),),
        next_address="https://ada.dev/blog/?page=2",
    )


def test_rss_1() -> None:
    text = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://ada.dev/"/>
    <item rdf:about="https://ada.dev/one"><title>One</title><link>https://ada.dev/one</link><dc:date>2024-03-05</dc:date>
    </item></rdf:RDF>"""

    assert feed(text).entries == (FeedEntry("https://ada.dev/one", "One", datetime(2024, 3, 5, tzinfo=UTC)),)


def test_rss_091() -> None:
    text = '<rss version="0.91"><channel><item><title>One</title><link>https://ada.dev/1</link></item></channel></rss>'

    assert feed(text).entries == (FeedEntry("https://ada.dev/1", "One"),)


def test_json_feed() -> None:
    text = json.dumps({
        "version": "https://jsonfeed.org/version/1.1",
        "next_url": "/feed2.json",
        "items": [
            {"id": "1", "url": "/one", "title": "One", "date_published": "2024-03-05T12:00:00Z"},
            {"id": "https://ada.dev/two"},
            {"id": "3"},
            "four",
        ],
    })

    assert feed(text) == Feed(
        (
            FeedEntry("https://ada.dev/one", "One", datetime(2024, 3, 5, 12, tzinfo=UTC)),
            FeedEntry("https://ada.dev/two"),
        ),
        unreadable=2,
        next_address="https://ada.dev/feed2.json",
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "{",
        "[1]",
        '{"version": "1", "items": []}',
        "<html><p>rss</p></html>",
        "plain words",
        "<urlset/>",
        "{" * 99,
    ],
)
def test_what_is_no_feed(text: str) -> None:
    assert parsed_feed(page(text)) is None


def test_the_type_that_the_server_states_does_not_count() -> None:
    assert parsed_feed(page(RSS, content_type="text/html")) == feed(RSS)


def test_a_feed_that_breaks_off_gives_what_came() -> None:
    assert [entry.title for entry in feed(RSS[: RSS.index("<title>One")]).entries][:1] == ["Two"]


def test_a_feed_with_bad_markup_gives_what_can_be_read() -> None:
    text = RSS.replace("<title>One</title>", "<title>One & <b>Half</title>")

    assert [entry.address for entry in feed(text).entries] == [
        "https://ada.dev/two?utm_source=rss",
        "https://ada.dev/one",
    ]


def test_entries_that_lead_nowhere_are_counted() -> None:
    text = RSS.replace("<link>/one</link>", "<link>mailto:ada@ada.dev</link>")

    assert (len(feed(text).entries), feed(text).unreadable) == (1, 1)


def test_the_id_of_an_entry_is_its_link_where_it_says_so() -> None:
    text = RSS.replace("<link>/one</link>", "<guid>https://ada.dev/by-id</guid>")

    assert feed(text).entries[1].address == "https://ada.dev/by-id"


def test_feedburner_keeps_the_post_s_own_address() -> None:
    text = RSS.replace('version="2.0"', 'version="2.0" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"')
    text = text.replace(
        "<link>/one</link>", "<link>https://feeds.x/1</link><feedburner:origLink>/real</feedburner:origLink>"
    )

    assert feed(text).entries[1].address == "https://ada.dev/real"


def test_wordpress_is_known_by_its_generator() -> None:
    text = RSS.replace("<title>Ada</title>", "<title>Ada</title><generator>https://wordpress.org/?v=6.5</generator>")

    assert feed(text).is_wordpress
    assert not feed(RSS).is_wordpress


def test_entities_are_neither_expanded_nor_fetched() -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha" * 10}">' for n in range(9))
    text = f'<!DOCTYPE rss [{bomb}<!ENTITY file SYSTEM "file:///etc/passwd">]>' + RSS.replace(
        "<title>One</title>", "<title>&e8;&file;</title>"
    ).replace('<?xml version="1.0"?>', "")

    title = feed(text).entries[1].title or ""

    assert "haha" not in title
    assert "root:" not in title


@pytest.mark.parametrize("codec", ["utf-16", "iso-8859-1"])
def test_the_encoding_is_the_one_that_the_feed_declares(codec: str) -> None:
    text = ATOM.replace('encoding="utf-8"', f'encoding="{codec}"').encode(codec)

    assert feed(text).entries[0].title == "Brötchen"


@pytest.mark.parametrize("date", ["soon", "2024-03-05T12:00:00", "0001-01-01T00:00:00+14:00", None, 5])
def test_a_date_of_json_feed_that_is_none(date: object) -> None:
    text = {
        "version": "https://jsonfeed.org/version/1",
        "items": [{"url": "https://ada.dev/1", "date_published": date}],
    }

    assert feed(json.dumps(text)).entries == (FeedEntry("https://ada.dev/1"),)


@pytest.mark.parametrize("head", [b'<?xml version="1.0" encoding="\xac"?>', b"<x>&#x110000;</x>"])
def test_a_feed_that_nothing_can_be_read_of(head: bytes) -> None:
    with pytest.raises(ListingError, match=r"The feed https://ada\.dev/feed\.xml cannot be read") as caught:
        feed(head + b'<rss version="2.0"><channel><item><title>&#x110000;<b></title></item></channel></rss>')

    assert caught.value.reason is FailureReason.BAD_RESPONSE


@given(st.sampled_from([RSS, ATOM]), st.integers(0, 700), st.integers(0, 40), st.binary(max_size=8))
def test_damage_never_breaks_more_than_the_feed(text: str, start: int, length: int, damage: bytes) -> None:
    body = text.encode()
    try:
        parsed = parsed_feed(page(body[:start] + damage + body[start + length :]))
    except ListingError:
        return

    assert parsed is None or all(entry.address.startswith("http") for entry in parsed.entries)


@pytest.mark.parametrize("date", ["yesterday", "Fri, 31 Dec 9999 23:59:59 -1200", "9999-12-31T23:59:59-12:00", ""])
def test_a_date_that_is_none(date: str) -> None:
    text = RSS.replace("Wed, 06 Mar 2024 10:00:00 +0100", date)

    assert feed(text).entries[0].published_at is None


def test_a_name_of_half_a_million_letters_stops_nothing() -> None:
    item = f"<item><link>/one</link><author>{'a' * 500_000}</author><dc:creator>{'b' * 500_000}</dc:creator></item>"

    assert feed(f"<rss><channel>{item}</channel></rss>").entries == (FeedEntry("https://ada.dev/one"),)
