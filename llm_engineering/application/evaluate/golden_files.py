"""Frozen golden sets as JSON Lines files, named after what is in them."""

from pathlib import Path
from typing import Final

from pydantic import ValidationError

from llm_engineering.application.evaluate.golden import GoldenQuestion, GoldenSet
from llm_engineering.domain.errors import InvalidInputError

GOLDEN_FOLDER: Final = "golden"
"""Where golden sets lie in the data folder."""
_REMEDY: Final = "`poetry poe make-golden-questions` makes a set anew."


class GoldenSetMissingError(InvalidInputError):
    """There is no such golden set."""

    def __init__(self, folder: Path, version: str | None) -> None:
        known = sorted(path.stem for path in folder.glob("*.jsonl"))
        super().__init__(
            f"There is no golden set{f' {version!r:.40}' if version else ''} in {folder}; "
            f"there is: {', '.join(known) or 'none'}.",
            remedy=_REMEDY,
        )
        self.folder = folder
        self.version = version


class GoldenSetChangedError(InvalidInputError):
    """A frozen set is not what its name says: it was edited or cut off, and figures on it would compare with none."""

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(f"{path} is no golden set as it was frozen: {fault}.", remedy=f"Delete it; {_REMEDY}")
        self.path = path
        self.fault = fault


def write_golden_set(folder: Path, golden: GoldenSet) -> Path:
    """Write one question a line to `folder/<version>.jsonl`, whole or not at all, and return the path.

    A set that is written again becomes the one that was written last.
    """
    path = folder / f"{golden.version}.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".jsonl.partial")
    partial.write_text("".join(f"{question.model_dump_json()}\n" for question in golden.items), encoding="utf-8")
    partial.replace(path)
    return path


def read_golden_set(folder: Path, version: str | None = None) -> GoldenSet:
    """Return a frozen set: that of a version, or the one that was written last.

    Raises:
        GoldenSetMissingError: There is none.
        GoldenSetChangedError: The file is not what was frozen.
    """
    paths = [folder / f"{version}.jsonl"] if version else sorted(folder.glob("*.jsonl"), key=_written)
    if not paths or not paths[-1].is_file():
        raise GoldenSetMissingError(folder, version)
    return _checked(paths[-1])


def _written(path: Path) -> tuple[int, str]:
    return path.stat().st_mtime_ns, path.name


def _checked(path: Path) -> GoldenSet:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")[:-1]
        golden = GoldenSet(items=tuple(map(GoldenQuestion.model_validate_json, lines)))
    except (UnicodeDecodeError, ValidationError) as error:
        raise GoldenSetChangedError(path, f"it cannot be read ({str(error)[:200]})") from error
    if golden.version != path.stem:
        raise GoldenSetChangedError(path, f"its content is that of {golden.version}")
    return golden
