from pathlib import Path
from typing import Any

import pytest

from llm_engineering.application.crawl.conversion import ConvertedFile
from llm_engineering.application.crawl.file_faults import FileFault, FileLeftOutError
from llm_engineering.application.crawl.file_texts import FileText, first_heading, text_of, text_of_document
from llm_engineering.application.crawl.folders import FoundFile


def found(name: str) -> FoundFile:
    return FoundFile(Path("/notes") / name, name, 1, 1)


def read(name: str, content: str | bytes) -> FileText:
    return text_of(found(name), content.encode() if isinstance(content, str) else content)


@pytest.mark.parametrize("name", ["a.md", "a.MD", "a.markdown", "a.mdx", "a.qmd", "a.Rmd"])
def test_markdown_loses_its_front_matter_and_nothing_else(name: str) -> None:
    file = read(name, "---\ntitle: Notes\ntags: a, b\n---\n\n# One\n\n![a loom](img/loom.png)\n")

    assert file.text == "# One\n\n![a loom](img/loom.png)"
    assert (file.title, file.facts) == ("Notes", {"tags": ["a", "b"]})


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        ("a.md", "# The *engine* {#id}\n", "The engine"),
        ("a.md", "text\n\n## See [this](http://x.org) ##\n", "See this"),
        ("a.md", "```sh\n# a comment\n```\n\n# Engine\n", "Engine"),
        ("a.md", "Engine\n======\n", "Engine"),
        ("a.md", "text\n\n---\n\ntext", "a"),
        ("a.rst", "======\nEngine\n======\n\ntext", "Engine"),
        ("sub/my notes.txt", "# no heading in plain text", "my notes"),
    ],
)
def test_a_title_is_the_first_heading_or_else_the_name(name: str, text: str, title: str) -> None:
    assert read(name, text).title == title


def test_a_name_of_jekyll_holds_the_date() -> None:
    assert read("_posts/2024-05-01-engine.md", "text").facts == {"published_at": "2024-05-01"}


def test_line_breaks_and_encodings_become_one() -> None:
    assert read("a.txt", b"\xef\xbb\xbfa\r\nb\rc").text == "a\nb\nc"
    assert read("a.txt", "sal\u00e9".encode("utf-16")).text == "salé"


def test_a_saved_page_is_read_as_an_article() -> None:
    body = "<p>The engine weaves algebraic patterns, as the loom weaves flowers and leaves.</p>" * 5
    page = f"<html lang='en'><head><title>Engine</title></head><body><nav>Menu</nav><article>{body}</article></body>"

    file = read("a.html", page)

    assert (file.title, file.language) == ("Engine", "en")
    assert "weaves flowers" in file.text
    assert "Menu" not in file.text


def test_a_notebook_is_read_as_markdown() -> None:
    cells = '[{"cell_type": "markdown", "metadata": {}, "source": "# Engine"}]'
    file = read("a.ipynb", f'{{"cells": {cells}, "metadata": {{}}, "nbformat": 4, "nbformat_minor": 4}}')

    assert (file.title, file.text) == ("Engine", "# Engine\n")


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("a.txt", b"a\0b", FileFault.BINARY),
        ("a.md", b" \n", FileFault.EMPTY),
        ("a.md", b"---\ntitle: a\n---\n", FileFault.NO_TEXT),
        ("a.md", b"---\na: [\n---\n", FileFault.FRONT_MATTER_INVALID),
        ("a.html", b"<html></html>", FileFault.NO_TEXT),
        ("a.ipynb", b"{", FileFault.DAMAGED),
        ("a.ipynb", b"\n", FileFault.EMPTY),
    ],
)
def test_a_file_without_text_is_left_out(name: str, content: bytes, fault: FileFault) -> None:
    with pytest.raises(FileLeftOutError, match=name) as caught:
        read(name, content)

    assert caught.value.fault is fault


@pytest.mark.parametrize(
    ("converted", "title", "facts"),
    [
        (ConvertedFile("text"), "book", {}),
        (ConvertedFile("# One"), "One", {}),
        (
            ConvertedFile("# One", "Notes", "Ada", "1843-09-01"),
            "Notes",
            {"author": "Ada", "published_at": "1843-09-01"},
        ),
    ],
)
def test_a_document_says_what_it_is(converted: ConvertedFile, title: str, facts: dict[str, Any]) -> None:
    file = text_of_document(found("book.epub"), converted)

    assert (file.title, file.facts) == (title, facts)


def test_a_fence_is_closed_by_its_own_marks() -> None:
    assert first_heading("~~~\n```\n# no\n~~~\n# Yes") == "Yes"
    assert first_heading("```\n# never closed") is None
