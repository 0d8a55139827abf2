"""What every `FileConverter` promises, as tests. A subclass gives the fixtures `shelf` and `converter`."""

from pathlib import Path
from typing import Protocol

import pytest

from llm_engineering.application.crawl.conversion import DocumentKind, FileConverter
from llm_engineering.application.crawl.file_faults import FileFault, FileLeftOutError


class Shelf(Protocol):
    """The documents that the converter under test reads."""

    def document(self, kind: DocumentKind, text: str) -> Path:
        """Put a document that says this on the disk; return its path."""
        ...

    def failing(self, fault: FileFault) -> tuple[Path, DocumentKind]:
        """Return a document that gives no text, for one of the faults `FAULTS`."""
        ...


FAULTS = (FileFault.UNREADABLE, FileFault.DAMAGED, FileFault.ENCRYPTED, FileFault.NO_TEXT)


class FileConverterContract:
    @pytest.fixture
    def shelf(self, tmp_path: Path) -> Shelf:
        raise NotImplementedError

    @pytest.fixture
    def converter(self, shelf: Shelf) -> FileConverter:
        raise NotImplementedError

    @pytest.mark.parametrize("kind", list(DocumentKind))
    def test_the_words_of_a_document_come(self, shelf: Shelf, converter: FileConverter, kind: DocumentKind) -> None:
        converted = converter.convert(shelf.document(kind, "The engine weaves patterns."), kind)

        assert "The engine weaves patterns." in converted.markdown

    @pytest.mark.parametrize("fault", FAULTS)
    def test_without_text_the_fault_is_told(self, shelf: Shelf, converter: FileConverter, fault: FileFault) -> None:
        path, kind = shelf.failing(fault)

        with pytest.raises(FileLeftOutError, match=path.name) as caught:
            converter.convert(path, kind)

        assert caught.value.fault is fault

    @pytest.mark.parametrize("fault", FAULTS)
    def test_a_failure_does_not_stand_in_the_way_of_the_next_document(
        self, shelf: Shelf, converter: FileConverter, fault: FileFault
    ) -> None:
        with pytest.raises(FileLeftOutError):
            converter.convert(*shelf.failing(fault))

        assert "bread" in converter.convert(shelf.document(DocumentKind.PDF, "bread"), DocumentKind.PDF).markdown
