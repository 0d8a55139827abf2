"""What an extractor took for the article although it is not: here it takes the whole page."""

from collections.abc import Sequence
from functools import partial

import pytest
from lxml.html import document_fromstring

from llm_engineering.application.crawl.html_tree import PageText
from llm_engineering.application.crawl.refinement import refined
from llm_engineering.application.crawl.rendering import Renderer
from llm_engineering.application.crawl.selection import keep_only
from llm_engineering.application.crawl.styles import PLAIN_TEXT

URL = "https://blog.example.org/2024/making-bread"
FIRST = "Bread needs four things and a good deal of patience, which most recipes forget to say when they begin."
SECOND = "The dough rests for a night in a cool place, and by the next morning it has twice the size that it had."
THIRD = (
    "Then it goes into the oven, which has to be as hot as it gets, and stays there for most of an hour or so, while "
    "you clean what you have used. When it sounds hollow, it is done, and has to cool down before it is cut, or else "
    "it will crumble."
)
PROSE = [FIRST, SECOND, THIRD]


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def article_of(body: str, left_out: Sequence[str] = ()) -> list[str]:
    """Return the lines of a page that stay if the extractor leaves out nothing but these texts."""
    tree = document_fromstring(f"<html><body>{body}</body></html>")
    pieces = [text for text in tree.itertext() if text not in left_out]
    keep_only(PageText(tree), pieces, partial(refined, url=URL))
    return Renderer(PLAIN_TEXT, URL).render(tree).split("\n")


class TestHeadOfPage:
    def test_headings_dates_and_times_above_the_article_are_left_out(self) -> None:
        head = "<header><h1>Making bread</h1><h2>It takes a night</h2><div>May 4, 2024, by Ann Baker</div></header>"

        assert article_of(f"{head}<main>{paragraphs(*PROSE)}</main>") == PROSE

    def test_a_heading_beside_the_paragraphs_is_the_author_s(self) -> None:
        body = f"<main><h1>Making bread</h1>{paragraphs(*PROSE)}</main>"

        assert article_of(body) == ["Making bread", *PROSE]

    def test_a_heading_of_a_section_stays_with_it(self) -> None:
        body = f"<main><section><h2>Flour</h2><p>{FIRST}</p></section>{paragraphs(SECOND, THIRD)}</main>"

        assert article_of(body) == ["Flour", *PROSE]

    def test_a_wrapped_heading_stands_beside_the_paragraphs(self) -> None:
        body = f'<main><div><h2>Flour</h2><a href="#flour">#</a></div>{paragraphs(*PROSE)}</main>'

        assert article_of(body)[0] == "Flour"

    def test_a_first_sentence_may_name_a_year(self) -> None:
        body = f"<main><p>We began to bake in 1999.</p>{paragraphs(*PROSE)}</main>"

        assert article_of(body) == ["We began to bake in 1999.", *PROSE]


class TestTeasers:
    @pytest.mark.parametrize(
        "teaser",
        [
            pytest.param(
                '<p>SEE ALSO: <a href="/cake">How I bake a very good cake in five minutes</a></p>', id="with a label"
            ),
            pytest.param('<div><a href="../cake"><h3>How I bake a good cake</h3></a></div>', id="card"),
            pytest.param('<p><a href="https://tv.blog.example.org/1">How I bake a cake</a></p>', id="on a subdomain"),
            pytest.param(
                '<p><b>Related</b></p><ul><li><a href="https://www.blog.example.org/cake">How to bake a cake</a></li>'
                '<li><a href="/pie">How to bake a pie</a></li></ul>',
                id="list with a label above",
            ),
        ],
    )
    def test_titles_of_other_pages_of_the_site_are_left_out(self, teaser: str) -> None:
        assert article_of(f"<main><p>{FIRST}</p>{teaser}{paragraphs(SECOND, THIRD)}</main>") == PROSE

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param('<a href="https://shop.example.com/x">Get the flour that I use</a>', id="another site"),
            pytest.param('<a href="#oven">How to heat the oven</a>', id="the page itself"),
            pytest.param('<a href="/cake">I have said all this about cake before.</a>', id="sentence"),
            pytest.param('<a href="/cake">How I bake cake</a> says what else you can do', id="words around"),
            pytest.param('<a href="/cake">Cake</a>', id="single word"),
            pytest.param('<a href="http://[x">How I bake a cake</a>', id="no address"),
        ],
    )
    def test_other_links_stay(self, text: str) -> None:
        body = f"<main><p>{FIRST}</p><p>{text}</p>{paragraphs(SECOND, THIRD)}</main>"

        assert len(article_of(body)) == 4

    def test_a_list_that_a_sentence_announces_stays(self) -> None:
        links = '<ul><li><a href="/rye">How I bake bread of rye</a></li></ul>'
        sentence = "I have written about other kinds of flour before:"

        lines = article_of(f"<main><p>{FIRST}</p><p>{sentence}</p>{links}{paragraphs(SECOND, THIRD)}</main>")

        assert lines == [FIRST, sentence, "How I bake bread of rye", SECOND, THIRD]

    def test_a_list_under_a_label_is_left_out(self) -> None:
        links = '<ul><li><a href="/rye">How I bake bread of rye</a></li></ul>'

        lines = article_of(f"<main><p>{FIRST}</p><p>More of this:</p>{links}{paragraphs(SECOND, THIRD)}</main>")

        assert lines == PROSE

    def test_a_page_of_links_keeps_them(self) -> None:
        links = "".join(f'<li><a href="/part-{number}">How I bake, part {number}</a></li>' for number in range(9))

        assert len(article_of(f"<main><p>{FIRST}</p><ul>{links}</ul></main>")) == 10


class TestOrphans:
    def test_a_label_goes_with_the_list_that_the_extractor_left_out(self) -> None:
        rail = "<section><div><h3>Most read</h3></div><ul><li>How I bake a cake</li><li>Pies</li></ul></section>"

        assert article_of(f"<main>{paragraphs(*PROSE)}</main>{rail}", left_out=["How I bake a cake", "Pies"]) == PROSE

    def test_a_heading_stays_without_the_button_beside_it(self) -> None:
        heading = "<div><h2>The oven</h2><span>Copy</span></div>"
        body = f"<main>{paragraphs(FIRST, SECOND)}{heading}<p>{THIRD}</p></main>"

        assert article_of(body, left_out=["Copy"]) == [FIRST, SECOND, "The oven", THIRD]


class TestMarkedBody:
    def test_what_stands_outside_of_it_is_left_out(self) -> None:
        body = f'<main><p>Baked in a village.</p><div itemprop="articleBody">{paragraphs(*PROSE)}</div></main>'

        assert article_of(body) == PROSE

    def test_a_mark_on_a_small_part_means_nothing(self) -> None:
        body = f'<main><div itemprop="articleBody"><p>It takes a night.</p></div>{paragraphs(*PROSE)}</main>'

        assert article_of(body) == ["It takes a night.", *PROSE]


class TestInserts:
    @pytest.mark.parametrize(
        "name", ["cta", "post-promo", "pullquote", "nl_call-to-action", "related-links", "read-time"]
    )
    def test_boxes_are_left_out_by_their_names(self, name: str) -> None:
        body = f'<main><p>{FIRST}</p><div class="{name}"><p>Bake with us.</p></div>{paragraphs(SECOND, THIRD)}</main>'

        assert article_of(body) == PROSE

    def test_a_hover_card_inside_a_sentence_is_left_out(self) -> None:
        card = '<span class="hovercard-text"><b>Ann Baker</b> <a href="/cake">How to bake a cake</a></span>'
        body = f'<main>{paragraphs(FIRST, SECOND)}<p><i class="hovercard">Ann{card}</i> bakes on Sundays.</p></main>'

        assert article_of(body) == [FIRST, SECOND, "Ann bakes on Sundays."]

    def test_a_word_with_a_tooltip_stays_in_its_sentence(self) -> None:
        body = f'<main>{paragraphs(FIRST, SECOND)}<p><i class="tooltip">Rye</i> is a grain.</p></main>'

        assert article_of(body) == [FIRST, SECOND, "Rye is a grain."]

    @pytest.mark.parametrize("name", ["nectar", "octagon", "spectacle"])
    def test_names_that_only_contain_such_letters_mean_nothing(self, name: str) -> None:
        body = f'<main>{paragraphs(*PROSE)}<div class="{name}"><p>Bake with us.</p></div></main>'

        assert article_of(body) == [*PROSE, "Bake with us."]

    def test_the_container_of_the_article_may_have_any_name(self) -> None:
        assert article_of(f'<main class="promo">{paragraphs(*PROSE)}</main>') == PROSE


class TestSignOff:
    @pytest.mark.parametrize(
        "end",
        [
            "Follow Ann Baker on Instagram or read her book.",
            "Subscribe to our weekly newsletter for more bread.",
            "Filed under: Bread",
            "Source: the baker next door",
            "© 2024 Ann Baker",
            "Updated at 1:23 p.m.",
            "You may also like",
            "Related posts",
            "Ann Baker can be reached at ann@example.org.",
        ],
    )
    def test_the_end_is_left_out_from_where_it_is_no_more_the_article(self, end: str) -> None:
        assert article_of(f"<main>{paragraphs(*PROSE, end, 'Bye.')}</main>") == PROSE

    @pytest.mark.parametrize(
        "text",
        [
            "The bakers follow the rules on salt.",
            "You get bread from flour.",
            "I subscribe to the view that bread is good.",
        ],
    )
    def test_sentences_with_such_words_stay(self, text: str) -> None:
        assert article_of(f"<main>{paragraphs(*PROSE, text)}</main>") == [*PROSE, text]

    def test_calls_in_the_midst_of_an_article_stay(self) -> None:
        call = "Subscribe to our weekly newsletter for more bread."

        assert article_of(f"<main>{paragraphs(call, *PROSE)}</main>") == [call, *PROSE]

    def test_code_at_the_end_stays_whole(self) -> None:
        body = f"<main>{paragraphs(*PROSE)}<p>Read more:</p><pre>bake()\nserve()</pre></main>"

        assert article_of(body) == [*PROSE, "Read more:", "bake()", "serve()"]
