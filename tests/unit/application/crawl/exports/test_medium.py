from llm_engineering.application.crawl.exports import medium
from llm_engineering.application.crawl.exports.pieces import Piece
from llm_engineering.domain.documents import Category
from tests.support.exports import MEDIUM, archive_of, medium_page, pieces, reasons


def _only(grafs: str, *, title: str = "T", subtitle: str = "") -> Piece:
    page = medium_page(title, subtitle, grafs, "https://ada.dev/t-0123456789ab")
    (piece,) = pieces(list(medium.read(archive_of({"posts/2024-01-01_T-0123456789ab.html": page}))))
    return piece


def test_a_story_becomes_an_article() -> None:
    story = pieces(list(medium.read(archive_of(MEDIUM))))[0]
    assert story.category is Category.ARTICLES
    assert (story.title, story.subtitle) == ("On Engines", "A first look")
    assert story.address == "https://medium.com/@ada/on-engines-7f2a57783f69"
    assert story.facts == {"published_at": "2023-12-17T15:08:19.728Z", "author": "Ada Lovelace 🦉"}
    assert story.text == (
        "It *weaves* patterns.\n\n![The mill](https://cdn-images-1.medium.com/max/800/1*uQ.png)\n\nPlate 1\n\n"
        "```\na = 1\nb = 2\n```"
    )


def test_a_response_becomes_a_post_without_a_title() -> None:
    response = pieces(list(medium.read(archive_of(MEDIUM))))[1]
    assert response.category is Category.POSTS
    assert (response.title, response.subtitle) == (None, None)
    assert response.text == "I agree entirely. But the cards matter."


def test_drafts_are_left_out() -> None:
    assert reasons(list(medium.read(archive_of(MEDIUM)))) == {"posts/draft_Unfinished-aabbccddeeff.html": "draft"}


def test_an_old_story_marks_its_title_by_its_words_only() -> None:
    piece = _only('<h2 class="graf graf--h2">T</h2><p>Body</p>')
    assert (piece.category, piece.title, piece.text) == (Category.ARTICLES, "T", "Body")


def test_a_summary_of_the_settings_is_the_subtitle_but_an_excerpt_is_none() -> None:
    heading = '<h3 class="graf--title">T</h3>'
    assert _only(f"{heading}<p>Body</p>", subtitle="Set by hand").subtitle == "Set by hand"
    assert _only(f"{heading}<p>Body and more</p>", subtitle="Body and").subtitle is None
    assert _only(f"{heading}<p>Body and more</p>", subtitle="Other words…").subtitle is None


def test_sections_below_a_divider_are_read() -> None:
    assert _only("<p>One</p></div></div></section><section><hr><div><div><p>Two</p>").text == "One\n\nTwo"


def test_elements_that_are_nested_without_end_are_left_out() -> None:
    name = "posts/2024-01-01_T-0123456789ab.html"
    page = medium_page("T", "", "<p>" + "<b>" * 5000 + "x", "https://ada.dev/t")
    assert reasons(list(medium.read(archive_of({name: page})))) == {name: "unknown_layout"}


def test_a_page_without_a_body_is_dropped() -> None:
    name = "posts/2024-01-01_T-0123456789ab.html"
    assert reasons(list(medium.read(archive_of({name: "<html></html>"})))) == {name: "unknown_layout"}


def test_a_story_of_a_title_only_is_left_out() -> None:
    name = "posts/2024-01-01_T-0123456789ab.html"
    page = medium_page("T", "", '<h3 class="graf--title">T</h3>', "https://ada.dev/t")
    assert reasons(list(medium.read(archive_of({name: page})))) == {name: "no_content"}


def test_a_picture_without_a_description_is_left_out() -> None:
    assert _only('<p>One</p><figure><img src="https://ada.dev/1.png"></figure><p>Two</p>').text == "One\n\nTwo"
