"""Folders that are written whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the place of another one at the end, when all that is in it lies on the disk.

    If the block raises or the process is killed, what was there before stays; the next call clears away the rest.
    """
    new = partial_folder(folder)
    _removed(new)
    new.mkdir(parents=True)
    try:
        yield new
        put_in_place(new, folder)
    except BaseException:
        _removed(new)
        raise


def partial_folder(folder: Path) -> Path:
    """Return where a folder lies while it is written: beside it, under a hidden name."""
    return folder.with_name(f".{folder.name}.new")


def put_in_place(new: Path, folder: Path) -> None:
    """Let a folder take the place of another one, which may not be there, once its files lie on the disk."""
    _flushed(new)
    old = folder.with_name(f".{folder.name}.old")
    _removed(old)
    if folder.exists():
        folder.replace(old)
    new.replace(folder)
    _flush(folder.parent)
    _removed(old)


def _flushed(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        _flush(path)


def _flush(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _removed(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
