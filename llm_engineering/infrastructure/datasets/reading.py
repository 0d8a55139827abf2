"""Data sets from files and from the Hugging Face Hub."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from llm_engineering.application.datasets.given_samples import DatasetFileError, Record, given_samples, split_named
from llm_engineering.domain.errors import InvalidInputError, RetryableError
from llm_engineering.domain.samples import Sample
from llm_engineering.infrastructure.datasets.detectors import DatasetsExtraMissingError

Placed = tuple[str | None, Record]
"""A record with the name of the side of the split that it stands in."""
_HUB_NAME: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_SIDE_IN_NAME: Final = re.compile(r"(?:^|[-_.])(train|test|validation|valid|val|eval)(?=[-_.]|$)", re.IGNORECASE)
_TEXT_FIELDS: Final = (
    "instruction", "question", "prompt", "query", "input", "text", "answer", "output", "response", "chosen", "context",
    "expected", "expected_answer", "reference",
)  # fmt: skip


class NoSuchDatasetError(InvalidInputError):
    """A data set is neither a file or folder nor named like one of the Hub."""

    def __init__(self, source: str) -> None:
        super().__init__(
            f"There is no data set {source!r}.",
            remedy="Name a file (.json, .jsonl, .parquet), a folder of such files, or a data set of the Hugging Face "
            "Hub as owner/name.",
        )
        self.source = source


class HubDatasetError(RetryableError):
    """A data set of the Hub could not be loaded."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"The data set {name!r} of the Hugging Face Hub could not be loaded: {reason}.",
            remedy="Check the name and the network; a private one needs HF_TOKEN, and HF_HUB_OFFLINE forbids "
            "downloads.",
        )
        self.name = name


def read_samples(source: str) -> list[Sample]:
    """Return the samples of a data set, all that are there.

    Args:
        source: A JSON, JSON Lines or Parquet file, a folder of them, or owner/name on the Hub.

    Raises:
        NoSuchDatasetError: There is none.
        DatasetFileError: It cannot be read, or some records are no samples.
        HubDatasetError: It could not be loaded from the Hub.
        DatasetsExtraMissingError: Parquet and the Hub need the extra `datasets`.
    """
    path = Path(source)
    if path.is_dir():
        files = sorted(each for each in path.rglob("*") if each.suffix in _READERS and not each.name.startswith("."))
        return given_samples((placed for file in files for placed in _records(file)), source)
    if path.is_file():
        return given_samples(_records(path), source)
    if _HUB_NAME.fullmatch(source):
        return given_samples(_hub_records(source), source)
    raise NoSuchDatasetError(source)


def read_texts(path: Path) -> list[str]:
    """Return the texts of an evaluation set: the questions and answers of its records, or the lines of a text file.

    Raises:
        NoSuchDatasetError: There is no such file.
        DatasetFileError: It cannot be read, or holds no texts.
    """
    if not path.is_file():
        raise NoSuchDatasetError(str(path))
    if path.suffix not in _READERS:
        texts = [line.strip() for line in _text(path).splitlines() if line.strip()]
    else:
        records = (record for _, record in _records(path))
        texts = [record[name] for record in records for name in _TEXT_FIELDS if isinstance(record.get(name), str)]
    if not texts:
        raise DatasetFileError(str(path), [f"it has no texts in any of the columns {', '.join(_TEXT_FIELDS)}"])
    return texts


def _records(path: Path) -> Iterator[Placed]:
    reader = _READERS.get(path.suffix)
    if reader is None:
        raise DatasetFileError(str(path), [f"its name ends in {path.suffix!r}, known are {', '.join(_READERS)}"])
    return reader(path)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetFileError(str(path), [f"it is no readable text ({error!s:.120})"]) from error


def _side(path: Path) -> str | None:
    found = _SIDE_IN_NAME.search(path.stem)
    return found[1] if found else None


def _json(path: Path) -> Iterator[Placed]:
    try:
        value = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise DatasetFileError(str(path), [f"it is not JSON ({error!s:.120})"]) from error
    yield from _placed(value, _side(path), str(path))


def _placed(value: Any, side: str | None, source: str) -> Iterator[Placed]:  # noqa: ANN401 - any JSON value
    """Yield the records of a list, or of an object that holds lists by split and category."""
    if isinstance(value, list):
        for place, record in enumerate(value):
            if not isinstance(record, Mapping):
                raise DatasetFileError(source, [f"record {place} is no object, got {record!r:.60}"])
            yield side, record
    elif isinstance(value, Mapping) and isinstance(value.get("samples"), list):
        yield from _placed(value["samples"], side, source)
    elif isinstance(value, Mapping):
        inner = {name: each for name, each in value.items() if isinstance(each, (Mapping, list))}
        if not inner:
            raise DatasetFileError(source, [f"it has no list of samples, but the fields {', '.join(value)[:120]}"])
        for name, each in inner.items():
            yield from _placed(each, name if split_named(name) else side, source)
    else:
        raise DatasetFileError(source, [f"it must be a list or an object, got {value!r:.60}"])


def _json_lines(path: Path) -> Iterator[Placed]:
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if line.strip():
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise DatasetFileError(str(path), [f"line {number} is not JSON ({error!s:.120})"]) from error
            if not isinstance(record, Mapping):
                raise DatasetFileError(str(path), [f"line {number} is no object, got {record!r:.60}"])
            yield _side(path), record


def _parquet(path: Path) -> Iterator[Placed]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise DatasetsExtraMissingError("datasets") from error
    try:
        rows = parquet.read_table(path).to_pylist()
    except (ArrowException, OSError) as error:
        raise DatasetFileError(str(path), [f"it is no Parquet file ({error!s:.120})"]) from error
    for row in rows:
        yield _side(path), row


def _hub_records(name: str) -> Iterator[Placed]:
    try:
        import datasets
    except ImportError as error:
        raise DatasetsExtraMissingError("datasets") from error
    try:
        loaded = datasets.load_dataset(name)
    except Exception as error:
        raise HubDatasetError(name, f"{type(error).__name__}: {error!s:.200}") from error
    for split, rows in loaded.items():
        for row in rows:
            yield str(split), row


_READERS: Final[Mapping[str, Callable[[Path], Iterator[Placed]]]] = {
    ".json": _json,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".parquet": _parquet,
}
