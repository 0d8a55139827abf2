"""Reads the members of a ZIP archive from an untrusted source; nothing is unpacked to disk.

The format is that of PKWARE's APPNOTE.TXT 6.3.10. Sizes, names and checksums that an archive declares are checked
against what is read: an archive can be written to fill the memory of whoever opens it
(https://www.bamsoftware.com/hacks/zipbomb/).
"""

import re
import stat
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from pydantic import Field

from llm_engineering.application.crawl.decoding import decoded
from llm_engineering.application.crawl.exports.faults import ExportFault, dropped
from llm_engineering.application.crawl.fetching import FailureReason, FileError
from llm_engineering.application.crawl.port import Page
from llm_engineering.domain.errors import TwinError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Dropped

_CHUNK_BYTES: Final = 1 << 20
_LOCAL_HEADER_BYTES: Final = 30
_ENCRYPTED: Final = 0x1
_UTF8_NAME: Final = 0x800
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_DAMAGES: Final = (BadZipFile, EOFError, NotImplementedError, OSError, ValueError, struct.error, zlib.error)
"""What zipfile raises on data that is not what it says: wrong checksums, cut-off streams, names that are no UTF-8."""
_DOWNLOAD_AGAIN: Final = "Download the archive again; do not repack it."


class ArchiveLimits(FrozenModel):
    """How much is read of one archive."""

    max_members: int = Field(default=500_000, gt=0)
    """Files in the archive, those included that are never opened, such as videos."""
    max_member_bytes: int = Field(default=300_000_000, gt=0)
    """Of one file, decompressed; a larger one is left out."""
    max_archive_bytes: int = Field(default=2_000_000_000, gt=0)
    """Of all files that are read, decompressed."""
    max_ratio: int = Field(default=200, gt=1)
    """Decompressed to compressed bytes of one file; text reaches about 20, a bomb 1000."""


class MemberError(TwinError):
    """One member of an archive cannot be read; the others are not affected.

    Args:
        member: Its name.
        fault: The condition.
        problem: What is wrong with it.
    """

    def __init__(self, member: str, fault: ExportFault, problem: str) -> None:
        super().__init__(f"The member {member[:200]!r} {problem}.", remedy=_DOWNLOAD_AGAIN)
        self.member = member
        self.fault = fault

    @property
    def drop(self) -> Dropped:
        """The member as an item that did not go on."""
        return dropped(self.member, self.fault, str(self))


class Archive:
    """The readable members of a ZIP archive.

    Args:
        zip_file: The archive, opened for reading.
        limits: How much may be read of it.

    Raises:
        FileError: The archive is not to be trusted as a whole: it has too many members, is encrypted, its members
            overlap, or a name leads out of it.
    """

    def __init__(self, zip_file: ZipFile, limits: ArchiveLimits) -> None:
        self._zip_file = zip_file
        self._limits = limits
        self._members: dict[str, ZipInfo] = {}
        self._faults: list[Dropped] = []
        self._read_bytes = 0
        infos = zip_file.infolist()
        if len(infos) > limits.max_members:
            raise self._too_large(f"has {len(infos)} members, more than {limits.max_members}")
        _refuse_overlaps(zip_file, infos)
        for info in infos:
            self._add(info)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the members that can be read, in the order of the archive; folders are none."""
        return tuple(self._members)

    @property
    def faults(self) -> tuple[Dropped, ...]:
        """The members that cannot be read as they are listed: symbolic links, and further ones of the same name."""
        return tuple(self._faults)

    def matching(self, pattern: re.Pattern[str]) -> tuple[str, ...]:
        """Return the names that a pattern fits from the first to the last character, sorted."""
        return tuple(sorted(filter(pattern.fullmatch, self._members)))

    def read(self, name: str) -> bytes:
        """Return the bytes of a member.

        Raises:
            MemberError: It is damaged, too large, or compressed in a way that is not read.
            FileError: It is a decompression bomb, or too much has been read of the archive.
        """
        info = self._members[name]
        if info.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
            # zipfile decompresses bzip2 and LZMA without an upper bound, and no service uses them.
            raise MemberError(name, ExportFault.UNKNOWN_COMPRESSION, f"is compressed by method {info.compress_type}")
        content = bytearray()
        try:
            with self._zip_file.open(info) as stream:
                while chunk := stream.read(_CHUNK_BYTES):
                    content += chunk
                    self._check(name, info, len(content), len(chunk))
        except _DAMAGES as error:
            raise MemberError(name, ExportFault.DAMAGED_MEMBER, f"cannot be read: {error}") from error
        return bytes(content)

    def text(self, name: str) -> str:
        """Return the text of a member, which is UTF-8 unless its bytes say otherwise.

        Raises:
            MemberError: See `read`.
            FileError: See `read`.
        """
        return decoded(Page(url=name, content_type="", body=self.read(name)))

    def _add(self, info: ZipInfo) -> None:
        name = _decoded_name(info)
        _refuse_escape(self._zip_file, name)
        if info.flag_bits & _ENCRYPTED:
            raise _invalid(
                self._zip_file, f"is encrypted ({name[:100]!r})", remedy="Give the archive without a password."
            )
        if info.is_dir() or _is_debris(name):
            return
        if stat.S_ISLNK(info.external_attr >> 16):
            self._faults.append(MemberError(name, ExportFault.SYMLINK, "is a symbolic link").drop)
        elif name in self._members:
            self._faults.append(
                MemberError(name, ExportFault.DUPLICATE_MEMBER, "is there twice; the first is read").drop
            )
        else:
            self._members[name] = info

    def _check(self, name: str, info: ZipInfo, size: int, added: int) -> None:
        """Stop reading a member as soon as it has grown beyond a limit, whatever size it declares."""
        self._read_bytes += added
        if size > _CHUNK_BYTES and size > self._limits.max_ratio * info.compress_size:
            raise _invalid(self._zip_file, f"holds a decompression bomb ({name[:100]!r})", remedy=_DOWNLOAD_AGAIN)
        if self._read_bytes > self._limits.max_archive_bytes:
            raise self._too_large(f"holds more than {self._limits.max_archive_bytes} bytes to read")
        if size > self._limits.max_member_bytes:
            raise MemberError(name, ExportFault.TOO_LARGE, f"is larger than {self._limits.max_member_bytes} bytes")

    def _too_large(self, problem: str) -> FileError:
        return FileError(
            FailureReason.TOO_LARGE,
            f"The archive {_name_of(self._zip_file)} {problem}.",
            remedy="Ask the service for an archive of posts and articles only, or raise the limit.",
        )


@contextmanager
def opened_archive(path: Path, limits: ArchiveLimits) -> Iterator[Archive]:
    """Yield the archive at a path; it can be read inside the `with` block.

    Raises:
        FileError: There is no such file, it is no ZIP archive, or not one to be trusted.
    """
    try:
        zip_file = ZipFile(path)
    except FileNotFoundError as error:
        raise FileError(
            FailureReason.NOT_FOUND, f"There is no file {str(path)!r}.", remedy="Correct the path."
        ) from error
    except (PermissionError, IsADirectoryError) as error:
        raise FileError(
            FailureReason.UNREADABLE_FILE,
            f"{str(path)!r} cannot be opened: {error.strerror}.",
            remedy="Give a file that may be read.",
        ) from error
    except _DAMAGES as error:
        raise FileError(
            FailureReason.ARCHIVE_INVALID, f"{str(path)!r} is no whole ZIP archive: {error}.", remedy=_DOWNLOAD_AGAIN
        ) from error
    with zip_file:
        yield Archive(zip_file, limits)


def _decoded_name(info: ZipInfo) -> str:
    """Return the name as it was meant: many programs write UTF-8 and do not say so, which zipfile takes for CP437."""
    name = info.orig_filename
    if info.flag_bits & _UTF8_NAME:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _refuse_escape(zip_file: ZipFile, name: str) -> None:
    leads_out = name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/")
    if not name or leads_out or "\\" in name or "\0" in name:
        raise _invalid(
            zip_file, f"has a member of the name {name[:100]!r}, which leads out of it", remedy=_DOWNLOAD_AGAIN
        )


def _refuse_overlaps(zip_file: ZipFile, infos: list[ZipInfo]) -> None:
    """Refuse members that share bytes: the same few are then decompressed again and again."""
    end = zip_file.start_dir
    for info in sorted(infos, key=lambda info: info.header_offset, reverse=True):
        if info.header_offset + _LOCAL_HEADER_BYTES + info.compress_size > end:
            raise _invalid(zip_file, f"has members that overlap ({info.filename[:100]!r})", remedy=_DOWNLOAD_AGAIN)
        end = info.header_offset


def _is_debris(name: str) -> bool:
    """Whether the Finder of macOS left the file in an archive that was repacked."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2] == ".DS_Store"


def _invalid(zip_file: ZipFile, problem: str, *, remedy: str) -> FileError:
    return FileError(FailureReason.ARCHIVE_INVALID, f"The archive {_name_of(zip_file)} {problem}.", remedy=remedy)


def _name_of(zip_file: ZipFile) -> str:
    return repr(zip_file.filename)
