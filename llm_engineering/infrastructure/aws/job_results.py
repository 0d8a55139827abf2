"""What a job leaves in S3, brought here: whole archives, unpacked without trust in them."""

import tarfile
import zlib
from collections.abc import Callable
from gzip import BadGzipFile
from pathlib import Path, PurePosixPath
from typing import Final

from llm_engineering.application.train.folders import whole_folder
from llm_engineering.domain.errors import RetryableError, TwinError
from llm_engineering.infrastructure.aws.calls import AwsCalls
from llm_engineering.infrastructure.aws.job_requests import bucket_and_key

_MOST_FILES: Final = 10_000
_GB: Final = 1e9


class BadArchiveError(TwinError):
    """An archive of results is not what a job of this project writes."""

    def __init__(self, address: str, problem: str) -> None:
        super().__init__(
            f"The archive {address} cannot be used: {problem}. Nothing of it was kept here.",
            remedy="Run the command again, which downloads it again. If that does not help, delete it in S3 and look "
            "into the log of the job.",
        )
        self.address = address


class ArchiveTooLargeError(BadArchiveError):
    """An archive holds more than may be unpacked."""

    def __init__(self, address: str, limit_gb: float) -> None:
        super().__init__(address, f"it holds more than {limit_gb:g} GB, which is `sagemaker.max_download_gb`")


class DownloadCutError(RetryableError):
    """A download ended before its end."""

    def __init__(self, address: str, got: int, wanted: int) -> None:
        super().__init__(
            f"{address} came with {got:,} of {wanted:,} bytes.", remedy="Run the command again, which downloads it."
        )


def unpacked(calls: AwsCalls, address: str, folder: Path, *, limit_gb: float, say: Callable[[str], None]) -> Path:
    """Download an archive and return the folder that it was unpacked to, which is there whole or not at all.

    Args:
        calls: How AWS is called.
        address: Of a `.tar.gz` in S3.
        folder: Takes the place of one that is there.
        limit_gb: Most that the archive may hold, unpacked.
        say: Is given a line.

    Raises:
        AwsError: AWS refused it.
        DownloadCutError: It came in part only.
        BadArchiveError: It is no archive, or has something in it that would be written elsewhere.
    """
    archive = folder.with_name(f".{folder.name}.tar.gz")
    archive.parent.mkdir(parents=True, exist_ok=True)
    try:
        _download(calls, address, archive)
        say(f"downloaded {address} ({archive.stat().st_size / 1e6:.1f} MB)")
        with whole_folder(folder) as new:
            _unpack(archive, new, address, limit_gb)
    finally:
        archive.unlink(missing_ok=True)
    return folder


def _download(calls: AwsCalls, address: str, path: Path) -> None:
    bucket, key = bucket_and_key(address)
    wanted = int(calls.call("s3", "head_object", Bucket=bucket, Key=key)["ContentLength"])
    calls.call("s3", "download_file", Bucket=bucket, Key=key, Filename=str(path))
    if path.stat().st_size != wanted:
        raise DownloadCutError(address, path.stat().st_size, wanted)


def _unpack(archive: Path, folder: Path, address: str, limit_gb: float) -> None:
    size = 0
    try:
        with tarfile.open(archive, "r:gz") as opened:
            for number, member in enumerate(opened, start=1):
                _require_plain(member, address)
                size += member.size
                if size > limit_gb * _GB:
                    raise ArchiveTooLargeError(address, limit_gb)
                if number > _MOST_FILES:
                    raise BadArchiveError(address, f"it has more than {_MOST_FILES:,} files")
                opened.extract(member, folder, filter="data")
    except (tarfile.TarError, EOFError, zlib.error, BadGzipFile) as error:
        raise BadArchiveError(address, f"it is no whole .tar.gz ({type(error).__name__}: {error!s:.100})") from error


def _require_plain(member: tarfile.TarInfo, address: str) -> None:
    """Refuse what is neither a file nor a folder, or would lie outside: no job of this project writes such."""
    path = PurePosixPath(member.name)
    if not (member.isfile() or member.isdir()):
        raise BadArchiveError(address, f"{member.name!r:.80} is neither a file nor a folder")
    if path.is_absolute() or ".." in path.parts or "\\" in member.name:
        raise BadArchiveError(address, f"{member.name!r:.80} would be written outside of its folder")
