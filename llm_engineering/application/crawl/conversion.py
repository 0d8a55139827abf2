"""The port to a converter of documents that are no text: PDF, DOCX, EPUB."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class DocumentKind(StrEnum):
    """What a converter reads; the value is the suffix of such files."""

    PDF = "pdf"
    DOCX = "docx"
    EPUB = "epub"


@dataclass(frozen=True, slots=True)
class ConvertedFile:
    """What a converter made of a document. What the document does not say is None."""

    markdown: str
    """Its text; never blank."""
    title: str | None = None
    author: str | None = None
    published: str | None = None
    """The date as it is written."""
    language: str | None = None
    """The language tag as it is written."""


class FileConverter(Protocol):
    """Turns documents into Markdown, without the network; may be used by several threads at once."""

    def convert(self, path: Path, kind: DocumentKind) -> ConvertedFile:
        """Return what is written in a document.

        Raises:
            FileLeftOutError: There is no text to be had; its `fault` says why. The next file is not affected.
        """
        ...
