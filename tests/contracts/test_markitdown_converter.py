"""MarkitdownConverter keeps the promises of the FileConverter port, on documents made byte by byte."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from llm_engineering.application.crawl.conversion import DocumentKind, FileConverter
from llm_engineering.application.crawl.file_faults import FileFault
from llm_engineering.infrastructure.file_converter import MarkitdownConverter
from tests.contracts.file_converter import FileConverterContract, Shelf
from tests.support.documents_on_disk import archive, docx, epub, paragraph, pdf

pytestmark = pytest.mark.integration

pytest.importorskip("markitdown", reason="the extra `files` is not installed")


@pytest.fixture(scope="module")
def warm_converter() -> Iterator[FileConverter]:
    with closing(MarkitdownConverter(max_bytes=100_000)) as converter:
        yield converter


class Disk:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def document(self, kind: DocumentKind, text: str) -> Path:
        content = {
            DocumentKind.PDF: pdf([text]),
            DocumentKind.DOCX: docx(paragraph(text)),
            DocumentKind.EPUB: epub({"a.xhtml": f"<html><body><p>{text}</p></body></html>"}),
        }[kind]
        return self._put(f"document.{kind}", content)

    def failing(self, fault: FileFault) -> tuple[Path, DocumentKind]:
        match fault:
            case FileFault.DAMAGED:
                return self._put("half.docx", archive({"word/document.xml": "<w:p>"})[:40]), DocumentKind.DOCX
            case FileFault.ENCRYPTED:
                return self._put("locked.pdf", pdf(["bread"], is_encrypted=True)), DocumentKind.PDF
            case FileFault.NO_TEXT:
                return self._put("scan.pdf", pdf([])), DocumentKind.PDF
        return self._folder / "missing.pdf", DocumentKind.PDF

    def _put(self, name: str, content: bytes) -> Path:
        path = self._folder / name
        path.write_bytes(content)
        return path


class TestMarkitdownConverter(FileConverterContract):
    @pytest.fixture
    def shelf(self, tmp_path: Path) -> Shelf:
        return Disk(tmp_path)

    @pytest.fixture
    def converter(self, warm_converter: FileConverter) -> FileConverter:
        return warm_converter
