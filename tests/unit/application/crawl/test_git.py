from datetime import UTC, datetime

import pytest

from llm_engineering.application.crawl.fetching import FailureReason, RepositoryError
from llm_engineering.application.crawl.git import GitCrawler
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.links import parse_link
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import RepositoryDocument, document_id
from llm_engineering.domain.outcomes import Dropped
from tests.support.crawl_fakes import RepositoriesInMemory

ADA = Author.from_full_name("Ada Lovelace")
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
FIRST_COMMIT = f"{1:040}"
LINK = parse_link("https://github.com/ada/engine")


def engine(files: dict[str, bytes]) -> RepositoriesInMemory:
    """Return a host at which `LINK` is a repository with one commit."""
    repositories = RepositoriesInMemory("https://github.com/ada")
    repositories.committed(files, name="engine")
    return repositories


def crawled(
    files: dict[str, bytes], limits: CrawlLimits | None = None
) -> tuple[list[RepositoryDocument], list[Dropped]]:
    items = list(GitCrawler(engine(files), limits or CrawlLimits(), lambda: NOON).crawl(LINK, ADA))
    documents = [item for item in items if isinstance(item, RepositoryDocument)]
    return documents, [item for item in items if isinstance(item, Dropped)]


def test_a_file_becomes_a_document() -> None:
    (document,), dropped = crawled({"docs/a b.md": b"# A\r\n\r\nB  \n"})

    assert dropped == []
    assert document.link == "https://github.com/ada/engine/blob/HEAD/docs/a%20b.md"
    assert document.id == document_id(ADA.id, document.link)
    assert document.content.title == "ada/engine: docs/a b.md"
    assert document.content.text == "# A\r\n\r\nB  \n"
    assert document.content.language == "markdown"
    assert (document.platform, document.name, document.path) == ("github.com", "engine", "docs/a b.md")
    assert (document.repository, document.commit) == ("https://github.com/ada/engine", FIRST_COMMIT)
    assert (document.author_id, document.crawled_at) == (ADA.id, NOON)


def test_the_link_stays_the_same_from_commit_to_commit() -> None:
    repositories = engine({"a.py": b"1"})
    crawler = GitCrawler(repositories, CrawlLimits(), lambda: NOON)

    (before,) = crawler.crawl(LINK, ADA)
    repositories.committed({"a.py": b"2"}, name="engine")
    (after,) = crawler.crawl(LINK, ADA)

    assert isinstance(before, RepositoryDocument)
    assert isinstance(after, RepositoryDocument)
    assert (before.link, before.content.text) == (after.link, "1")
    assert (after.commit, after.content.text) == (f"{2:040}", "2")


def test_what_is_left_out_is_told_with_its_reason() -> None:
    _, dropped = crawled({"a.py": b"1", "b.png": b"\0", "poetry.lock": b"1", "sal\udce9": b"1"})

    assert [(drop.item, drop.reason) for drop in dropped] == [
        ("ada/engine: poetry.lock", "generated"),
        ("ada/engine: sal\\xe9", "not_utf8"),
        ("ada/engine: b.png", "binary"),
    ]
    assert dropped[0].detail.startswith("A program wrote it")


def test_files_over_the_cap_are_left_out() -> None:
    documents, dropped = crawled({"a": b"1", "b": b"\0", "c": b"3", "d": b"4"}, CrawlLimits(max_files=2))

    assert [document.path for document in documents] == ["a", "c"]
    assert [(drop.item, drop.reason) for drop in dropped] == [
        ("ada/engine: b", "binary"),
        ("ada/engine: d", "too_many_files"),
    ]


def test_bytes_over_the_cap_are_left_out() -> None:
    documents, dropped = crawled({"a": b"123", "b": b"4567", "c": b"89"}, CrawlLimits(max_repository_bytes=5))

    assert [document.path for document in documents] == ["a", "c"]
    assert [drop.reason for drop in dropped] == ["repository_too_large"]


def test_a_large_file_is_left_out() -> None:
    _, dropped = crawled({"a": b"123", "b": b"4567"}, CrawlLimits(max_file_bytes=3))

    assert [(drop.item, drop.reason) for drop in dropped] == [("ada/engine: b", "too_large")]


@pytest.mark.parametrize("files", [{}, {"a.png": b"\0"}])
def test_a_repository_without_text(files: dict[str, bytes]) -> None:
    with pytest.raises(RepositoryError, match="holds no text file") as caught:
        crawled(files)

    assert caught.value.reason is FailureReason.NO_CONTENT


def test_a_page_is_no_repository() -> None:
    crawler = GitCrawler(engine({}), CrawlLimits(), lambda: NOON)

    with pytest.raises(RepositoryError, match="is not the address of a git repository") as caught:
        list(crawler.crawl(parse_link("https://github.com/ada"), ADA))

    assert caught.value.reason is FailureReason.NOT_A_REPOSITORY


def test_the_snapshot_is_left_when_the_crawl_is_broken_off() -> None:
    repositories = engine({"a": b"1", "b": b"2"})
    crawl = GitCrawler(repositories, CrawlLimits(), lambda: NOON).crawl(LINK, ADA)

    next(crawl)
    states = [repositories.open_snapshots]
    crawl.close()

    assert [*states, repositories.open_snapshots] == [1, 0]


def test_what_git_says_is_handed_on() -> None:
    repositories = RepositoriesInMemory("https://github.com/ada")
    link = repositories.failing(FailureReason.EMPTY_REPOSITORY)

    with pytest.raises(RepositoryError) as caught:
        list(GitCrawler(repositories, CrawlLimits(), lambda: NOON).crawl(link, ADA))

    assert caught.value.reason is FailureReason.EMPTY_REPOSITORY
