"""What is said of documents, and what hostile ones come to."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import pytest

from llm_engineering.application.crawl.conversion import ConvertedFile, DocumentKind
from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.application.crawl.file_faults import FileFault, FileLeftOutError
from llm_engineering.infrastructure.file_converter import MarkitdownConverter
from tests.support.documents_on_disk import docx, epub, paragraph, pdf

pytestmark = pytest.mark.integration

pytest.importorskip("markitdown", reason="the extra `files` is not installed")

SECRET = "what stands in a file of this machine"


@pytest.fixture(scope="module")
def converter() -> Iterator[MarkitdownConverter]:
    with closing(MarkitdownConverter(max_bytes=50_000)) as converter:
        yield converter


def converted(converter: MarkitdownConverter, folder: Path, kind: DocumentKind, content: bytes) -> ConvertedFile:
    path = folder / f"document.{kind}"
    path.write_bytes(content)
    return converter.convert(path, kind)


def fault(converter: MarkitdownConverter, folder: Path, kind: DocumentKind, content: bytes) -> FileFault:
    with pytest.raises(FileLeftOutError, match="document") as caught:
        converted(converter, folder, kind, content)
    return caught.value.fault


def test_titles_and_headings_of_word_are_headings(converter: MarkitdownConverter, tmp_path: Path) -> None:
    body = paragraph("Notes", "Title") + paragraph("The engine", "Heading1") + paragraph("It weaves.")

    document = converted(converter, tmp_path, DocumentKind.DOCX, docx(body))

    assert document == ConvertedFile("# Notes\n\n# The engine\n\nIt weaves.")


def test_a_book_says_what_it_is_apart_from_its_text(converter: MarkitdownConverter, tmp_path: Path) -> None:
    picture = '<img alt="A loom" src="data:image/png;base64,AAAA"/>'
    chapters = {"b.xhtml": f"<html><body><h1>One</h1>{picture}</body></html>", "a.xhtml": "<p>Two</p>"}

    document = converted(converter, tmp_path, DocumentKind.EPUB, epub(chapters))

    assert document == ConvertedFile("# One\n\nA loom\n\nTwo", "Notes", "Ada Lovelace", "1843-09-01", "en-GB")


def test_the_lines_of_a_pdf_follow_each_other(converter: MarkitdownConverter, tmp_path: Path) -> None:
    document = converted(converter, tmp_path, DocumentKind.PDF, pdf(["The engine", "weaves patterns."]))

    assert document.markdown.split() == ["The", "engine", "weaves", "patterns."]


def prologue_to(path: Path) -> str:
    path.write_text(SECRET, encoding="utf-8")
    return f'<!DOCTYPE x [<!ENTITY e SYSTEM "{path.as_uri()}">]>'


def test_an_external_entity_of_a_book_is_not_followed(converter: MarkitdownConverter, tmp_path: Path) -> None:
    chapter = f"{prologue_to(tmp_path / 'secret')}<html><body><p>bread &e;</p></body></html>"

    document = converted(converter, tmp_path, DocumentKind.EPUB, epub({"a.xhtml": chapter}))

    assert "bread" in document.markdown
    assert SECRET not in document.markdown


def test_an_external_entity_of_a_word_document_makes_it_unreadable(
    converter: MarkitdownConverter, tmp_path: Path
) -> None:
    content = docx(paragraph("bread &e;"), prologue=prologue_to(tmp_path / "secret"))

    assert fault(converter, tmp_path, DocumentKind.DOCX, content) is FileFault.DAMAGED


def test_entities_that_grow_are_stopped(converter: MarkitdownConverter, tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 100}">' for n in range(1, 10))
    prologue = f'<!DOCTYPE x [<!ENTITY e0 "bread">{entities}]>'

    content = docx(paragraph("&e9;"), prologue=prologue)

    assert fault(converter, tmp_path, DocumentKind.DOCX, content) in {FileFault.DAMAGED, FileFault.TOO_LARGE}


@pytest.mark.parametrize("kind", [DocumentKind.DOCX, DocumentKind.EPUB])
def test_an_archive_that_grows_is_refused(converter: MarkitdownConverter, tmp_path: Path, kind: DocumentKind) -> None:
    parts = {"bomb": b"\0" * 2_000_000}
    content = {DocumentKind.DOCX: docx(paragraph("bread"), parts=parts), DocumentKind.EPUB: epub({}, parts=parts)}[kind]

    assert len(content) < 10_000
    assert fault(converter, tmp_path, kind, content) is FileFault.TOO_LARGE


def test_a_long_text_is_refused(converter: MarkitdownConverter, tmp_path: Path) -> None:
    content = docx(paragraph("bread " * 10_000))

    assert fault(converter, tmp_path, DocumentKind.DOCX, content) is FileFault.TOO_LARGE


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (DocumentKind.DOCX, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an encrypted package"),
        (DocumentKind.EPUB, epub({"a.xhtml": "<p>x</p>"}, parts={"META-INF/rights.xml": "<rights/>"})),
        (DocumentKind.PDF, pdf(["bread"], is_encrypted=True)),
    ],
)
def test_what_is_locked_is_told(
    converter: MarkitdownConverter, tmp_path: Path, kind: DocumentKind, content: bytes
) -> None:
    assert fault(converter, tmp_path, kind, content) is FileFault.ENCRYPTED


def program(folder: Path, body: str) -> Path:
    path = folder / "program.py"
    path.write_text("import os, sys, time\n" + dedent(body), encoding="utf-8")
    return path


ANSWERING = """\
    print('{"ready": true}', flush=True)
    for line in sys.stdin:
        if "bad" in line:
            %s
        print('{"markdown": "bread"}', flush=True)
"""


@pytest.mark.parametrize(
    ("deed", "expected"),
    [("time.sleep(600)", FileFault.TIMEOUT), ("os.abort()", FileFault.DAMAGED)],
)
def test_a_conversion_that_hangs_or_crashes_costs_one_file(tmp_path: Path, deed: str, expected: FileFault) -> None:
    converter = MarkitdownConverter(max_bytes=1, timeout_seconds=2, program=program(tmp_path, ANSWERING % deed))
    with closing(converter):
        with pytest.raises(FileLeftOutError) as caught:
            converter.convert(tmp_path / "bad.pdf", DocumentKind.PDF)

        assert caught.value.fault is expected
        assert converter.convert(tmp_path / "good.pdf", DocumentKind.PDF).markdown == "bread"


def test_a_missing_library_is_told_with_the_command_that_installs_it(tmp_path: Path) -> None:
    missing = program(tmp_path, """print('{"missing": "No module named markitdown"}')""")
    converter = MarkitdownConverter(max_bytes=1, program=missing)

    with pytest.raises(FileLeftOutError, match=r"pip install 'llm-twin\[files\]'") as caught:
        converter.convert(tmp_path / "a.pdf", DocumentKind.PDF)

    assert caught.value.reason is FailureReason.EXTRA_MISSING


def test_keys_of_the_environment_are_not_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    telling = program(tmp_path, ANSWERING.replace('"bread"', '"%s"') % ("pass", "' + str(dict(os.environ)) + '"))

    with closing(MarkitdownConverter(max_bytes=1, program=telling)) as converter:
        assert SECRET not in converter.convert(tmp_path / "a.pdf", DocumentKind.PDF).markdown


def test_after_the_end_a_conversion_starts_anew(tmp_path: Path) -> None:
    converter = MarkitdownConverter(max_bytes=1, program=program(tmp_path, ANSWERING % "pass"))
    converter.close()
    converter.convert(tmp_path / "a.pdf", DocumentKind.PDF)
    converter.close()
    converter.close()

    with closing(converter):
        assert converter.convert(tmp_path / "a.pdf", DocumentKind.PDF).markdown == "bread"


def test_the_end_does_not_wait_for_a_conversion(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    hanging = program(tmp_path, ANSWERING % f"open({str(begun)!r}, 'w').close(); time.sleep(600)")
    converter = MarkitdownConverter(max_bytes=1, program=hanging)
    with ThreadPoolExecutor() as threads:
        conversion = threads.submit(converter.convert, tmp_path / "bad.pdf", DocumentKind.PDF)
        while not begun.exists():
            assert not conversion.done()
        converter.close()

        with pytest.raises(FileLeftOutError, match="breaks down"):
            conversion.result(timeout=30)
