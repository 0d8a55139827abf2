from llm_engineering.application.crawl.exports import substack
from llm_engineering.application.crawl.exports.archive import ArchiveLimits
from tests.support.exports import SUBSTACK, archive_of, pieces, reasons


def test_published_posts_become_articles() -> None:
    first, paid = pieces(list(substack.read(archive_of(SUBSTACK))))
    assert first.title == "First, a letter"
    assert first.subtitle == "On beginnings"
    assert first.address == "https://adaletters.substack.com/p/first-letter"
    assert first.facts["published_at"] == "2026-07-18T04:27:59.900Z"
    assert (paid.text, paid.facts["audience"]) == ("Paid words.", "only_paid")


def test_forms_and_buttons_are_no_part_of_the_text() -> None:
    first = pieces(list(substack.read(archive_of(SUBSTACK))))[0]
    link = "[this](https://adaletters.substack.com/p/older)"
    assert first.text == f"## Part one\n\nIt begins.\n\n> A quote.\n\nSee {link}."


def test_drafts_and_posts_without_a_page_are_left_out() -> None:
    assert reasons(list(substack.read(archive_of(SUBSTACK)))) == {
        "posts/333.rough-idea.html": "draft",
        "posts.csv:444.thread": "no_content",
    }


def test_without_the_name_of_the_publication_there_is_no_address() -> None:
    members = {name: text for name, text in SUBSTACK.items() if not name.startswith("email_list")}
    assert [piece.address for piece in pieces(list(substack.read(archive_of(members))))] == [None, None]


def test_a_post_id_may_be_the_number_alone() -> None:
    table = "post_id,post_date,is_published,title\n111,2026-01-01,TRUE,One\n"
    found = substack.read(archive_of({"posts.csv": table, "posts/111.one.html": "<p>Text</p>"}))
    assert [(piece.title, piece.text) for piece in pieces(list(found))] == [("One", "Text")]


def test_pages_without_text_or_that_are_too_large_do_not_stop_the_others() -> None:
    table = "post_id,post_date,is_published,title\n1.a,,true,A\n2.b,,true,B\n3.c,,true,C\n"
    pages = {"posts/1.a.html": "", "posts/2.b.html": "x" * 200, "posts/3.c.html": "<p>C</p>"}
    found = list(substack.read(archive_of({"posts.csv": table, **pages}, ArchiveLimits(max_member_bytes=150))))
    assert reasons(found) == {"posts/1.a.html": "no_content", "posts/2.b.html": "too_large"}
    assert [piece.text for piece in pieces(found)] == ["C"]


def test_a_page_that_the_table_does_not_list_is_left_out() -> None:
    table = "post_id,post_date,is_published,title\n"
    found = substack.read(archive_of({"posts.csv": table, "posts/9.lost.html": "<p>Text</p>"}))
    assert reasons(list(found)) == {"posts/9.lost.html": "not_listed"}
