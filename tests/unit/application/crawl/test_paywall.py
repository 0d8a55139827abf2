import pytest

from llm_engineering.application.crawl.parsing import parsed_page
from llm_engineering.application.crawl.paywall import paywall_of

FILLING = "<p>" + "word " * 60 + "</p>"


def sign(body: str, *, words: int = 120, platform: str = "ada.dev") -> str | None:
    page = parsed_page(f"<html><body><article>{FILLING}</article>{body}</body></html>")
    assert page is not None
    return paywall_of(page, platform).sign(lambda: words)


def json_ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


class TestSchemaOrg:
    @pytest.mark.parametrize(
        "text",
        [
            '{"@type": "NewsArticle", "isAccessibleForFree": false}',
            '{"@type": "BlogPosting", "isAccessibleForFree": "False"}',
            '{"@type": ["Article", "Thing"], "isAccessibleForFree": "http://schema.org/False"}',
            '{"@graph": [{"@type": "WebSite"}, {"@type": "Article", "isAccessibleForFree": "false"}]}',
            '[{"@type": "Article", "hasPart": {"isAccessibleForFree": false, "cssSelector": ".paid"}}]',
        ],
    )
    def test_a_stub_that_is_declared_as_not_free(self, text: str) -> None:
        assert sign(json_ld(text)) == "isAccessibleForFree is false, and there are 120 words of it"

    @pytest.mark.parametrize(
        "text",
        [
            '{"@type": "Article", "isAccessibleForFree": true}',
            '{"@type": "Article", "isAccessibleForFree": "True"}',
            '{"@type": "Product", "isAccessibleForFree": false}',
            '{"@type": "WebSite", "about": {"@type": "Article", "isAccessibleForFree": false}}',
            '{"@type": "Article", "isAccessibleForFree": false',
            "[" * 5000,
            '{"@type": "Article"}',
        ],
    )
    def test_what_declares_nothing_of_the_article(self, text: str) -> None:
        assert sign(json_ld(text)) is None

    def test_an_article_that_is_whole_is_kept_though_it_is_sold(self) -> None:
        assert sign(json_ld('{"@type": "Article", "isAccessibleForFree": false}'), words=900) is None

    @pytest.mark.parametrize(("words", "is_cut"), [(900, False), (400, True), (600, False)])
    def test_the_declared_number_of_words_decides(self, words: int, is_cut: bool) -> None:
        text = '{"@type": "Article", "isAccessibleForFree": false, "wordCount": "1000"}'

        assert (sign(json_ld(text), words=words) is not None) is is_cut

    @pytest.mark.parametrize("number", ['"many"', "null", "1e999", "{}"])
    def test_a_number_of_words_that_is_none(self, number: str) -> None:
        text = '{"@type": "Article", "isAccessibleForFree": false, "wordCount": N}'.replace("N}", f"{number}}}")

        assert sign(json_ld(text)) is not None
        assert sign(json_ld(text), words=900) is None

    def test_a_paid_part_that_was_sent_is_there(self) -> None:
        text = (
            '{"@type": "Article", "isAccessibleForFree": false,'
            '"hasPart": [{"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": ".paid, .more"}]}'
        )

        assert sign(json_ld(text) + f'<div class="more">{FILLING}</div>') is None
        assert sign(json_ld(text) + '<div class="more">Subscribe!</div>') is not None


class TestMedium:
    STATE = '<script>window.__APOLLO_STATE__ = {"content": {"isLockedPreviewOnly":%s}}</script>'
    NOTE = (
        "<div><h2>Create an account to read the full story.</h2>"
        "<p>The author made this story available to Medium members only.</p></div>"
    )

    def test_the_state_says_that_a_story_is_cut(self) -> None:
        assert sign(self.STATE % "true", words=900, platform="medium") == "Medium's state isLockedPreviewOnly"

    def test_a_story_for_members_that_is_whole_is_kept(self) -> None:
        body = json_ld('{"@type": "NewsArticle", "isAccessibleForFree": false}') + "<p>Member-only story</p>"

        assert sign(body + self.STATE % "false", platform="medium") is None
        assert sign(body, platform="medium") is None

    def test_the_note_below_a_preview(self) -> None:
        assert sign(self.NOTE, platform="medium") == "Medium's note that the rest is for members"

    def test_a_story_about_the_note_is_kept_where_the_state_says_that_it_is_whole(self) -> None:
        assert sign(self.NOTE + self.STATE % "false", platform="medium") is None

    def test_the_note_decides_where_the_state_speaks_of_several_stories(self) -> None:
        states = self.STATE % "true" + self.STATE % "false"

        assert sign(states, platform="medium") is None
        assert sign(states + self.NOTE, platform="medium") is not None

    def test_the_note_elsewhere_is_a_quote(self) -> None:
        assert sign(self.NOTE) is None


@pytest.mark.parametrize(
    "body",
    [
        '<div class="paywall" data-testid="paywall" role="region"><h2>Keep reading with a 7-day free trial</h2></div>',
        '<div data-component-name="Paywall"><h2>This post is for paid subscribers</h2></div>',
    ],
)
def test_the_wall_of_substack(body: str) -> None:
    assert sign(body, words=900, platform="substack") == "Substack's note that the rest is for subscribers"
    assert sign(body, words=900) is None


def test_what_substack_shows_below_free_posts_is_no_wall() -> None:
    assert (
        sign('<div class="subscription-widget">This post is for paid subscribers too</div>', platform="substack")
        is None
    )


def test_the_note_of_ghost() -> None:
    body = '<aside class="gh-post-upgrade-cta"><h2>This post is for paying subscribers only</h2></aside>'

    assert sign(body, words=900) == "Ghost's note that the rest is for members"


def test_the_styles_of_ghost_are_in_all_pages() -> None:
    assert sign("<style>.gh-post-upgrade-cta {display: flex}</style>") is None
