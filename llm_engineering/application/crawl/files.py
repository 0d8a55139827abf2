"""Reads local files: a file, the files below a folder, or those that fit a pattern."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

from llm_engineering.application.crawl.conversion import DocumentKind, FileConverter
from llm_engineering.application.crawl.fetching import FailureReason, FileError
from llm_engineering.application.crawl.file_faults import RETRIED, VERDICTS, FileFault, FileLeftOutError
from llm_engineering.application.crawl.file_texts import (
    DOCUMENT_SUFFIXES,
    TEXT_SUFFIXES,
    FileText,
    suffix_of,
    text_of,
    text_of_document,
)
from llm_engineering.application.crawl.folders import FoundFile, SkippedPath, found_files
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.links import Link, LocalLink
from llm_engineering.application.crawl.port import Freshness
from llm_engineering.application.crawl.sources import Source
from llm_engineering.application.crawl.visits import Visit, Visited, VisitEnd
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import ArticleDocument, Content, document_id
from llm_engineering.domain.outcomes import Dropped

_SUFFIXES: Final = TEXT_SUFFIXES | DOCUMENT_SUFFIXES
_READER: Final = "1"
"""Changes when the same file gives another document than before, so that files are read anew."""
_SKIPPED: Final = {
    FileFault.OUTSIDE: "It is a symbolic link that leads out of the folder; give what it leads to as a source.",
    FileFault.SYMLINK: "It is a symbolic link; what it leads to is read where it lies.",
    FileFault.UNREADABLE: "It cannot be read; allow it, or exclude it.",
}
_DRAFT: Final = "Its front matter says that it is a draft; it is read once that is gone."


def is_local(link: Link) -> bool:
    """Whether a link is a path on this machine."""
    return isinstance(link, LocalLink)


@dataclass(slots=True)
class _Tally:
    """What has come of the files of a visit so far."""

    documents: int = 0
    faults: set[FileFault] = field(default_factory=set)


class FilesCrawler:
    """Reads files as articles: Markdown, plain text, reStructuredText, HTML, notebooks, PDF, DOCX, EPUB.

    Args:
        converter: Reads the documents that are no text.
        limits: What is read at most.
        clock: Returns the time at which a document counts as collected (UTC).
    """

    def __init__(self, converter: FileConverter, limits: CrawlLimits, clock: Callable[[], datetime]) -> None:
        self._converter = converter
        self._limits = limits
        self._clock = clock

    def crawl(self, visit: Visit) -> Visited:
        """Yield a document for each file that a path stands for, and each one that is left out with the reason.

        The patterns of the source are compared with the path of a file inside the folder. Files of other kinds are
        passed over. Nothing is read if no file was added, removed or changed (size, time) since the last visit.

        Raises:
            FileError: There is nothing at the path; no file in the folder could be read; or the path is that of a
                single file that gives no document.
        """
        if not isinstance(visit.link, LocalLink):
            raise FileError(
                FailureReason.INVALID_LINK,
                f"{visit.link.address} is no path on this machine.",
                remedy="Leave out `crawler`, or give a path that starts with / or ./",
            )
        single = os.path.isfile(visit.link.path)  # noqa: PTH113 - `Path.is_file` fails where nothing may be read
        found, tally = list(found_files(visit.link, _wanted(visit.source))), _Tally()
        files = [file for file in found if isinstance(file, FoundFile)]
        skipped = [path for path in found if isinstance(path, SkippedPath)]
        freshness = self._freshness(files)
        if files and visit.known == freshness:
            return VisitEnd(freshness=freshness, is_unchanged=True)
        yield from self._left_out(files, skipped, tally)
        for file in islice(files, self._limits.max_files):
            yield self._read(file, visit.author, tally, is_single=single)
        if not tally.documents and not (single and tally.faults <= {FileFault.DRAFT}):
            raise _nothing_read(visit.link, tally)
        return VisitEnd(
            freshness={} if tally.faults & RETRIED else freshness,
            is_complete=tally.faults <= VERDICTS,
        )

    def _freshness(self, files: Sequence[FoundFile]) -> Freshness:
        """Return a digest of all on which the documents depend."""
        limits = self._limits
        facts = [
            [_READER, limits.max_files, limits.max_file_bytes, limits.max_document_bytes],
            *([str(file.path), file.size, file.mtime_ns] for file in files),
        ]
        return {"files": hashlib.sha256(json.dumps(facts).encode()).hexdigest()}

    def _left_out(self, files: Sequence[FoundFile], skipped: Sequence[SkippedPath], tally: _Tally) -> Iterator[Dropped]:
        for path in skipped:
            tally.faults.add(path.fault)
            yield _dropped(path.path, path.fault, _SKIPPED[path.fault])
        for file in files[self._limits.max_files :]:
            tally.faults.add(FileFault.TOO_MANY_FILES)
            detail = f"There are more than {self._limits.max_files} files; raise max_files, or exclude some."
            yield _dropped(file.path, FileFault.TOO_MANY_FILES, detail)

    def _read(self, file: FoundFile, author: Author, tally: _Tally, *, is_single: bool) -> ArticleDocument | Dropped:
        try:
            text = self._text(file)
        except FileLeftOutError as error:
            if is_single:
                raise
            tally.faults.add(error.fault)
            return _dropped(file.path, error.fault, str(error))
        if text.is_draft:
            tally.faults.add(FileFault.DRAFT)
            return _dropped(file.path, FileFault.DRAFT, _DRAFT)
        tally.documents += 1
        return self._document(file, text, author)

    def _text(self, file: FoundFile) -> FileText:
        suffix = suffix_of(file.relative)
        if suffix in DOCUMENT_SUFFIXES:
            _check_size(file, file.size, self._limits.max_document_bytes, "max_document_bytes")
            return text_of_document(file, self._converter.convert(file.path, DocumentKind(suffix)))
        if suffix not in TEXT_SUFFIXES:
            raise FileLeftOutError(
                FileFault.UNREADABLE,
                f"{str(file.path)!r} is of a kind that is not read.",
                remedy=f"Read are files that end in {', '.join(sorted(_SUFFIXES))}.",
            )
        body = _body(file, self._limits.max_file_bytes + 1)
        _check_size(file, max(len(body), file.size), self._limits.max_file_bytes, "max_file_bytes")
        return text_of(file, body)

    def _document(self, file: FoundFile, text: FileText, author: Author) -> ArticleDocument:
        link = file.path.as_uri()
        facts = {**text.facts, "modified_at": datetime.fromtimestamp(file.mtime_ns // 10**9, UTC).isoformat()}
        return ArticleDocument(
            id=document_id(author.id, link),
            content=Content(
                title=text.title,
                subtitle=text.subtitle,
                text=text.text,
                language=text.language,
                **facts,
            ),
            platform="local",
            author_id=author.id,
            author_full_name=author.full_name,
            link=link,
            crawled_at=self._clock(),
        )


def _wanted(source: Source) -> Callable[[str], bool]:
    return lambda path: suffix_of(path) in _SUFFIXES and source.is_wanted(path)


def _check_size(file: FoundFile, size: int, max_bytes: int, limit: str) -> None:
    if size == 0:
        raise FileLeftOutError(FileFault.EMPTY, f"{file.relative!r} is empty.", remedy="Exclude it, or fill it.")
    if size > max_bytes:
        raise FileLeftOutError(
            FileFault.TOO_LARGE,
            f"{file.relative!r} has {size} bytes, more than {max_bytes}.",
            remedy=f"Raise {limit} in the YAML of the run, or exclude the file.",
        )


def _body(file: FoundFile, max_bytes: int) -> bytes:
    try:
        with file.path.open("rb") as opened:
            return opened.read(max_bytes)
    except OSError as error:
        raise FileLeftOutError(
            FileFault.UNREADABLE,
            f"{str(file.path)!r} cannot be read: {error.strerror or error}.",
            remedy="Allow it to be read, or exclude it.",
        ) from error


def _dropped(path: Path, fault: FileFault, detail: str) -> Dropped:
    return Dropped(item=path.as_uri(), reason=fault.value, detail=detail)


def _nothing_read(link: LocalLink, tally: _Tally) -> FileError:
    why = f" ({', '.join(sorted(fault.value for fault in tally.faults))})" if tally.faults else ""
    return FileError(
        FailureReason.NO_CONTENT,
        f"No file at {str(link.path)!r} could be read{why}.",
        remedy="Correct the path, the patterns or the files. What was read from there before stays as it is.",
    )
