"""The format in which a warehouse is exchanged, and its files read: a folder with one JSON list per collection.

It is the format of the LLM Engineer's Handbook (`data/data_warehouse_raw_data`), so that its data can be imported.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from pydantic import ValidationError

from llm_engineering.application.ports import DOCUMENTS, USERS, Collection
from llm_engineering.application.warehouse.documents import faults
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import DOCUMENT_TYPES, Category, RawDocument
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.suggestions import did_you_mean


@dataclass(frozen=True, slots=True)
class ExchangeFile:
    """A file of the format and what its objects are."""

    name: str
    collection: Collection
    model: type[Author] | type[RawDocument]


_DOCUMENT_FILES: Final = {
    Category.ARTICLES: "ArticleDocument.json",
    Category.POSTS: "PostDocument.json",
    Category.REPOSITORIES: "RepositoryDocument.json",
}
AUTHORS_FILE: Final = ExchangeFile("UserDocument.json", USERS, Author)
EXCHANGE_FILES: Final = (
    AUTHORS_FILE,
    *(ExchangeFile(_DOCUMENT_FILES[each], DOCUMENTS[each], DOCUMENT_TYPES[each]) for each in Category),
)
"""Authors first: a document refers to its author."""


class ExchangeFolderError(InvalidInputError):
    """A folder holds no file of the format."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"There is nothing to import: {str(folder)!r} {reason}.",
            remedy=f"Name a folder with {', '.join(file.name for file in EXCHANGE_FILES)}, or some of them.",
        )
        self.folder = folder


@dataclass(frozen=True, slots=True)
class ExchangeFault:
    """Something in a file that keeps it from being imported."""

    file: str
    index: int | None
    """Position of the object in the list of the file, from 0; None if the fault is the file's."""
    problem: str
    """The field, the rule and the start of the value."""

    def __str__(self) -> str:
        place = self.file if self.index is None else f"{self.file}[{self.index}]"
        return f"{place}: {self.problem}"


@dataclass(frozen=True, slots=True)
class ExchangeObject:
    """An author or a document, and where it was read."""

    file: ExchangeFile
    index: int
    value: Author | RawDocument

    @property
    def key(self) -> tuple[str, ...]:
        """Its natural key."""
        return tuple(getattr(self.value, field) for field in self.file.collection.key)

    def fault(self, problem: str) -> ExchangeFault:
        """Return a fault of this object."""
        return ExchangeFault(self.file.name, self.index, problem)


def files_in(folder: Path) -> dict[str, Path]:
    """Return the JSON files of a folder by name, hidden ones aside.

    Raises:
        ExchangeFolderError: It is no folder, or has no JSON file.
    """
    if not folder.is_dir():
        raise ExchangeFolderError(folder, "is no folder")
    files = {path.name: path for path in sorted(folder.glob("*.json")) if not path.name.startswith(".")}
    if not files:
        raise ExchangeFolderError(folder, "holds no JSON file")
    return files


def objects_in(files: dict[str, Path]) -> Iterator[ExchangeObject | ExchangeFault]:
    """Yield every object of the files in the order of `EXCHANGE_FILES`, or what is wrong with it."""
    known = {file.name: file for file in EXCHANGE_FILES}
    for name in files.keys() - known.keys():
        yield ExchangeFault(name, None, f"this file belongs to no collection.{did_you_mean(name, known)}")
    for name, file in known.items():
        if name in files:
            yield from _objects_of(file, files[name])


def _objects_of(file: ExchangeFile, path: Path) -> Iterator[ExchangeObject | ExchangeFault]:
    try:
        values = json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=_refuse_constant)
    except OSError as error:
        yield ExchangeFault(file.name, None, f"it cannot be read ({error.strerror})")
    except (ValueError, RecursionError) as error:
        yield ExchangeFault(file.name, None, f"it is not JSON ({error})")
    else:
        if not isinstance(values, list):
            yield ExchangeFault(file.name, None, f"it must be a JSON list, not {values!r:.80}")
            return
        for index, value in enumerate(values):
            yield from _checked(file, index, value)


def _refuse_constant(name: str) -> NoReturn:
    # `json` reads NaN and the infinities, which are no JSON and which no store keeps.
    raise ValueError(f"{name} is no JSON value")


def _checked(file: ExchangeFile, index: int, value: Any) -> Iterator[ExchangeObject | ExchangeFault]:  # noqa: ANN401 - any JSON value
    try:
        read = ExchangeObject(file, index, file.model.model_validate(value, by_alias=True, by_name=False))
    except ValidationError as error:
        yield from (ExchangeFault(file.name, index, fault) for fault in faults(error))
        return
    problems = list(_text_problems(read, value))
    yield from (read.fault(problem) for problem in problems)
    if not problems:
        yield read


def _text_problems(read: ExchangeObject, value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        around = error.object[max(error.start - 20, 0) : error.end]
        yield f"half of a surrogate pair is no character: {around!r}"
    for field, text in zip(("_id", *read.file.collection.key), (read.value.id, *read.key), strict=True):
        if not text or "\0" in text:
            yield f"{field}: must not be empty or hold the character NUL, got {text!r:.80}"
