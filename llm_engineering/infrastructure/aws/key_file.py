"""Files for keys, which nobody else may read."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from llm_engineering.domain.errors import InvalidInputError

_OWNER_ONLY: Final = 0o600


class KeyFileError(InvalidInputError):
    """A file cannot hold keys."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(
            f"No keys are written to {path}: {problem}.",
            remedy="Name another file with --keys-file, on a disk that keeps who may read a file.",
        )
        self.path = path


@contextmanager
def private_file(path: Path) -> Iterator[TextIO]:
    """Yield a new file that only its owner can read and write, from its first byte on; it is deleted on an error.

    Raises:
        KeyFileError: There is such a file, it cannot be made, or others could read it.
    """
    try:
        # Exclusive: neither an old file with other rights nor a link to one is written to.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), _OWNER_ONLY)
    except FileExistsError as error:
        raise KeyFileError(path, "it exists already") from error
    except OSError as error:
        raise KeyFileError(path, f"it cannot be made ({error.strerror})") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        try:
            require_private(path, os.fstat(descriptor).st_mode)
            yield file
            file.flush()
            os.fsync(descriptor)
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def require_private(path: Path, mode: int) -> None:
    """Do nothing if a file with these rights is its owner's alone.

    Raises:
        KeyFileError: Others could read or write it: some disks give all files the same rights.
    """
    rights = stat.S_IMODE(mode)
    if rights & ~_OWNER_ONLY:
        raise KeyFileError(path, f"others could read it, its rights are {rights:04o} instead of 0600")
