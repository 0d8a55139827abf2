"""Corpora and questions for measuring retrieval: JSON Lines files, checked line by line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from llm_engineering.domain.errors import InvalidInputError

Identifier = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]
"""A text; a whole number, as some collections have it, is taken as its digits."""


class JudgedDocument(BaseModel):
    """A document of a corpus; further keys are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Identifier = Field(min_length=1)
    title: str = ""
    text: str


class JudgedQuestion(BaseModel):
    """A question to a corpus; further keys are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Identifier = Field(min_length=1)
    text: str = Field(pattern=r"\S")
    relevant: dict[str, Annotated[int, Field(ge=0, le=30)]] | None = None
    """Grade of each relevant document by its id; None if nobody has judged."""


ItemT = TypeVar("ItemT", JudgedDocument, JudgedQuestion)


class InvalidLineError(InvalidInputError):
    """A line of a file is not what it has to be."""

    def __init__(self, path: Path, line: int, fault: str) -> None:
        super().__init__(
            f"{path}, line {line}: {fault}.",
            remedy='Each line is a JSON object: {"id", "title", "text"} of a document, {"id", "text", "relevant"} of a '
            "question, where `relevant` may be missing.",
        )
        self.path = path
        self.line = line
        self.fault = fault


class UnreadableFileError(InvalidInputError):
    """A file cannot be read, or there is nothing in it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} cannot be read: {reason}.", remedy="Name a JSON Lines file in UTF-8.")
        self.path = path
        self.reason = reason


def items_of(path: Path, item_type: type[ItemT]) -> list[ItemT]:
    """Return the documents or questions of a file; empty lines are skipped.

    Raises:
        UnreadableFileError: The file cannot be read or has no item.
        InvalidLineError: A line is no such item, or has the id of one before it.
    """
    items: dict[str, ItemT] = {}
    for number, line in _lines(path):
        item = _item(path, number, line, item_type)
        if item.id in items:
            raise InvalidLineError(path, number, f"the id {item.id[:80]!r} stands on a line before")
        items[item.id] = item
    if not items:
        raise UnreadableFileError(path, "it is empty")
    return list(items.values())


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8") as file:
            yield from ((number, line) for number, line in enumerate(file, start=1) if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError(path, getattr(error, "strerror", None) or str(error)) from error


def _item(path: Path, number: int, line: str, item_type: type[ItemT]) -> ItemT:
    try:
        return item_type.model_validate_json(line)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(map(str, fault["loc"])) or "the line"
        raise InvalidLineError(path, number, f"{place}: {fault['msg']}, got {fault['input']!r:.80}") from error
