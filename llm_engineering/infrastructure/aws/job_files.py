"""Files that go to a job: known by their content, so that none is sent twice."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.identity import content_hash
from llm_engineering.infrastructure.aws.calls import AwsCalls
from llm_engineering.infrastructure.aws.job_requests import JobFiles, bucket_and_key

_BLOCK_BYTES: Final = 1 << 20
_DIGITS: Final = 32


class NoFilesToSendError(InvalidInputError):
    """A job is to get a folder in which there is nothing."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"There is nothing in {folder} that could be sent.", remedy="Name a folder with files.")
        self.folder = folder


def job_files(files: Mapping[str, Path]) -> JobFiles:
    """Return files as a channel, with the hash of names and contents."""
    parts = [part for name in sorted(files) for part in (name, _sha256(files[name]))]
    return JobFiles({name: files[name] for name in sorted(files)}, content_hash(*parts)[:_DIGITS])


def folder_files(folder: Path, inside: str = "") -> dict[str, Path]:
    """Return the files of a folder by their paths; hidden ones are left out.

    Args:
        folder: Where they lie.
        inside: Folder that they are put in.

    Raises:
        NoFilesToSendError: There are none.
    """
    found = {
        f"{inside}{path.relative_to(folder).as_posix()}": path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }
    if not found:
        raise NoFilesToSendError(folder)
    return found


def send(calls: AwsCalls, files: JobFiles, place: str, say: Callable[[str], None]) -> int:
    """Send files to a folder in S3, apart from those that are there; return how many were sent.

    Raises:
        AwsError: AWS refused one; what was sent stays, and a further run sends the rest.
    """
    bucket, prefix = bucket_and_key(place)
    listed = calls.pages("s3", "list_objects_v2", "Contents", Bucket=bucket, Prefix=f"{prefix}/")
    there = {str(each["Key"]): int(each["Size"]) for each in listed}
    sent = 0
    for name, path in files.files.items():
        key = f"{prefix}/{name}"
        if there.get(key) != path.stat().st_size:
            # By its parts, side by side, each with its own retries; an object is there whole or not at all.
            calls.call("s3", "upload_file", Filename=str(path), Bucket=bucket, Key=key)
            sent += 1
    if sent:
        say(f"sent {sent} of {len(files.files)} files to {place}")
    return sent


def _sha256(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            found.update(block)
    return found.hexdigest()
