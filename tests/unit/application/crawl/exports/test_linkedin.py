import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.crawl.exports import linkedin
from llm_engineering.application.crawl.exports.archive import ArchiveLimits, MemberError
from llm_engineering.domain.documents import Category
from tests.support.exports import LINKEDIN, archive_of, pieces, reasons

_SHARES = "Date,ShareLink,ShareCommentary,SharedUrl,MediaUrl,Visibility\n"


def _share(commentary: str) -> str:
    (piece,) = pieces(
        list(linkedin.read(archive_of({"Shares.csv": f"{_SHARES}2026-01-01 10:00:00,,{commentary},,,\n"})))
    )
    return piece.text


class TestShares:
    def test_a_share_is_a_post(self) -> None:
        share = pieces(list(linkedin.read(archive_of(LINKEDIN))))[0]
        assert share.category is Category.POSTS
        assert share.text == 'The engine weaves "algebraic" patterns,\njust as the loom weaves flowers.'
        assert share.address == "https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A7448081445065035776"
        assert share.image == "https://media.licdn.com/dms/image/1"
        assert share.facts == {
            "published_at": "2026-05-07T16:41:18",
            "shared_url": "https://ada.dev/notes",
            "visibility": "MEMBER_NETWORK",
        }

    def test_a_share_without_words_is_left_out(self) -> None:
        found = reasons(list(linkedin.read(archive_of(LINKEDIN))))
        assert found == {"Shares_155814142.csv:20260401120000": "no_words"}

    def test_quotes_around_each_line_are_removed(self) -> None:
        assert _share('"First line.""\n""\n""Said """"hi"""" twice."') == 'First line.\n\nSaid "hi" twice.'

    def test_an_empty_line_may_be_two_quotes(self) -> None:
        assert _share('"One""\n""""\n""Two"') == "One\n\nTwo"

    @pytest.mark.parametrize("words", ['"First" line\n"second" line', 'He said "hi"\n"bye", she said'])
    def test_quotes_of_the_author_stay(self, words: str) -> None:
        doubled = words.replace('"', '""')
        assert _share(f'"{doubled}"') == words

    def test_carriage_returns_are_line_breaks(self) -> None:
        assert _share('"one\r\ntwo"') == "one\ntwo"

    def test_a_share_without_a_link_has_a_place_only(self) -> None:
        (piece,) = pieces(list(linkedin.read(archive_of({"Shares.csv": f"{_SHARES}2026-01-01 10:00:00,,Hi,,,\n"}))))
        assert (piece.place, piece.address) == ("Shares.csv:20260101100000", None)

    def test_byte_order_mark_notes_and_a_folder_are_passed_over(self) -> None:
        table = f'\ufeffNotes:\n"About this table, at length"\n\n{_SHARES}2026-01-01,,Hello,,,\n'
        (piece,) = pieces(list(linkedin.read(archive_of({"Complete_LinkedInDataExport/Shares.csv": table}))))
        assert (piece.text, piece.facts["published_at"]) == ("Hello", "2026-01-01")

    def test_a_table_with_other_columns_is_dropped(self) -> None:
        found = list(linkedin.read(archive_of({"Shares.csv": "Foo,Bar\n1,2\n"})))
        assert reasons(found) == {"Shares.csv": "unknown_columns"}


class TestComments:
    def test_a_comment_is_a_post_with_an_address_of_its_own(self) -> None:
        comment = pieces(list(linkedin.read(archive_of(LINKEDIN))))[1]
        post = "https://www.linkedin.com/feed/update/urn%3Ali%3AugcPost%3A7458194261025673216"
        assert comment.text == 'It has no pretensions to "originate" anything,\nI think.'
        assert comment.address == f"{post}#comment-20260508093000"
        assert comment.facts == {"published_at": "2026-05-08T09:30:00", "in_reply_to": post}

    def test_comments_on_one_post_differ_however_they_are_dated(self) -> None:
        days = ("2026-05-08 09:30:00", "2026-05-08", "2026-05-08", "")
        rows = "".join(f"{day},https://l.example/p,{number}\n" for number, day in enumerate(days))
        found = pieces(list(linkedin.read(archive_of({"Comments.csv": f"Date,Link,Message\n{rows}"}))))
        assert [piece.text for piece in found] == ["0", "1", "2", "3"]
        assert len({piece.address for piece in found}) == 4

    @given(words=st.text(st.sampled_from('a ",'), min_size=1).filter(str.strip))
    def test_either_way_to_escape_quotes_is_read(self, words: str) -> None:
        for escaped in ('""', r"\""):
            cell = words.replace('"', escaped)
            table = f'Date,Link,Message\n2026-05-08 09:30:00,https://l.example/p,"{cell}"\n'
            (piece,) = pieces(list(linkedin.read(archive_of({"Comments.csv": table}))))
            assert piece.text == words.strip()

    def test_a_comment_without_words_is_left_out(self) -> None:
        table = "Date,Link,Message\n2026-05-08 09:30:00,https://l.example/p,\n"
        found = list(linkedin.read(archive_of({"Comments.csv": table})))
        assert reasons(found) == {"Comments.csv:20260508093000": "no_words"}

    def test_a_row_with_too_many_cells_does_not_stop_the_others(self) -> None:
        rows = "2026-05-08,https://l.example/p,One, unquoted\n2026-05-09,https://l.example/p,Two\n"
        found = list(linkedin.read(archive_of({"Comments.csv": f"Date,Link,Message\n{rows}"})))
        assert reasons(found) == {"Comments.csv:1": "malformed_row"}
        assert [piece.text for piece in pieces(found)] == ["Two"]


class TestArticles:
    def test_an_article_becomes_markdown(self) -> None:
        article = pieces(list(linkedin.read(archive_of(LINKEDIN))))[2]
        assert article.category is Category.ARTICLES
        assert article.title == "Notes on the engine"
        assert (
            article.text == "The engine can do **whatever we know** how to order it.\n\n### Loops\n\n- cards\n- backing"
        )
        assert article.address == "https://www.linkedin.com/pulse/notes-engine-ada-lovelace-tvl1f"
        assert article.facts == {"published_at": "2026-02-24T00:09"}

    def test_an_article_without_a_date_of_publication_is_a_draft(self) -> None:
        html = '<body><h1>Later</h1><p class="created">Created on 2026-02-24 00:06</p><div><p>x</p></div></body>'
        assert reasons(list(linkedin.read(archive_of({"Articles/Articles/later.html": html})))) == {
            "Articles/Articles/later.html": "draft"
        }

    def test_an_article_without_text_is_left_out(self) -> None:
        html = '<body><h1>Now</h1><p class="published">Published on 2026-02-24 00:06</p><div></div></body>'
        assert reasons(list(linkedin.read(archive_of({"Articles/now.html": html})))) == {
            "Articles/now.html": "no_content"
        }


class TestOwner:
    def test_the_profile_names_the_owner(self) -> None:
        assert linkedin.owner_of(archive_of(LINKEDIN)) == "Ada Lovelace"

    @pytest.mark.parametrize(
        "members",
        [
            {"Shares.csv": _SHARES},
            {"Profile.csv": ""},
            {"Profile.csv": "First Name,Last Name\n"},
            {"Profile.csv": "First Name,Last Name\n,\n"},
        ],
    )
    def test_without_a_name_in_a_profile_the_owner_is_unknown(self, members: dict[str, str]) -> None:
        assert linkedin.owner_of(archive_of(members)) is None

    def test_a_profile_that_cannot_be_read_fails(self) -> None:
        with pytest.raises(MemberError, match="larger than 5 bytes"):
            linkedin.owner_of(archive_of(LINKEDIN, ArchiveLimits(max_member_bytes=5)))
