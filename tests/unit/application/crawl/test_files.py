import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from llm_engineering.application.crawl.conversion import ConvertedFile
from llm_engineering.application.crawl.fetching import FailureReason, FileError
from llm_engineering.application.crawl.file_faults import FileFault
from llm_engineering.application.crawl.files import FilesCrawler, is_local
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.links import parse_link
from llm_engineering.application.crawl.port import Freshness
from llm_engineering.application.crawl.sources import Source
from llm_engineering.application.crawl.visits import Visit, VisitEnd
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import ArticleDocument, document_id
from llm_engineering.domain.outcomes import Dropped
from tests.support.documents_on_disk import ConverterInMemory

ADA = Author.from_full_name("Ada Lovelace")
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
AN_HOUR_LATER = (NOON.timestamp() + 3600,) * 2


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    return folder


class Crawled:
    """What a visit of a path gave; the paths are relative to a folder."""

    def __init__(
        self,
        path: Path,
        *,
        limits: CrawlLimits | None = None,
        converter: ConverterInMemory | None = None,
        known: Freshness | None = None,
        **source: Any,
    ) -> None:
        crawler = FilesCrawler(converter or ConverterInMemory(), limits or CrawlLimits(), lambda: NOON)
        visit = Visit(parse_link(str(path)), ADA, Source(link=str(path), **source), known or {})
        self.documents: list[ArticleDocument] = []
        self.dropped: list[Dropped] = []
        self.end = self._run(crawler, visit)

    def _run(self, crawler: FilesCrawler, visit: Visit) -> VisitEnd:
        items = crawler.crawl(visit)
        while True:
            try:
                item = next(items)
            except StopIteration as stop:
                end: VisitEnd = stop.value
                return end
            if isinstance(item, Dropped):
                self.dropped.append(item)
            elif isinstance(item, ArticleDocument):
                self.documents.append(item)

    def names(self, folder: Path) -> list[str]:
        return [document.link.removeprefix(folder.as_uri() + "/") for document in self.documents]

    @property
    def reasons(self) -> dict[str, str]:
        return {drop.item.rpartition("/")[2]: drop.reason for drop in self.dropped}


def failure(path: Path, **kwargs: Any) -> FailureReason:
    with pytest.raises(FileError, match=str(path)) as caught:
        Crawled(path, **kwargs)
    return caught.value.reason


def test_a_file_becomes_an_article(tmp_path: Path) -> None:
    text = "---\ntitle: Notes\ndescription: On looms\nlang: en\ndate: 1843-09-01\n---\nThe engine.\n"
    write(tmp_path, {"a b.md": text})

    crawled = Crawled(tmp_path / "a b.md")

    (document,) = crawled.documents
    assert document.link == (tmp_path / "a b.md").as_uri()
    assert document.id == document_id(ADA.id, document.link)
    assert (document.platform, document.author_id, document.crawled_at) == ("local", ADA.id, NOON)
    assert document.content.model_dump(exclude_none=True) == {
        "title": "Notes",
        "subtitle": "On looms",
        "text": "The engine.",
        "language": "en",
        "published_at": "1843-09-01",
        "modified_at": "2024-05-01T12:00:00+00:00",
    }
    assert (crawled.dropped, crawled.end.is_complete) == ([], True)


def test_all_files_that_can_be_read_below_a_folder_are(tmp_path: Path) -> None:
    write(tmp_path, {"b.md": "b", "a/z.txt": "z", "a/.hidden.md": "x", ".git/x.md": "x", "node_modules/x.md": "x"})
    write(tmp_path, {"~$open.docx": "x", "picture.png": "x", "code.py": "x", "c/d/e.rst": "e"})

    crawled = Crawled(tmp_path)

    assert crawled.names(tmp_path) == ["b.md", "a/z.txt", "c/d/e.rst"]
    assert crawled.end.is_complete


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.md", ["a.md", "b.md"]),
        ("?.md", ["a.md", "b.md"]),
        ("**/*.md", ["a.md", "b.md", "x/c.md", "x/y/d.md"]),
        ("**/d.md", ["x/y/d.md"]),
        ("**", ["a.md", "b.md", "x/c.md", "x/y/d.md"]),
        ("x/*.md", ["x/c.md"]),
        ("*/c.md", ["x/c.md"]),
        ("x/**/d.*", ["x/y/d.md"]),
    ],
)
def test_wildcards_stand_for_paths(tmp_path: Path, pattern: str, names: list[str]) -> None:
    write(tmp_path, {"a.md": "a", "b.md": "b", "x/c.md": "c", "x/y/d.md": "d"})

    assert Crawled(tmp_path / pattern).names(tmp_path) == names


def test_a_file_may_have_a_wildcard_in_its_name(tmp_path: Path) -> None:
    write(tmp_path, {"what?.md": "a", "whatx.md": "b"})

    assert Crawled(tmp_path / "what?.md").names(tmp_path) == ["what%3F.md"]


def test_patterns_of_the_source_are_compared_with_the_path_in_the_folder(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "a", "posts/b.md": "b", "posts/old/c.md": "c", "posts/d.txt": "d"})

    crawled = Crawled(tmp_path, include=["posts/*.md"], exclude=["posts/old/*"])

    assert crawled.names(tmp_path) == ["posts/b.md"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", {"secret.md": "x"})
    folder = write(tmp_path / "notes", {"a.md": "a"})
    (folder / "inside.md").symlink_to(folder / "a.md")
    (folder / "out.md").symlink_to(outside / "secret.md")
    (folder / "folder").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    (folder / "picture.png").symlink_to(outside / "secret.md")
    (folder / "broken.md").symlink_to(outside / "missing.md")

    crawled = Crawled(folder)

    assert crawled.names(folder) == ["a.md"]
    assert crawled.reasons == {
        "broken.md": "outside",
        "inside.md": "symlink",
        "out.md": "outside",
        "folder": "outside",
        "loop": "symlink",
    }
    assert crawled.end.is_complete


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "a", "binary.txt": b"a\0b", "empty.md": "", "blank.md": " \n"})
    write(tmp_path, {"draft.md": "---\ndraft: true\n---\nx"})

    crawled = Crawled(tmp_path)

    assert crawled.names(tmp_path) == ["a.md"]
    assert crawled.reasons == {"binary.txt": "binary", "draft.md": "draft", "empty.md": "empty", "blank.md": "empty"}
    assert crawled.end.is_complete


def test_a_limit_leaves_the_visit_incomplete(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "a", "b.md": "b" * 20, "c.pdf": b"c" * 40, "d.md": "d"})

    crawled = Crawled(tmp_path, limits=CrawlLimits(max_file_bytes=10, max_document_bytes=30, max_files=3))

    assert crawled.names(tmp_path) == ["a.md"]
    assert crawled.reasons == {"b.md": "too_large", "c.pdf": "too_large", "d.md": "too_many_files"}
    assert not crawled.end.is_complete


def test_documents_are_converted(tmp_path: Path) -> None:
    converter = ConverterInMemory()
    book = converter.knows(b"book", ConvertedFile("text", "Notes", "Ada", "1843", "en"))
    write(tmp_path, {"book.EPUB": book, "broken.pdf": b"?", "locked.docx": converter.knows(b"!", FileFault.ENCRYPTED)})

    crawled = Crawled(tmp_path, converter=converter)

    (document,) = crawled.documents
    assert (document.content.title, document.content.text, document.content.language) == ("Notes", "text", "en")
    assert crawled.reasons == {"broken.pdf": "damaged", "locked.docx": "encrypted"}
    assert not crawled.end.is_complete


def test_nothing_is_read_again_while_nothing_changes(tmp_path: Path) -> None:
    converter = ConverterInMemory()
    write(tmp_path, {"a.pdf": converter.knows(b"a", ConvertedFile("a")), "ignored.png": "x"})
    first = Crawled(tmp_path, converter=converter)
    write(tmp_path, {"ignored.png": "xyz"})

    second = Crawled(tmp_path, converter=converter, known=first.end.freshness)

    assert second.end == VisitEnd(freshness=first.end.freshness, is_unchanged=True)
    assert (second.documents, len(converter.converted)) == ([], 1)


@pytest.mark.parametrize("change", ["grown", "touched", "added", "removed", "limit"])
def test_a_change_is_seen(tmp_path: Path, change: str) -> None:
    write(tmp_path, {"a.md": "a", "b.md": "b"})
    first = Crawled(tmp_path)
    match change:
        case "grown":
            write(tmp_path, {"a.md": "aa"})
        case "touched":
            os.utime(tmp_path / "a.md", AN_HOUR_LATER)
        case "added":
            write(tmp_path, {"c.md": "c"})
        case "removed":
            (tmp_path / "b.md").unlink()
    limits = CrawlLimits(max_file_bytes=5) if change == "limit" else CrawlLimits()

    assert not Crawled(tmp_path, limits=limits, known=first.end.freshness).end.is_unchanged


def test_what_may_be_readable_later_is_tried_again(tmp_path: Path) -> None:
    converter = ConverterInMemory()
    write(tmp_path, {"a.md": "a", "b.pdf": converter.knows(b"b", FileFault.EXTRA_MISSING)})

    crawled = Crawled(tmp_path, converter=converter)

    assert crawled.end == VisitEnd(freshness={}, is_complete=False)


@pytest.mark.parametrize("name", ["missing", "missing.md", "missing/*.md", "a.md/*.md"])
def test_a_path_that_leads_nowhere_fails(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"a.md": "a"})

    with pytest.raises(FileError, match="There is nothing at") as caught:
        Crawled(tmp_path / name)

    assert caught.value.reason is FailureReason.NOT_FOUND


@pytest.mark.parametrize("files", [{}, {"a.png": "a"}, {"a.md": ""}, {".a.md": "a"}])
def test_a_folder_without_text_fails(tmp_path: Path, files: dict[str, str]) -> None:
    assert failure(write(tmp_path, files)) is FailureReason.NO_CONTENT


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.md", b"", FailureReason.NO_CONTENT),
        ("a.png", b"a", FailureReason.UNREADABLE_FILE),
        ("a.pdf", b"?", FailureReason.UNREADABLE_FILE),
        ("a.md", b"a" * 30, FailureReason.TOO_LARGE),
    ],
)
def test_a_single_file_without_text_fails(tmp_path: Path, name: str, content: bytes, reason: FailureReason) -> None:
    write(tmp_path, {name: content})

    with pytest.raises(FileError, match=name) as caught:
        Crawled(tmp_path / name, limits=CrawlLimits(max_file_bytes=20))

    assert caught.value.reason is reason


def test_a_single_file_that_became_a_draft_is_withdrawn(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "---\ndraft: true\n---\nx"})

    crawled = Crawled(tmp_path / "a.md")

    assert (crawled.reasons, crawled.end.is_complete) == ({"a.md": "draft"}, True)


def test_what_is_neither_file_nor_folder_fails(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")

    assert failure(tmp_path / "pipe.md") is FailureReason.UNREADABLE_FILE


def test_a_path_that_cannot_be_looked_up_fails(tmp_path: Path) -> None:
    assert failure(tmp_path / ("a" * 300)) is FailureReason.UNREADABLE_FILE


def test_a_file_that_vanishes_meanwhile_leaves_the_visit_incomplete(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "a", "b.md": "b"})
    crawler = FilesCrawler(ConverterInMemory(), CrawlLimits(), lambda: NOON)
    items = crawler.crawl(Visit(parse_link(str(tmp_path)), ADA, Source(link=str(tmp_path))))
    next(items)
    (tmp_path / "b.md").unlink()

    dropped = next(items)

    assert isinstance(dropped, Dropped)
    assert dropped.reason == "unreadable_file"
    with pytest.raises(StopIteration) as stop:
        next(items)
    assert stop.value.value == VisitEnd()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_leaves_the_visit_incomplete(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "a", "closed/b.md": "b"})
    (tmp_path / "closed").chmod(0)

    crawled = Crawled(tmp_path)
    (tmp_path / "closed").chmod(0o700)

    assert (crawled.reasons, crawled.end) == ({"closed": "unreadable_file"}, VisitEnd())


def test_a_name_that_is_no_utf8_is_kept(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/sal\xe9.md"
    with open(path, "wb") as file:  # noqa: PTH123 - a name in bytes
        file.write(b"bread")

    (document,) = Crawled(tmp_path).documents

    assert document.link.endswith("/sal%E9.md")
    assert document.content.title == "sal\ufffd"


def test_only_paths_are_local() -> None:
    assert is_local(parse_link("/notes"))
    assert not is_local(parse_link("https://ada.dev/"))


def test_what_is_no_path_is_refused() -> None:
    crawler = FilesCrawler(ConverterInMemory(), CrawlLimits(), lambda: NOON)
    visit = Visit(parse_link("https://ada.dev/"), ADA, Source(link="https://ada.dev/"))

    with pytest.raises(FileError, match="is no path on this machine") as caught:
        list(crawler.crawl(visit))

    assert caught.value.reason is FailureReason.INVALID_LINK
