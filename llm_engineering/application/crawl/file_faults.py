"""Why a local file is left out."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from llm_engineering.application.crawl.fetching import FailureReason, FileError


class FileFault(StrEnum):
    """Why a local file gives no document. The values are stored and counted: do not rename them."""

    DRAFT = "draft"
    OUTSIDE = "outside"
    SYMLINK = "symlink"
    EMPTY = "empty"
    BINARY = "binary"
    NO_TEXT = "no_text"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    FRONT_MATTER_INVALID = "front_matter_invalid"
    TOO_LARGE = "too_large"
    TOO_MANY_FILES = "too_many_files"
    UNREADABLE = "unreadable_file"
    TIMEOUT = "timeout"
    EXTRA_MISSING = "extra_missing"


VERDICTS: Final = frozenset({
    FileFault.DRAFT,
    FileFault.OUTSIDE,
    FileFault.SYMLINK,
    FileFault.EMPTY,
    FileFault.BINARY,
    FileFault.NO_TEXT,
    FileFault.ENCRYPTED,
})
"""What the file itself says: a document that an earlier version of it gave is withdrawn. After any other fault the
document may still be there, unread."""

RETRIED: Final = frozenset({FileFault.UNREADABLE, FileFault.TIMEOUT, FileFault.EXTRA_MISSING})
"""What may be different at the next visit although the file is the same."""

_REASONS: Final[Mapping[FileFault, FailureReason]] = {
    FileFault.EMPTY: FailureReason.NO_CONTENT,
    FileFault.NO_TEXT: FailureReason.NO_CONTENT,
    FileFault.TOO_LARGE: FailureReason.TOO_LARGE,
    FileFault.TIMEOUT: FailureReason.TIMEOUT,
    FileFault.EXTRA_MISSING: FailureReason.EXTRA_MISSING,
}


class FileLeftOutError(FileError):
    """A local file gives no document. Other files are not affected.

    Args:
        fault: The condition, by which files that are left out are counted.
        problem: What broke, with the path.
        remedy: What the reader can do about it.
    """

    def __init__(self, fault: FileFault, problem: str, *, remedy: str) -> None:
        super().__init__(_REASONS.get(fault, FailureReason.UNREADABLE_FILE), problem, remedy=remedy)
        self.fault = fault
