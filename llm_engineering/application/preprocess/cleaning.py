"""Removes noise from documents, and nothing else: every word, sign and line of the author stays."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from llm_engineering.application.crawl.hidden import visible_text
from llm_engineering.domain.documents import CleanedDocument, OmittedLines, Provenance, RawDocument
from llm_engineering.domain.outcomes import Batch, Dropped, Figures, counts_by_source

CLEANER_VERSION: Final = 1
"""Raised when documents are cleaned in another way, so that indexes are built anew."""

_LINE_BREAK: Final = re.compile(r"\r\n?|\u2028|\u2029|\x85")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f]")
_UNUSUAL_SPACE: Final = re.compile(r"[\u00a0\u2007\u202f]")
_TRAILING_SPACE: Final = re.compile(r"[ \t]+$", re.MULTILINE)
_BLANK_LINES_KEPT: Final = 2
_BLANK_LINES: Final = re.compile(r"\n{4,}")


class CleanedDocuments(Batch[CleanedDocument]):
    """Documents after cleaning; one that has no text left is dropped as "empty"."""

    raw_characters: int
    """Characters of the documents before cleaning, those of dropped ones included."""

    @property
    def figures(self) -> Figures:
        """Documents kept and dropped, and characters before and after."""
        return {
            "documents": len(self.items),
            "dropped": self.dropped_by_reason,
            "raw_characters": self.raw_characters,
            "cleaned_characters": sum(len(document.text) for document in self.items),
            **counts_by_source(document.provenance for document in self.items),
        }


def cleaned_text(text: str) -> str:
    """Return the text in Unicode normal form C with uniform line breaks and without noise.

    Taken away are invisible characters (see `visible_text`: what a language or an emoji is written with stays),
    control characters (tabs and line breaks stay), white space at the ends of lines, blank lines at both ends, and
    all but two of a longer run of blank lines. No-break spaces become spaces. Cleaning a cleaned text changes nothing.
    """
    text = _LINE_BREAK.sub("\n", text)
    text = unicodedata.normalize("NFC", _UNUSUAL_SPACE.sub(" ", visible_text(_CONTROLS.sub("", text)).text))
    text = _BLANK_LINES.sub("\n\n\n", _TRAILING_SPACE.sub("", text))
    return text.strip("\n")


def omitted_lines(text: str, cleaned: str) -> tuple[OmittedLines, ...]:
    """Return where lines of a text are missing from what `cleaned_text` made of it, those at the end left out.

    Only blank lines are ever left out: at the beginning, and all but two of a run.
    """
    lines = _LINE_BREAK.sub("\n", text).rstrip("\n")
    if lines.count("\n") == cleaned.count("\n"):
        return ()
    omitted: list[OmittedLines] = []
    kept = run = missing = 0
    for line in map(cleaned_text, lines.split("\n")):
        run = 0 if line.strip() else run + 1
        if run > _BLANK_LINES_KEPT or (run and not kept):
            missing += 1
            continue
        kept += 1
        if missing and not run:
            omitted.append(OmittedLines(before=kept, count=missing))
            missing = 0
    return tuple(omitted)


def cleaned_documents(documents: Iterable[RawDocument]) -> CleanedDocuments:
    """Return the documents with cleaned text, in the order given."""
    kept: list[CleanedDocument] = []
    dropped: list[Dropped] = []
    raw_characters = 0
    for document in documents:
        raw_characters += len(document.content.text)
        text = cleaned_text(document.content.text)
        if text.strip():
            omitted = omitted_lines(document.content.text, text)
            kept.append(CleanedDocument(provenance=Provenance.of(document), text=text, omitted_lines=omitted))
        else:
            dropped.append(Dropped(item=document.link, reason="empty", detail="No text is left after cleaning."))
    return CleanedDocuments(items=tuple(kept), dropped=tuple(dropped), raw_characters=raw_characters)
