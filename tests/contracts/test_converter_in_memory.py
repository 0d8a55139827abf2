"""The fake of the FileConverter port keeps the port's promises, so that what it stands in for is the port."""

from pathlib import Path

import pytest

from llm_engineering.application.crawl.conversion import ConvertedFile, DocumentKind, FileConverter
from llm_engineering.application.crawl.file_faults import FileFault
from tests.contracts.file_converter import FileConverterContract, Shelf
from tests.support.documents_on_disk import ConverterInMemory


class KnownShelf:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.converter = ConverterInMemory()

    def document(self, kind: DocumentKind, text: str) -> Path:
        path = self._folder / f"document.{kind}"
        path.write_bytes(self.converter.knows(text.encode(), ConvertedFile(text)))
        return path

    def failing(self, fault: FileFault) -> tuple[Path, DocumentKind]:
        path = self._folder / f"{fault}.pdf"
        if fault is not FileFault.UNREADABLE:
            path.write_bytes(self.converter.knows(fault.encode(), fault))
        return path, DocumentKind.PDF


class TestConverterInMemory(FileConverterContract):
    @pytest.fixture
    def shelf(self, tmp_path: Path) -> KnownShelf:
        return KnownShelf(tmp_path)

    @pytest.fixture
    def converter(self, shelf: Shelf) -> FileConverter:
        assert isinstance(shelf, KnownShelf)
        return shelf.converter
