"""Sections and paragraphs of documents, as questions are made of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from unicodedata import normalize

from llm_engineering.application.evaluate.golden import BEGINNING_CHARACTERS, Place
from llm_engineering.application.preprocess.outline import Section, markdown_sections
from llm_engineering.domain.chunks import Span
from llm_engineering.domain.documents import Category, CleanedDocument
from llm_engineering.domain.identity import content_hash

_MARKDOWN: Final = {"markdown", "md"}
_LINK: Final = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)")
_MARKS: Final = re.compile(r"(?<!\w)[*_]+|[*_]+(?!\w)|`|\\(?=[^\w\s])")
_NO_PROSE: Final = re.compile(r"[#>|]|[*+\-]\s|\d+[.)]|```|~~~|!\[| {4}|\t")
"""How headings, quotes, tables, lists, pictures and code begin."""
_SENTENCE_END: Final = re.compile(r"[.!?…][\"'”’)]*$")  # noqa: RUF001 - closing quotes as people type them


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A range of a document: a section, a paragraph, or all of it."""

    document: CleanedDocument
    start: int
    end: int
    heading: str = ""
    """The innermost heading above it."""

    @property
    def text(self) -> str:
        """What stands there."""
        return self.document.text[self.start : self.end]

    @property
    def place(self) -> Place:
        """Where it is, as a question keeps it."""
        source = self.document.provenance
        return Place(
            document_id=source.document_id,
            content_hash=source.content_hash,
            link=source.link,
            span=Span(start=self.start, end=self.end),
            beginning=self.text[:BEGINNING_CHARACTERS],
            digest=content_hash(self.text),
        )


def is_prose(document: CleanedDocument) -> bool:
    """Whether a document is read as text; source code is not."""
    source = document.provenance
    return source.category is not Category.REPOSITORIES or source.language in _MARKDOWN


def whole(document: CleanedDocument) -> Excerpt:
    """Return all of a document."""
    return Excerpt(document, 0, len(document.text))


def sections(document: CleanedDocument) -> Iterator[Excerpt]:
    """Yield what stands under each heading up to the next one, the heading included."""
    for section in markdown_sections(document.text):
        if section.heading_path:
            yield _trimmed(document, section.start, section.end, section)


def paragraphs(document: CleanedDocument) -> Iterator[Excerpt]:
    """Yield the paragraphs of prose: whole sentences that are no heading, list, quote, table or code."""
    for section in markdown_sections(document.text):
        for start, end in pairwise((section.start, *section.blocks, section.end)):
            found = _trimmed(document, start, end, section)
            if not _NO_PROSE.match(found.text) and _SENTENCE_END.search(plain(found.text)):
                yield found


def plain(text: str) -> str:
    """Return a text in one line as people type it: without the marks of Markdown, with plain letters (NFKC)."""
    return " ".join(normalize("NFKC", _MARKS.sub("", _LINK.sub(r"\1", text))).split())


def _trimmed(document: CleanedDocument, start: int, end: int, section: Section) -> Excerpt:
    heading = section.heading_path[-1] if section.heading_path else ""
    return Excerpt(document, start, start + len(document.text[start:end].rstrip()), heading)
