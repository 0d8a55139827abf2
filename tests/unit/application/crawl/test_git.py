import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from llm_engineering.application.crawl.fetching import FailureReason, RepositoryError
from llm_engineering.application.crawl.git import GitCrawler
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.links import Link, parse_link
from llm_engineering.application.crawl.port import NOTHING_KNOWN, Freshness
from llm_engineering.application.crawl.sources import Source
from llm_engineering.application.crawl.visits import Item, Visit, Visited, VisitEnd
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import RepositoryDocument, document_id
from llm_engineering.domain.outcomes import Dropped
from tests.support.crawl_fakes import RepositoriesInMemory

ADA = Author.from_full_name("Ada Lovelace")
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
FIRST_COMMIT = f"{1:040}"
ADDRESS = "https://github.com/ada/engine"
LINK = parse_link(ADDRESS)
PROFILE = Source(link="https://github.com/ada", include=("ada/*",))
NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"kernelspec": {"name": "python3"}},
    "cells": [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Plot"},
        {
            "cell_type": "code",
            "id": "b",
            "metadata": {},
            "execution_count": 1,
            "source": "plot()",
            "outputs": [{"output_type": "display_data", "metadata": {}, "data": {"image/png": "AAAA"}}],
        },
    ],
}


def engine(files: dict[str, bytes]) -> RepositoriesInMemory:
    """Return a host at which `LINK` is a repository with one commit."""
    repositories = RepositoriesInMemory("https://github.com/ada")
    repositories.committed(files, name="engine")
    return repositories


class WholeVisit:
    """The items of a visit; when there are no more, its end."""

    def __init__(self, visit: Visited) -> None:
        self.visit = visit
        self.end = VisitEnd()

    def __iter__(self) -> Iterator[Item]:
        self.end = yield from self.visit


def visited(
    repositories: RepositoriesInMemory,
    *,
    link: Link = LINK,
    source: Source | None = None,
    known: Freshness = NOTHING_KNOWN,
    limits: CrawlLimits | None = None,
) -> tuple[list[Item], VisitEnd]:
    """Return all that a visit yields, and how it ends."""
    crawler = GitCrawler(repositories, limits or CrawlLimits(), lambda: NOON)
    visit = WholeVisit(crawler.crawl(Visit(link, ADA, source or Source(link=ADDRESS), known)))
    return list(visit), visit.end


def crawled(
    files: dict[str, bytes], limits: CrawlLimits | None = None, source: Source | None = None
) -> tuple[list[RepositoryDocument], list[Dropped]]:
    items, _ = visited(engine(files), limits=limits, source=source)
    documents = [item for item in items if isinstance(item, RepositoryDocument)]
    return documents, [item for item in items if isinstance(item, Dropped)]


class TestDocuments:
    def test_a_file_becomes_a_document(self) -> None:
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
        assert document.licence is None

    def test_the_link_stays_the_same_from_commit_to_commit(self) -> None:
        repositories = engine({"a.py": b"1"})

        (before,), _ = visited(repositories)
        repositories.committed({"a.py": b"2"}, name="engine")
        (after,), _ = visited(repositories)

        assert isinstance(before, RepositoryDocument)
        assert isinstance(after, RepositoryDocument)
        assert (before.link, before.content.text) == (after.link, "1")
        assert (after.commit, after.content.text) == (f"{2:040}", "2")

    def test_each_document_has_the_licence_of_the_repository(self) -> None:
        documents, dropped = crawled({
            "LICENSE": b"Apache License\nVersion 2.0, January 2004",
            "a.py": b"1",
            "b/c.py": b"2",
        })

        assert [document.licence for document in documents] == ["Apache-2.0", "Apache-2.0"]
        assert [drop.reason for drop in dropped] == ["licence"]

    def test_a_notebook_becomes_markdown(self) -> None:
        (document,), dropped = crawled({"a.ipynb": json.dumps(NOTEBOOK).encode()})

        assert document.content.text == "# Plot\n\n```python\nplot()\n```\n"
        assert document.content.language == "markdown"
        assert [(drop.item, drop.reason) for drop in dropped] == [("ada/engine: a.ipynb", "notebook_output")]
        assert dropped[0].detail.endswith("Of its outputs are left out: pictures (1).")

    def test_the_words_come_before_the_code(self) -> None:
        paths = ("a.py", "b.ipynb", "docs/logo.js", "guide.rst", "src/README.md", "README.md", "z.txt")
        documents, _ = crawled({path: json.dumps(NOTEBOOK).encode() if path == "b.ipynb" else b"x" for path in paths})

        assert [document.path for document in documents] == [
            "README.md", "src/README.md", "docs/logo.js", "guide.rst", "z.txt", "b.ipynb", "a.py",
        ]  # fmt: skip


class TestWhatIsLeftOut:
    def test_it_is_told_with_its_reason(self) -> None:
        _, dropped = crawled({"a.py": b"1", "b.dat": b"\0", "c.png": b"x", "poetry.lock": b"1", "sal\udce9": b"1"})

        assert [(drop.item, drop.reason) for drop in dropped] == [
            ("ada/engine: c.png", "binary"),
            ("ada/engine: poetry.lock", "generated"),
            ("ada/engine: sal\\xe9", "not_utf8"),
            ("ada/engine: b.dat", "binary"),
        ]
        assert dropped[1].detail.startswith("A program wrote it")

    def test_a_broken_notebook(self) -> None:
        _, dropped = crawled({"a.py": b"1", "b.ipynb": b"{"})

        assert [drop.reason for drop in dropped] == ["broken_notebook"]
        assert dropped[0].detail.startswith("It is no notebook that can be read: Notebook does not appear to be JSON")

    def test_a_notebook_without_cells(self) -> None:
        _, dropped = crawled({"a.py": b"1", "b.ipynb": json.dumps({**NOTEBOOK, "cells": []}).encode()})

        assert [drop.reason for drop in dropped] == ["empty"]

    def test_files_over_the_cap(self) -> None:
        documents, dropped = crawled({"a": b"1", "b": b"\0", "c": b"3", "d": b"4"}, CrawlLimits(max_files=2))

        assert [document.path for document in documents] == ["a", "c"]
        assert [(drop.item, drop.reason) for drop in dropped] == [
            ("ada/engine: b", "binary"),
            ("ada/engine: d", "too_many_files"),
        ]

    def test_the_cap_cuts_code_not_words(self) -> None:
        documents, _ = crawled({"a.py": b"1", "z/README.md": b"2"}, CrawlLimits(max_files=1))

        assert [document.path for document in documents] == ["z/README.md"]

    def test_bytes_over_the_cap(self) -> None:
        documents, dropped = crawled({"a": b"123", "b": b"4567", "c": b"89"}, CrawlLimits(max_repository_bytes=5))

        assert [document.path for document in documents] == ["a", "c"]
        assert [drop.reason for drop in dropped] == ["repository_too_large"]

    def test_a_large_file(self) -> None:
        _, dropped = crawled({"a": b"123", "b": b"4567"}, CrawlLimits(max_file_bytes=3))

        assert [(drop.item, drop.reason) for drop in dropped] == [("ada/engine: b", "too_large")]

    def test_files_that_the_source_does_not_want(self) -> None:
        source = Source(link=ADDRESS, include=("docs/*", "*.py"), exclude=("*_test.py",))
        documents, dropped = crawled({"a.py": b"1", "a_test.py": b"1", "b.md": b"1", "docs/c.md": b"1"}, None, source)

        assert [document.path for document in documents] == ["docs/c.md", "a.py"]
        assert [(drop.item, drop.reason) for drop in dropped] == [
            ("ada/engine: a_test.py", "excluded"),
            ("ada/engine: b.md", "excluded"),
        ]

    def test_patterns_of_a_profile_are_not_for_files(self) -> None:
        documents, dropped = crawled({"b.md": b"1"}, None, PROFILE)

        assert ([document.path for document in documents], dropped) == (["b.md"], [])


class TestTheEndOfAVisit:
    def test_all_was_read(self) -> None:
        _, end = visited(engine({"a.py": b"1", "b.png": b"2"}))

        assert end.freshness["commit"] == FIRST_COMMIT
        assert (end.is_complete, end.is_unchanged) == (True, False)

    @pytest.mark.parametrize(
        "limits", [CrawlLimits(max_files=1), CrawlLimits(max_repository_bytes=1), CrawlLimits(max_file_bytes=1)]
    )
    def test_a_limit_left_something_out(self, limits: CrawlLimits) -> None:
        _, end = visited(engine({"a.py": b"1", "b.py": b"23"}), limits=limits)

        assert not end.is_complete

    def test_nothing_has_changed(self) -> None:
        repositories = engine({"a.py": b"1"})
        _, first = visited(repositories)

        items, second = visited(repositories, known=first.freshness)

        assert items == []
        assert (second.is_unchanged, second.freshness) == (True, first.freshness)
        assert repositories.snapshots == 1

    def test_there_is_a_new_commit(self) -> None:
        repositories = engine({"a.py": b"1"})
        _, first = visited(repositories)
        repositories.committed({"a.py": b"2"}, name="engine")

        items, second = visited(repositories, known=first.freshness)

        assert len(items) == 1
        assert (second.is_unchanged, second.freshness["commit"]) == (False, f"{2:040}")

    @pytest.mark.parametrize(
        ("source", "limits"),
        [
            (Source(link=ADDRESS, include=("*.py",)), CrawlLimits()),
            (Source(link=ADDRESS, exclude=("*.md",)), CrawlLimits()),
            (Source(link=ADDRESS), CrawlLimits(max_files=7)),
        ],
    )
    def test_an_unchanged_repository_is_read_again_by_other_rules(self, source: Source, limits: CrawlLimits) -> None:
        repositories = engine({"a.py": b"1"})
        _, first = visited(repositories)

        items, second = visited(repositories, source=source, limits=limits, known=first.freshness)

        assert len(items) == 1
        assert not second.is_unchanged

    def test_the_snapshot_is_left_when_the_visit_is_broken_off(self) -> None:
        repositories = engine({"a": b"1", "b": b"2"})
        visit = GitCrawler(repositories, CrawlLimits(), lambda: NOON).crawl(Visit(LINK, ADA, Source(link=ADDRESS)))

        next(visit)
        states = [repositories.open_snapshots]
        visit.close()

        assert [*states, repositories.open_snapshots] == [1, 0]


class TestFailures:
    @pytest.mark.parametrize("files", [{}, {"a.png": b"\0"}])
    def test_a_repository_without_text(self, files: dict[str, bytes]) -> None:
        with pytest.raises(RepositoryError, match="holds no text file") as caught:
            crawled(files)

        assert caught.value.reason is FailureReason.NO_CONTENT

    def test_a_repository_without_text_does_no_harm_to_a_profile(self) -> None:
        items, end = visited(engine({}), source=PROFILE)

        assert items == [
            Dropped(
                item=ADDRESS, reason="no_content", detail=f"The repository {ADDRESS} holds no text file that is read."
            )
        ]
        assert end == VisitEnd()

    def test_an_empty_repository_does_no_harm_to_a_profile(self) -> None:
        repositories = RepositoriesInMemory("https://github.com/ada")
        link = repositories.failing(FailureReason.EMPTY_REPOSITORY)

        (item,), _ = visited(repositories, link=link, source=PROFILE)

        assert isinstance(item, Dropped)
        assert item.reason == "empty_repository"

    def test_a_repository_of_a_profile_that_is_gone(self) -> None:
        with pytest.raises(RepositoryError) as caught:
            visited(RepositoriesInMemory("https://github.com/ada"), source=PROFILE)

        assert caught.value.reason is FailureReason.NOT_FOUND

    def test_a_page_is_no_repository(self) -> None:
        with pytest.raises(RepositoryError, match="is not the address of a git repository") as caught:
            visited(engine({}), link=parse_link("https://github.com/ada"))

        assert caught.value.reason is FailureReason.NOT_A_REPOSITORY

    def test_what_git_says_is_handed_on(self) -> None:
        repositories = RepositoriesInMemory("https://github.com/ada")
        link = repositories.failing(FailureReason.EMPTY_REPOSITORY)

        with pytest.raises(RepositoryError) as caught:
            visited(repositories, link=link, source=Source(link=link.address))

        assert caught.value.reason is FailureReason.EMPTY_REPOSITORY
