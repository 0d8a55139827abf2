"""What both adapters ask of the objects and conditions they are given, checked before a store sees any of them."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from llm_engineering.application.ports import Collection, JsonObject, Where
from llm_engineering.domain.errors import InvalidInputError

# Names go into SQL text and into paths of MongoDB, where quotes, dots and dollars would mean something else.
# SQLite does not tell upper from lower case in its own names.
_OWN_NAME: Final = re.compile(r"(?!sqlite_)[a-z][a-z0-9_]{0,62}")
_FIELD_NAME: Final = re.compile(r"_id|[A-Za-z][A-Za-z0-9_]{0,62}")


class ObjectRefusedError(InvalidInputError):
    """An object cannot be written as it is given."""

    def __init__(self, collection: Collection, object_id: object, fault: str) -> None:
        super().__init__(
            f"The object {object_id!r:.80} cannot be written to the collection {collection.name!r}: {fault}.",
            remedy=f"Every object needs its own `_id`, and texts in the fields {', '.join(collection.key)}.",
        )
        self.collection = collection.name
        self.object_id = object_id
        self.fault = fault


class IdTakenError(ObjectRefusedError):
    """A new object has the `_id` of a stored object with another natural key."""

    def __init__(self, collection: Collection, entry: "Entry") -> None:
        super().__init__(
            collection, entry.id, f"its `_id` belongs to another object than {', '.join(entry.key)!r:.200}"
        )
        self.key = entry.key


class ConditionInvalidError(InvalidInputError):
    """A condition on objects is none that a store can look up."""

    def __init__(self, collection: Collection, fault: str) -> None:
        super().__init__(
            f"The condition on the collection {collection.name!r} is not valid: {fault}.",
            remedy="Give names of top-level fields, each with a text or a list of texts.",
        )
        self.collection = collection.name
        self.fault = fault


class CollectionInvalidError(InvalidInputError):
    """A collection or a field of its natural key has a name that a store could misread."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r:.80} cannot name a collection or a field of its natural key.",
            remedy='Use small letters, digits and "_", a letter first, at most 63 of them; not the prefix "sqlite_".',
        )
        self.name = name


@dataclass(frozen=True, slots=True)
class Entry:
    """An object that may be written."""

    id: str
    key: tuple[str, ...]
    """Values of the fields of the natural key."""
    fields: JsonObject
    """All fields but `_id`."""
    text: str
    """These as compact JSON."""


def entries(collection: Collection, objects: Sequence[JsonObject]) -> list[Entry]:
    """Return the objects ready to be written, in the order given.

    Raises:
        ObjectRefusedError: An object lacks `_id` or a field of the natural key, one of these is no text or an
            empty `_id`, or the object is not JSON that every store can hold.
    """
    return [_entry(collection, given) for given in objects]


def _entry(collection: Collection, given: JsonObject) -> Entry:
    object_id = given.get("_id")
    for field in ("_id", *collection.key):
        if fault := _text_fault(given.get(field)):
            raise ObjectRefusedError(collection, object_id, f"{field} {fault}")
    if not object_id or not isinstance(object_id, str):
        raise ObjectRefusedError(collection, object_id, "_id is empty")
    fields = {name: value for name, value in given.items() if name != "_id"}
    try:
        text = _checked_json(fields)
    except ValueError as error:
        raise ObjectRefusedError(collection, object_id, str(error)) from error
    return Entry(object_id, tuple(given[field] for field in collection.key), fields, text)


def compact_json(fields: JsonObject) -> str:
    """Return an object as JSON without needless spaces.

    Raises:
        TypeError: Something in it is not JSON.
        ValueError: A number in it is not JSON, or it holds itself.
    """
    return json.dumps(fields, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _text_fault(value: Any) -> str | None:  # noqa: ANN401 - whatever a caller gave
    if not isinstance(value, str):
        return f"is no text but {value!r:.80}"
    if "\0" in value:
        return f"holds the character NUL, at which SQLite ends a text: {value!r:.80}"
    return None if _is_unicode(value) else f"holds half of a surrogate pair: {value!r:.80}"


def _checked_json(fields: JsonObject) -> str:
    for name in fields:
        if name.startswith("$") or "." in name:
            raise ValueError(f"MongoDB would read the field name {name!r:.80} as an operator or a path")
    try:
        text = compact_json(fields)
    except (TypeError, ValueError) as error:
        raise ValueError(f"it is not JSON ({error})") from error
    if not _is_unicode(text):
        raise ValueError("a text in it holds half of a surrogate pair, which is no character")
    return text


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def checked_condition(collection: Collection, where: Where) -> dict[str, str | list[str]]:
    """Return a condition whose names and values are safe to hand to a store.

    Raises:
        ConditionInvalidError: A name is no field name, or a value is neither a text nor a sequence of texts.
    """
    checked: dict[str, str | list[str]] = {}
    for field, wanted in where.items():
        if not _FIELD_NAME.fullmatch(field):
            raise ConditionInvalidError(collection, f"{field!r:.80} is no field name")
        texts = [wanted] if isinstance(wanted, str) else list(wanted)
        if fault := next(filter(None, map(_text_fault, texts)), None):
            raise ConditionInvalidError(collection, f"the value of {field} {fault}")
        checked[field] = wanted if isinstance(wanted, str) else texts
    return checked


def deletion_condition(collection: Collection, where: Where) -> dict[str, str | list[str]]:
    """Return a checked condition that names at least one field.

    Raises:
        ConditionInvalidError: As in `checked_condition`, or the condition is empty.
    """
    if not where:
        raise ConditionInvalidError(collection, "it is empty, so that it would delete every object")
    return checked_condition(collection, where)


def checked_collection(collection: Collection) -> Collection:
    """Return the collection if its names are safe to put into a statement.

    Raises:
        CollectionInvalidError: One of the names is not.
    """
    for name in (collection.name, *collection.key):
        if not _OWN_NAME.fullmatch(name):
            raise CollectionInvalidError(name)
    return collection
