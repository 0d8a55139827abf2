"""What an extractor left out although it is of the article."""

from functools import partial

import pytest
from lxml.html import document_fromstring

from llm_engineering.application.crawl.html_tree import PageText
from llm_engineering.application.crawl.refinement import refined
from llm_engineering.application.crawl.rendering import Renderer
from llm_engineering.application.crawl.selection import keep_only
from llm_engineering.application.crawl.styles import PLAIN_TEXT

URL = "https://blog.example.org/2024/making-bread"
FIRST = (
    "Bread needs four things and a good deal of patience, which most recipes forget to say when they begin: the dough "
    "rests for a whole night."
)
LAST = (
    "Then it goes into the oven, which has to be as hot as it gets, and stays there for most of an hour or so, while "
    "you clean what you have used."
)


def article_of(between: str, after: str = "") -> list[str]:
    """Return the lines that stay of a page of which an extractor kept the first and the last paragraph."""
    tree = document_fromstring(f"<body><main><p>{FIRST}</p>{between}<p>{LAST}</p>{after}</main></body>")
    keep_only(PageText(tree), [FIRST, LAST], partial(refined, url=URL))
    return Renderer(PLAIN_TEXT, URL).render(tree).split("\n")


@pytest.mark.parametrize(
    "block",
    [
        pytest.param("<h2>The oven</h2>", id="heading"),
        pytest.param("<p>The oven</p>", id="short paragraph"),
        pytest.param('<p><a href="https://shop.example.com/">The oven</a></p>', id="link to another site"),
        pytest.param('<div class="embed"><blockquote><p>The oven</p></blockquote></div>', id="embedded quote"),
    ],
)
def test_siblings_between_kept_paragraphs_are_recovered(block: str) -> None:
    assert article_of(block) == [FIRST, "The oven", LAST]


@pytest.mark.parametrize(
    "block",
    [
        pytest.param('<p><a href="/cake">How I bake a cake</a></p>', id="link to another page of the site"),
        pytest.param('<p class="caption">The oven</p>', id="caption"),
        pytest.param('<p class="ad">The oven</p>', id="advertisement"),
        pytest.param('<p style="display: none">The oven</p>', id="not displayed"),
        pytest.param("<p hidden>The oven</p>", id="hidden"),
        pytest.param('<p aria-hidden="true">The oven</p>', id="hidden from screen readers"),
        pytest.param("<aside><blockquote>The oven</blockquote></aside>", id="quote in an aside"),
        pytest.param("<div><p>The oven</p></div>", id="other container"),
        pytest.param("<figure><figcaption>The oven</figcaption></figure>", id="picture"),
    ],
)
def test_other_blocks_stay_out(block: str) -> None:
    assert article_of(block) == [FIRST, LAST]


ANNOUNCING = FIRST.removesuffix(".") + ", as these say:"


@pytest.mark.parametrize(
    ("items", "kept"),
    [
        pytest.param('<li><a href="https://a.example/">One</a></li><li>Two</li>', ["One", "Two"], id="links elsewhere"),
        pytest.param('<li><a href="/cake">How I bake a cake</a></li>', [], id="links to other pages of the site"),
        pytest.param('<li class="share"><a href="https://a.example/">Share</a></li>', [], id="no text by its name"),
    ],
)
def test_a_list_that_the_last_paragraph_announces_is_recovered(items: str, kept: list[str]) -> None:
    tree = document_fromstring(f"<body><main><p>{LAST}</p><p>{ANNOUNCING}</p><ul>{items}</ul><p>Menu</p></main></body>")
    keep_only(PageText(tree), [LAST, ANNOUNCING], partial(refined, url=URL))

    assert Renderer(PLAIN_TEXT, URL).render(tree).split("\n") == [LAST, ANNOUNCING, *kept]


def test_nothing_is_recovered_after_the_last_kept_paragraph() -> None:
    assert article_of("", after="<p>Leave a comment below</p>") == [FIRST, LAST]


def test_an_article_that_was_not_found_stays_empty() -> None:
    tree = document_fromstring(f"<body><p>{FIRST}</p></body>")

    keep_only(PageText(tree), [], partial(refined, url=URL))

    assert Renderer(PLAIN_TEXT, URL).render(tree) == ""


def test_a_paragraph_is_kept_whole() -> None:
    """The extractor left out the link in it, and rightly the text that is not displayed."""
    link = '<span class="link"><a href="/oven">a hot oven</a></span><span style="display:none"> cold</span>'
    tree = document_fromstring(f"<body><main><p>{FIRST}</p><p>What it needs is {link} and time.</p></main></body>")

    keep_only(PageText(tree), [FIRST, "What it needs is", "and time."], partial(refined, url=URL))

    assert Renderer(PLAIN_TEXT, URL).render(tree) == f"{FIRST}\nWhat it needs is a hot oven and time."
