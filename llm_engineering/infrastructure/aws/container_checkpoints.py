"""Checkpoints that go through S3 file by file: one that came back in part only is not gone on from.

On its machine a checkpoint is a folder that is renamed when it is whole. SageMaker copies the files of a folder to S3
one by one, and an instance that is taken back may take some of them with it. So beside each whole folder lies a list of
its files with their sizes, and what does not have all of them is deleted before training begins. A file itself is in S3
as a whole or not at all.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from loguru import logger

_LIST: Final = ".files.json"
_PATTERNS: Final = ("*/trained", "*/checkpoints/checkpoint-*")
"""Folders that `application.train` and TRL's adapter write whole or not at all."""


class CarriedCheckpoints:
    """Lists the folders of a training, and clears away those that are not whole.

    Args:
        work: Folder of `trained_model`'s work.
    """

    def __init__(self, work: Path) -> None:
        self._work = work

    def restore(self) -> None:
        """Delete what is not whole; to be called before training begins."""
        if not self._work.is_dir():
            return
        for hidden in [path for path in self._work.rglob(".*") if path.exists()]:
            _removed(hidden)
        for folder in self._folders():
            if _listed(folder) != _sizes(folder):
                logger.warning("{name} came back in part and is left out", name=folder.relative_to(self._work))
                _removed(folder)

    def keep(self) -> None:
        """Write the lists of what is whole now; to be called by the process that trains, between its steps."""
        for folder in self._folders():
            sizes = _sizes(folder)
            if _listed(folder) != sizes:
                beside = folder.with_name(f".{folder.name}{_LIST}")
                beside.write_text(json.dumps(sizes), encoding="utf-8")
                beside.replace(_list_of(folder))

    def _folders(self) -> Iterator[Path]:
        for pattern in _PATTERNS:
            yield from (path for path in sorted(self._work.glob(pattern)) if path.is_dir())


def _list_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}{_LIST}")


def _listed(folder: Path) -> dict[str, int] | None:
    """Return the list of a folder; None if there is none that can be read."""
    try:
        found: dict[str, int] = json.loads(_list_of(folder).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def _sizes(folder: Path) -> dict[str, int]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}


def _removed(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
