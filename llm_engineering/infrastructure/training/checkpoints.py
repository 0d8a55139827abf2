"""Checkpoints that are written whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Final

from llm_engineering.application.train.folders import partial_folder, put_in_place

_PREFIX: Final = "checkpoint-"


class Checkpoints:
    """The checkpoints of a stage.

    Args:
        folder: Each is a folder `checkpoint-STEP` in it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def all(self) -> list[Path]:
        """Those that are whole, in the order of their steps."""
        found = [path for path in self.folder.glob(f"{_PREFIX}*") if path.name.removeprefix(_PREFIX).isdigit()]
        return sorted(found, key=step_of)

    @property
    def last(self) -> Path | None:
        """The one to go on from; None: there is none."""
        return self.all[-1] if self.all else None

    def of(self, step: int) -> Path:
        """Return where the checkpoint of a step lies, or would lie."""
        return self.folder / f"{_PREFIX}{step}"

    @property
    def being_written(self) -> Path:
        """Folder in which checkpoints are written, before they take their place."""
        return partial_folder(self.folder / "written")

    @contextmanager
    def writing(self, *, is_main: bool) -> Iterator[Path]:
        """Yield where a checkpoint is written. What a failed or killed writer left there is cleared away first.

        Args:
            is_main: Whether this process is the one that clears away.
        """
        if is_main and self.being_written.exists():
            rmtree(self.being_written)
        try:
            yield self.being_written
        except BaseException:
            if is_main:
                # A full disk has room again for whoever looks into it.
                rmtree(self.being_written, ignore_errors=True)
            raise

    def put(self, step: int, keep: Path | None = None) -> None:
        """Let what was written take its place, and delete older ones.

        Args:
            step: Its step.
            keep: An older one that stays: the best so far.
        """
        if self.of(step).exists():  # as after a resumption that saves its first step again
            rmtree(self.of(step))
        put_in_place(self.being_written / f"{_PREFIX}{step}", self.of(step))
        rmtree(self.being_written, ignore_errors=True)
        for old in self.all[:-1]:
            if old != keep:
                rmtree(old)


def step_of(checkpoint: Path) -> int:
    """Return how many updates of the weights came before a checkpoint."""
    return int(checkpoint.name.removeprefix(_PREFIX))
