"""Which local files a link stands for: a file, the files below a folder, or those that fit a pattern."""

import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from llm_engineering.application.crawl.fetching import FailureReason, FileError
from llm_engineering.application.crawl.file_faults import FileFault
from llm_engineering.application.crawl.links import LocalLink

_SKIPPED_FOLDERS: Final = frozenset({"CVS", "__pycache__", "_darcs", "node_modules", "site-packages"})
"""Where version control and package managers keep what the author did not write; hidden folders are skipped anyway."""
_SKIPPED_PREFIXES: Final = (".", "~$")
"""Hidden files and folders, and what Word keeps beside a document while it is open."""
_WILDCARDS: Final = re.compile(r"[*?]")
_PATTERN_PARTS: Final = re.compile(r"(\*\*/|\*|\?)")
_PATTERNS: Final = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}

Wanted = Callable[[str], bool]
"""Whether a path, relative and with forward slashes, is one that is to be read."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file as it was found."""

    path: Path
    relative: str
    """Path from where the search began, with forward slashes; of a single file its name."""
    size: int
    """In bytes."""
    mtime_ns: int
    """When it was last changed, in nanoseconds of Unix time."""


@dataclass(frozen=True, slots=True)
class SkippedPath:
    """A file or folder that was not gone into."""

    path: Path
    fault: FileFault


def found_files(link: LocalLink, is_wanted: Wanted) -> Iterator[FoundFile | SkippedPath]:
    """Yield the wanted files that a link stands for, in the order of their names, folder by folder.

    Hidden files and folders are not looked at, and symbolic links are not followed: what they lead to inside the
    folder is read where it lies, and what lies outside was not asked for. The link itself may lead through symbolic
    links.

    Raises:
        FileError: There is nothing at the path, or it may not be read.
    """
    root, pattern = _split(link.path)
    mode = _mode(root, link)
    if stat.S_ISDIR(mode):
        fits = _fitting(pattern)
        yield from _files_below(root, lambda path: fits(path) and is_wanted(path))
    elif pattern:
        raise _not_found(link)
    elif stat.S_ISREG(mode):
        yield _found_below(root, root.name)
    else:
        raise FileError(
            FailureReason.UNREADABLE_FILE,
            f"What lies at {str(link.path)!r} is neither a file nor a folder.",
            remedy="Give the path of a file or folder.",
        )


def _split(path: Path) -> tuple[Path, str]:
    """Return the folder at which a search begins, and the pattern of what is searched for below; empty if all is.

    A path that exists as it is written holds no pattern.
    """
    first = next((place for place, part in enumerate(path.parts) if _WILDCARDS.search(part)), None)
    if first is None or os.path.lexists(path):
        return path, ""
    return Path(*path.parts[:first]), "/".join(path.parts[first:])


def _fitting(pattern: str) -> Wanted:
    """Return whether a path fits a pattern; `**` stands for any number of folders, `*` and `?` for no slash."""
    if not pattern:
        return lambda _path: True
    pattern = f"{pattern}/*" if pattern.endswith("**") else pattern
    parts = (_PATTERNS.get(part, re.escape(part)) for part in _PATTERN_PARTS.split(pattern))
    expression = re.compile("".join(parts))
    return lambda path: expression.fullmatch(path) is not None


def _files_below(root: Path, is_wanted: Wanted) -> Iterator[FoundFile | SkippedPath]:
    for folder, entry in _entries(root):
        path = Path(entry if isinstance(entry, str) else entry.path)
        if isinstance(entry, str):
            yield SkippedPath(path, FileFault.UNREADABLE)
        elif entry.is_symlink():
            if is_wanted(folder + entry.name) or entry.is_dir():
                yield SkippedPath(path, _link_fault(root, path))
        elif is_wanted(folder + entry.name):
            yield _found_below(path, folder + entry.name)


def _entries(root: Path) -> Iterator[tuple[str, "os.DirEntry[str] | str"]]:
    """Yield each file and symbolic link below a folder, with the relative path of the folder that it lies in.

    Of a folder below that cannot be read, its path is yielded instead.
    """
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            listed = _listed(root / folder)
        except OSError as error:
            if not folder:
                raise _unreadable(root, error) from error
            yield folder, str(root / folder)
            continue
        shown = [entry for entry in listed if not _is_skipped(entry.name)]
        folders += [f"{folder}{entry.name}/" for entry in reversed(shown) if entry.is_dir(follow_symlinks=False)]
        for entry in shown:
            if entry.is_symlink() or entry.is_file():
                yield folder, entry


def _listed(folder: Path) -> "list[os.DirEntry[str]]":
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _is_skipped(name: str) -> bool:
    return name.startswith(_SKIPPED_PREFIXES) or name in _SKIPPED_FOLDERS


def _link_fault(root: Path, path: Path) -> FileFault:
    target = Path(os.path.realpath(path))
    return FileFault.SYMLINK if target.is_relative_to(root) else FileFault.OUTSIDE


def _found_below(path: Path, relative: str) -> FoundFile | SkippedPath:
    try:
        return _found(path, relative)
    except OSError:  # it went away meanwhile
        return SkippedPath(path, FileFault.UNREADABLE)


def _found(path: Path, relative: str) -> FoundFile:
    facts = path.stat()
    return FoundFile(path, relative, facts.st_size, facts.st_mtime_ns)


def _mode(path: Path, link: LocalLink) -> int:
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _not_found(link) from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _not_found(link: LocalLink) -> FileError:
    return FileError(
        FailureReason.NOT_FOUND,
        f"There is nothing at {str(link.path)!r}.",
        remedy="Correct the path; if it lies on another disk, see that the disk is there.",
    )


def _unreadable(path: Path, error: OSError) -> FileError:
    return FileError(
        FailureReason.UNREADABLE_FILE,
        f"{str(path)!r} cannot be read: {error.strerror or error}.",
        remedy="Allow it to be read, or exclude it.",
    )
