from datetime import date

import pytest
from trafilatura.metadata import extract_metadata

from llm_engineering.application.crawl.page_facts import stated_facts
from llm_engineering.application.crawl.parsing import parsed_page

URL = "https://blog.example.org/2024/making-bread"


def page(head: str = "", body: str = "<p>Flour, water, salt.</p>") -> str:
    return f"<html><head>{head}</head><body>{body}</body></html>"


@pytest.mark.parametrize(
    ("html", "author"),
    [
        pytest.param(page('<meta name="author" content="Ada Lovelace">'), "Ada Lovelace", id="meta"),
        pytest.param(page('<meta property="article:author" content="Ada Lovelace">'), "Ada Lovelace", id="property"),
        pytest.param(
            page(
                '<script type="application/ld+json">{"@context": "https://schema.org", "@type": "Article",'
                ' "author": {"@type": "Person", "name": "Ada Lovelace"}}</script>'
            ),
            "Ada Lovelace",
            id="JSON-LD",
        ),
        pytest.param(
            page(body='<a rel="author" href="/ada">Ada Lovelace</a><p>Flour.</p>'), "Ada Lovelace", id="byline"
        ),
        pytest.param(
            page('<meta name="author" content="ada1815">', '<a rel="author" href="/ada">Ada Lovelace</a><p>Flour.</p>'),
            "Ada Lovelace",
            id="an account and a byline",
        ),
        pytest.param(page(), None, id="none"),
    ],
)
def test_the_author_is_found_where_pages_name_one(html: str, author: str | None) -> None:
    assert stated_facts(parsed_page(html), URL).author == author


@pytest.mark.parametrize(
    "facts",
    [
        "[[1, null], 2]",
        """{"@context": "https://schema.org", "@graph": [{"@type": "NewsArticle", "author":
        {"@type": "Person", "name": ["x", 3]}}]}""",
    ],
)
def test_facts_of_a_strange_shape_do_not_hide_the_others(facts: str) -> None:
    html = page(f'<title>Bread</title><script type="application/ld+json">{facts}</script>')

    assert stated_facts(parsed_page(html), URL).title == "Bread"


def test_the_day_of_publication_is_that_which_the_page_states() -> None:
    stated = stated_facts(parsed_page(page('<meta property="article:published_time" content="2024-05-06T07:08">')), URL)

    assert date.fromisoformat(stated.date or "") == date(2024, 5, 6)


def test_they_are_those_that_trafilatura_finds() -> None:
    head = '<title>Bread | Blog</title><meta name="description" content="A &amp;amp; B">'
    html = page(head, '<div class="byline">by Ada Lovelace</div><h1>Making bread</h1><p>Flour.</p>')
    expected = extract_metadata(html, URL)
    found = stated_facts(parsed_page(html), URL)

    assert (found.title, found.description, found.author) == (expected.title, expected.description, expected.author)
    assert found.author == "Ada Lovelace"
