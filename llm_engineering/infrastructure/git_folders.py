"""Temporary folders for copies of repositories, which do not outlive the process that made them for long."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout
from loguru import logger

_PREFIX: Final = "llm-twin-git-"
_NAME: Final = re.compile(rf"{_PREFIX}(?P<owner>\d+)-\w+")
_LOCK: Final = "lock"


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield a new folder that is removed at the end; those of processes that were killed are removed at the start.

    The name holds the id of this process, and a file in the folder is locked as long as it is used. The operating
    system lets go of the lock when the process ends in whatever way. A folder counts as left behind if no process has
    the id and the lock is free: in containers that share the folder for temporary files one of the two alone is not
    enough.
    """
    _remove_left_behind(Path(tempfile.gettempdir()))
    # The files of a killed process of git may still change while they are deleted.
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", ignore_cleanup_errors=True) as name:
        lock = FileLock(Path(name) / _LOCK, thread_local=False)  # a generator may be closed by another thread
        with lock:
            folder = Path(name) / "git"
            folder.mkdir()
            yield folder


def _remove_left_behind(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        name = _NAME.fullmatch(folder.name)
        if name is not None and not folder.is_symlink() and not _is_running(int(name["owner"])):
            _remove_unless_locked(folder)


def _remove_unless_locked(folder: Path) -> None:
    lock = FileLock(folder / _LOCK, thread_local=False)
    try:
        if folder.stat().st_uid == os.geteuid():
            with lock.acquire(timeout=0):
                shutil.rmtree(folder, ignore_errors=True)  # another process may be doing the same
            logger.info("removed {folder}, which a killed crawl had left behind", folder=str(folder))
    except (Timeout, FileNotFoundError):  # it is used in another container, or has just been removed
        return


def _is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except (OverflowError, PermissionError):  # it is somebody else's, or none that this program named
        return True
    return True
