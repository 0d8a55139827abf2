"""Export archives on disk, as the crawl reads them."""

import os
from pathlib import Path

import pytest

from llm_engineering.application.crawl.exports.archive import ArchiveLimits
from llm_engineering.application.crawl.exports.crawler import ExportCrawler, is_export
from llm_engineering.application.crawl.fetching import FailureReason, FileError
from llm_engineering.application.crawl.links import LocalLink, parse_link
from llm_engineering.application.crawl.sources import Source
from llm_engineering.application.crawl.visits import Item, Visit
from llm_engineering.domain.documents import ArticleDocument, PostDocument, RawDocument, document_id
from tests.support.exports import ADA, LINKEDIN, MEDIUM, NOON, SUBSTACK, X, crawled, reasons

pytestmark = pytest.mark.integration


def _documents(items: list[Item]) -> list[RawDocument]:
    return [item for item in items if isinstance(item, RawDocument)]


@pytest.mark.parametrize(
    ("link", "expected"),
    [("/tmp/a.zip", True), ("/tmp/A.ZIP", True), ("/tmp/a.tar", False), ("https://ada.dev/a.zip", False)],
)
def test_a_local_zip_file_is_an_export(link: str, expected: bool) -> None:
    assert is_export(parse_link(link)) is expected


def test_a_post_of_linkedin(tmp_path: Path) -> None:
    items, _ = crawled(tmp_path, LINKEDIN)
    post = _documents(items)[0]
    link = "https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A7448081445065035776"
    assert isinstance(post, PostDocument)
    assert (post.id, post.link, post.platform) == (document_id(ADA.id, link), link, "linkedin")
    assert post.content.title == 'The engine weaves "algebraic" patterns,'
    assert post.content.model_extra is not None
    assert post.content.model_extra["published_at"] == "2026-05-07T16:41:18"
    assert post.content.stripped_characters == 0
    assert (post.image, post.crawled_at, post.author_full_name) == (
        "https://media.licdn.com/dms/image/1",
        NOON,
        "Ada Lovelace",
    )


def test_invisible_characters_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = "2026-01-01,https://l.example/p,a\u200bb 👩\u200d💻\n2026-01-02,https://l.example/q,\u200b\n"
    items, _ = crawled(tmp_path, {"Shares.csv": f"Date,ShareLink,ShareCommentary\n{rows}"})
    assert reasons(items) == {"https://l.example/q": "no_words"}
    content = _documents(items)[0].content
    assert (content.title, content.text, content.stripped_characters) == ("ab 👩\u200d💻", "ab 👩\u200d💻", 1)


@pytest.mark.parametrize(
    ("members", "articles", "posts"), [(LINKEDIN, 1, 2), (MEDIUM, 1, 1), (SUBSTACK, 2, 0), (X, 0, 1)]
)
def test_each_service_gives_its_articles_and_posts(
    tmp_path: Path, members: dict[str, str], articles: int, posts: int
) -> None:
    items, end = crawled(tmp_path, members)
    kinds = [type(item) for item in _documents(items)]
    assert (kinds.count(ArticleDocument), kinds.count(PostDocument)) == (articles, posts)
    assert not end.is_complete


def test_private_members_are_counted_and_not_opened(tmp_path: Path) -> None:
    items, _ = crawled(tmp_path, LINKEDIN)
    file = (tmp_path / "export.zip").resolve().as_uri()
    assert reasons(items)[file] == "not_opened"
    assert not any("Secret" in item.model_dump_json() for item in items if isinstance(item, RawDocument))


def test_an_unchanged_archive_is_not_read_again(tmp_path: Path) -> None:
    _, first = crawled(tmp_path, MEDIUM)
    items, second = crawled(tmp_path, MEDIUM, known=first.freshness)
    assert items == []
    assert second.is_unchanged
    assert second.freshness == first.freshness


def test_a_new_archive_or_other_patterns_are_read(tmp_path: Path) -> None:
    _, first = crawled(tmp_path, MEDIUM)
    items, _ = crawled(tmp_path, MEDIUM, known=first.freshness, exclude=["*on-engines*"])
    assert "excluded" in reasons(items).values()
    os.utime(tmp_path / "export.zip", (0, 0))
    items, end = crawled(tmp_path, MEDIUM, known=first.freshness)
    assert len(_documents(items)) == 2
    assert not end.is_unchanged


class TestOwner:
    def test_the_archive_of_somebody_else_is_refused(self, tmp_path: Path) -> None:
        profile = "First Name,Last Name\nCharles,Babbage\n"
        with pytest.raises(FileError, match="belongs to 'Charles Babbage', not to 'Ada Lovelace'") as caught:
            crawled(tmp_path, LINKEDIN | {"Profile.csv": profile})
        assert caught.value.reason is FailureReason.OTHER_OWNER

    def test_an_archive_whose_owner_cannot_be_read_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(FileError, match=r"'Profile\.csv' is larger than 5 bytes") as caught:
            crawled(tmp_path, LINKEDIN, limits=ArchiveLimits(max_member_bytes=5))
        assert caught.value.reason is FailureReason.ARCHIVE_INVALID

    def test_the_owner_that_the_source_names_may_have_another_name(self, tmp_path: Path) -> None:
        profile = "First Name,Last Name\nAugusta,King\n"
        items, _ = crawled(tmp_path, LINKEDIN | {"Profile.csv": profile}, owner="Augusta King")
        assert len(_documents(items)) == 3


class TestFaults:
    def test_an_unknown_archive_says_what_was_looked_for(self, tmp_path: Path) -> None:
        with pytest.raises(FileError, match=r"LinkedIn: Shares\.csv") as caught:
            crawled(tmp_path, {"holiday.jpg": b"x"})
        assert caught.value.reason is FailureReason.NOT_AN_EXPORT

    def test_an_archive_without_published_words_fails_after_the_reasons(self, tmp_path: Path) -> None:
        with pytest.raises(FileError, match="LinkedIn holds nothing that was published") as caught:
            crawled(tmp_path, {"Profile.csv": LINKEDIN["Profile.csv"]})
        assert caught.value.reason is FailureReason.NO_CONTENT

    def test_a_missing_file_is_not_found(self, tmp_path: Path) -> None:
        link = LocalLink(tmp_path / "none.zip")
        visit = Visit(link, ADA, Source(link=str(link.path)))
        with pytest.raises(FileError) as caught:
            next(ExportCrawler(lambda: NOON).crawl(visit))
        assert caught.value.reason is FailureReason.NOT_FOUND

    def test_an_address_is_no_archive(self) -> None:
        visit = Visit(parse_link("https://ada.dev/a.zip"), ADA, Source(link="https://ada.dev/a.zip"))
        with pytest.raises(FileError, match="no file on this machine"):
            next(ExportCrawler(lambda: NOON).crawl(visit))

    def test_a_damaged_member_does_not_stop_the_others(self, tmp_path: Path) -> None:
        limits = ArchiveLimits(max_member_bytes=1500)
        items, _ = crawled(tmp_path, X | {"data/tweets-part1.js": "x" * 1501}, limits=limits)
        assert len(_documents(items)) == 1
        assert "too_large" in reasons(items).values()

    def test_a_piece_with_the_address_of_another_is_dropped(self, tmp_path: Path) -> None:
        row = "2026-01-01,https://l.example/p,One,,,\n"
        header = "Date,ShareLink,ShareCommentary,SharedUrl,MediaUrl,Visibility\n"
        items, _ = crawled(tmp_path, {"Shares.csv": header + row + row})
        assert [document.content.text for document in _documents(items)] == ["One"]
        assert reasons(items) == {"https://l.example/p": "duplicate"}

    def test_a_post_without_an_address_is_found_in_the_archive(self, tmp_path: Path) -> None:
        items, _ = crawled(
            tmp_path, {"all of it/Shares.csv": "Date,ShareLink,ShareCommentary\n2026-01-01 10:00:07,,One\n"}
        )
        file = (tmp_path / "export.zip").resolve().as_uri()
        assert _documents(items)[0].link == f"{file}#all%20of%20it/Shares.csv:20260101100007"
