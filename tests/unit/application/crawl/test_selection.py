import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from llm_engineering.application.crawl.html_tree import PageText
from llm_engineering.application.crawl.rendering import Renderer
from llm_engineering.application.crawl.selection import keep_only
from llm_engineering.application.crawl.styles import PLAIN_TEXT

LONG = "The dough rests for a night in a cool place and doubles."


def kept(body: str, *pieces: str) -> str:
    tree = document_fromstring(f"<html><body>{body}</body></html>")
    keep_only(PageText(tree), pieces)
    return Renderer(PLAIN_TEXT, "https://example.org/").render(tree)


def test_only_the_pieces_stay() -> None:
    assert kept("<nav>Home</nav><p>Bread</p><p>Salt</p><footer>Contact</footer>", "Bread", "Salt") == "Bread\nSalt"


def test_without_pieces_nothing_stays() -> None:
    assert kept("<p>Bread</p><pre>code</pre>") == ""
    assert kept("<pre>code</pre>") == ""


def test_punctuation_and_spaces_do_not_matter() -> None:
    assert kept("<p>Bread, <b>salt</b> &amp; water!</p>", "Bread salt\nwater") == "Bread, salt & water!"


def test_spaces_with_an_element_of_their_own_keep_words_apart() -> None:
    assert kept("<p>Bread<b> </b>and salt</p>", "Bread", "and salt") == "Bread and salt"


def test_a_piece_may_go_over_many_elements() -> None:
    assert kept("<p>Bread <i>and</i> <a href='x'>salt</a></p><p>no</p>", "Bread and salt") == "Bread and salt"


def test_a_word_that_is_elsewhere_too_is_found_beside_its_neighbours() -> None:
    html = f"<ul><li>Oven</li></ul><p>{LONG}</p><ul><li>Oven</li></ul><h2>Oven</h2><p>It has to be very hot.</p>"

    assert kept(html, LONG, "Oven", "It has to be very hot.") == f"{LONG}\nOven\nIt has to be very hot."


def test_what_stands_inside_a_piece_but_is_not_in_it_goes() -> None:
    html = "<p>The dough rests for a night <span>share this</span> in a cool place and doubles.</p>"

    assert kept(html, LONG) == LONG


def test_a_piece_that_was_moved_is_found_where_it_is() -> None:
    html = f"<p>First comes a line that is long enough.</p><p>{LONG}</p><p>no</p>"

    assert kept(html, LONG, "First comes a line that is long enough.") == (
        f"First comes a line that is long enough.\n{LONG}"
    )


def test_a_piece_that_is_nowhere_is_ignored() -> None:
    assert kept("<p>Bread</p>", "Bread", "x", "Something that the page does not say anywhere at all") == "Bread"


def test_a_table_stays_whole() -> None:
    table = "<table><tr><td>Wheat</td><td>1</td></tr><tr><td>Rye</td><td>2</td></tr></table>"

    assert kept(f"{table}<p>no</p>", "Wheat", "Rye") == "Wheat | 1\nRye | 2"


def test_a_table_goes_whole() -> None:
    table = "<table><tr><td>Archive</td><td>Categories</td></tr><tr><td>Home</td><td>Bread</td></tr></table>"

    assert kept(f"{table}<p>{LONG}</p>", "Bread", LONG) == LONG


@pytest.mark.parametrize(
    "html", ["<pre>bake()\n  now</pre>", "<div><pre>bake()\n  now</pre><button>Copy</button></div>"]
)
def test_a_code_block_among_text_stays_though_it_was_left_out(html: str) -> None:
    assert kept(f"<p>{LONG}</p>{html}<p>no</p>", LONG) == f"{LONG}\nbake()\n  now"


def test_a_code_block_among_other_text_goes() -> None:
    assert kept(f"<p>{LONG}</p><div class='comment'><p>no</p><pre>bake()</pre></div>", LONG) == LONG


def test_line_numbers_beside_code_go() -> None:
    html = "<table><tr><td><pre>1\n2</pre></td><td><pre>bake()\nwait()</pre></td></tr></table>"

    assert kept(html, "1 2", "bake() wait()") == "bake()\nwait()"


def test_spaces_and_line_breaks_between_kept_words_stay() -> None:
    assert kept("<p>Bread<br><a href='x'>no</a> and <b>salt</b></p>", "Bread", "and", "salt") == "Bread\nand salt"


@given(st.lists(st.text(alphabet="ab ", max_size=8), max_size=8), st.integers(0, 8))
def test_everything_that_is_in_pieces_stays(words: list[str], split: int) -> None:
    tree = document_fromstring(f"<html><body>{''.join(f'<p>{word}</p>' for word in words)}</body></html>")

    keep_only(PageText(tree), [" ".join(words[:split]), " ".join(words[split:])])

    assert "".join(tree.itertext()).replace(" ", "") == "".join(words).replace(" ", "")
