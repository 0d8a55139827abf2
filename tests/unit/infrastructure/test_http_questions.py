import pytest
from pydantic import SecretStr

from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.application.crawl.links import web_link
from llm_engineering.application.crawl.port import Freshness
from llm_engineering.infrastructure.http_client import Answer
from llm_engineering.infrastructure.http_questions import Question

PAGE = "https://ada.dev/a"
MONDAY = "Mon, 02 Nov 2026 08:00:00 GMT"
TUESDAY = "Tue, 03 Nov 2026 08:00:00 GMT"


def question(url: str = PAGE, *, known: Freshness | None = None, token: str | None = None) -> Question:
    return Question(web_link(url), known or {}, "text/html", SecretStr(token) if token is not None else None)


def answer(url: str = PAGE, status: int = 200, **headers: str) -> Answer:
    return Answer(web_link(url), status, {name.replace("_", "-"): value for name, value in headers.items()}, b"")


class TestConditions:
    def test_a_first_visit_has_none(self) -> None:
        assert question().headers(web_link(PAGE)) == {"Accept": "text/html"}

    def test_what_is_known_is_handed_in(self) -> None:
        asked = question(known={"etag": 'W/"1"', "last_modified": MONDAY, "commit": "abc"})

        assert asked.headers(web_link(PAGE)) == {
            "Accept": "text/html",
            "If-None-Match": 'W/"1"',
            "If-Modified-Since": MONDAY,
        }

    def test_the_freshness_of_one_page_is_not_handed_in_for_another(self) -> None:
        asked = question(known={"etag": '"1"'})

        assert asked.headers(web_link("https://ada.dev/b")) == {"Accept": "text/html"}

    def test_the_freshness_of_a_redirected_page_is_handed_in_at_its_target(self) -> None:
        asked = question(known={"etag": '"1"', "redirected_to": "https://ada.dev/b"})

        assert "If-None-Match" not in asked.headers(web_link(PAGE))
        assert asked.headers(web_link("https://ada.dev/b"))["If-None-Match"] == '"1"'

    def test_a_server_that_was_not_asked_whether_a_page_changed_cannot_say_that_it_did_not(self) -> None:
        assert question(known={"etag": '"1"'}).is_answered_by(answer(status=304))
        assert not question().is_answered_by(answer(status=304))
        assert not question(known={"etag": '"1"'}).is_answered_by(answer("https://ada.dev/b", 304))
        assert not question(known={"etag": '"1"'}).is_answered_by(answer(status=200))


class TestFreshness:
    def test_it_is_what_the_answer_states(self) -> None:
        assert question().freshness(answer(etag='"1"', last_modified=MONDAY)) == {
            "etag": '"1"',
            "last_modified": MONDAY,
        }

    def test_an_answer_that_states_nothing_has_none(self) -> None:
        assert question(known={"etag": '"1"'}).freshness(answer()) == {}

    def test_of_an_unchanged_page_it_is_kept_or_renewed(self) -> None:
        asked = question(known={"etag": '"1"', "last_modified": MONDAY, "commit": "abc"})

        assert asked.freshness(answer(status=304)) == {"etag": '"1"', "last_modified": MONDAY}
        assert asked.freshness(answer(status=304, last_modified=TUESDAY)) == {"etag": '"1"', "last_modified": TUESDAY}

    def test_after_a_redirect_it_says_whose_it_is(self) -> None:
        fresh = question().freshness(answer("https://ada.dev/b", etag='"1"'))

        assert fresh == {"etag": '"1"', "redirected_to": "https://ada.dev/b"}


class TestToken:
    @pytest.mark.parametrize(
        "url",
        [
            "https://api.ada.dev/x",
            "https://api.ada.dev:8443/",
            "http://127.0.0.1:9/",
            "http://[::1]/",
            "http://localhost/",
        ],
    )
    def test_it_goes_where_nobody_else_can_read_it(self, url: str) -> None:
        assert question(url, token="abc.DEF-1").headers(web_link(url))["Authorization"] == "Bearer abc.DEF-1"

    @pytest.mark.parametrize("url", ["http://api.ada.dev/", "http://10.0.0.1/", "http://127.0.0.1.evil.org/"])
    def test_it_does_not_go_over_an_open_line(self, url: str) -> None:
        assert "Authorization" not in question(url, token="abc").headers(web_link(url))

    @pytest.mark.parametrize(
        "hop",
        [
            "https://evil.org/x",
            "https://ada.dev/x",
            "https://api.ada.dev.evil.org/x",
            "https://api.ada.dev:8443/x",
            "http://api.ada.dev/x",
        ],
    )
    def test_it_goes_to_no_other_origin(self, hop: str) -> None:
        assert "Authorization" not in question("https://api.ada.dev/", token="abc").headers(web_link(hop))

    def test_it_goes_along_with_a_redirect_of_its_own_origin(self) -> None:
        headers = question("https://api.ada.dev/a", token="abc").headers(web_link("https://api.ada.dev/b"))

        assert headers["Authorization"] == "Bearer abc"

    @pytest.mark.parametrize("token", ["", "se cret", "secret\n", "secret\r\nX-Other: 1", "s\u00e9cret"])
    def test_what_no_token_can_be_is_refused_without_being_shown(self, token: str) -> None:
        with pytest.raises(FetchError, match=r"The token for ada\.dev is empty or holds a character") as caught:
            question(token=token)

        assert caught.value.reason is FailureReason.FORBIDDEN
        assert "cret" not in str(caught.value)

    def test_it_is_not_shown(self) -> None:
        assert "abc.DEF" not in repr(question(token="abc.DEF"))
