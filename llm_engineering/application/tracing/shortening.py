"""Makes JSON of any value of a dataflow: bounded, without secrets, and without looking into services."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from itertools import islice
from pathlib import PurePath
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, SecretStr

from llm_engineering.application.tracing.redaction import REDACTED, Redactor, is_secret_name

_FIELDS_SHOWN: Final = 25
"""Models have fewer fields than this: none of an object's is left out."""
_NUMBERS_SHOWN: Final = 16
"""A longer list of numbers is a vector, whose values tell a person nothing."""


_NUMBERS: Final = (int, float)
_PLAIN: Final = (BaseModel, Enum, str, bytes, int, float, date, UUID, PurePath)
_MAPPING: Final = (Mapping,)
_ITEMS: Final = (Sequence, Set)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of a value is recorded."""

    characters: int
    """Most of one text."""
    items: int
    """Most of one list or mapping."""
    depth: int
    """Most levels of lists, mappings and objects."""
    total: int
    """Most characters of all texts together; what comes later is left out."""


INPUTS: Final = Bounds(characters=300, items=5, depth=4, total=2_000)
"""What a node is given stands in the output of another one: an outline is enough."""
OUTPUTS: Final = Bounds(characters=500, items=10, depth=6, total=6_000)
WHOLE: Final = Bounds(characters=200_000, items=1_000, depth=8, total=400_000)
"""For what an answer is followed back by: question, rendered prompt, completion, answer."""


def shortened(value: Any, bounds: Bounds, redactor: Redactor) -> Any:  # noqa: ANN401 - any value in, any JSON out
    """Return a value as JSON, shortened to some bounds.

    Models and dataclasses become objects of their fields, arrays their shape, long lists of numbers their length; what
    is no data (a client, a function) becomes the name of its type: its `repr` could tell a secret. Fields that are
    called like a secret are redacted if they hold text. A number that JSON does not know becomes text.
    """
    return _Shortening(bounds, redactor).of(value, bounds.depth)


class _Shortening:
    def __init__(self, bounds: Bounds, redactor: Redactor) -> None:
        self._bounds = bounds
        self._redactor = redactor
        self._left = bounds.total

    def of(self, value: Any, depth: int) -> Any:  # noqa: ANN401 - any value in, any JSON out
        if isinstance(value, Enum):
            value = value.value
        if isinstance(value, str):
            return self._text(value)
        if value is None or isinstance(value, _NUMBERS):
            return _json_number(value)
        if has_parts(type(value)):  # type: ignore[arg-type]  # mypy takes no type for hashable
            return self._composed(value, depth)
        return self._atom(value)

    def _atom(self, value: Any) -> Any:  # noqa: ANN401 - as above
        if isinstance(value, SecretStr):
            return REDACTED
        if isinstance(value, date | datetime):
            return value.isoformat()
        if isinstance(value, UUID | PurePath):
            return self._text(str(value))
        if isinstance(value, bytes | bytearray | memoryview):
            return {"bytes": len(value)}
        if (shape := _shape(value)) is not None:
            return {"shape": shape, "dtype": str(value.dtype)}
        return f"<{type(value).__name__}>"

    def _composed(self, value: Any, depth: int) -> Any:  # noqa: ANN401 - as above
        if depth == 0 or self._left <= 0:
            return "…"
        parts = members(value)
        return self._items(value, depth) if parts is None else self._object(parts, depth)

    def _text(self, text: str) -> str:
        kept = max(min(self._bounds.characters, self._left), 0)
        if len(text) <= kept:
            cut = self._redactor.text(text)
            self._left -= len(text)
        else:
            # With some margin, so that a secret that the cut would run through is found whole.
            clean = self._redactor.text(text[: kept + 1_000])
            cut = f"{clean[:kept]}… (+{len(text) - kept:,} characters)"
            self._left -= kept
        if not cut.isascii():
            cut = cut.encode("utf-8", "replace").decode("utf-8")
        return cut.replace("\0", "")

    def _items(self, values: Sequence[Any] | Set[Any], depth: int) -> Any:  # noqa: ANN401 - as above
        if len(values) > _NUMBERS_SHOWN and _are_numbers(values):
            return {"numbers": len(values)}
        shown = [self.of(each, depth - 1) for each in islice(values, self._bounds.items)]
        left_out = len(values) - len(shown)
        return [*shown, f"… (+{left_out:,} items)"] if left_out > 0 else shown

    def _object(self, members: Mapping[str, Any], depth: int) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for key, value in islice(members.items(), max(self._bounds.items, _FIELDS_SHOWN)):
            name = str(key)
            is_secret = isinstance(value, str) and is_secret_name(name)
            shown[self._redactor.name(name)] = REDACTED if is_secret else self.of(value, depth - 1)
        left_out = len(members) - len(shown)
        return {**shown, "…": f"+{left_out:,} items"} if left_out > 0 else shown


def member(value: Any, name: str) -> Any:  # noqa: ANN401 - any value
    """Return what an object or a mapping has under a name, or None if it is no such thing or has none."""
    names = field_names(type(value))  # type: ignore[arg-type]  # mypy takes no type for hashable
    if names is not None:
        return getattr(value, name) if name in names else None
    return value.get(name) if isinstance(value, Mapping) else None


def members(value: Any) -> Mapping[str, Any] | None:  # noqa: ANN401 - any value
    """Return what an object is made of, or None if it is no data or has no named parts."""
    names = field_names(type(value))  # type: ignore[arg-type]  # mypy takes no type for hashable
    if names is not None:
        return {name: getattr(value, name) for name in names}
    return value if isinstance(value, Mapping) else None


@lru_cache(maxsize=4096)
def field_names(kind: type) -> tuple[str, ...] | None:
    """Return the names of what instances of a model or dataclass are made of; None for other types."""
    if issubclass(kind, BaseModel):
        return tuple(kind.model_fields)
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else None


def _shape(value: Any) -> list[int] | None:  # noqa: ANN401 - any value
    """Return the shape of an array, by its attributes: no library of arrays is loaded for this."""
    shape = getattr(value, "shape", None)
    return [int(size) for size in shape] if isinstance(shape, tuple) and hasattr(value, "dtype") else None


def _are_numbers(values: Iterable[Any]) -> bool:
    return all(isinstance(each, int | float) and not isinstance(each, bool) for each in values)


def _json_number(value: float | None) -> Any:  # noqa: ANN401 - a number, a text, True, False or None
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def parts_of(value: Any) -> Iterable[Any]:  # noqa: ANN401 - any value
    """Return what a value with parts is made of: the values of its fields or keys, or its items."""
    names = field_names(type(value))  # type: ignore[arg-type]  # as above
    if names is not None:
        return [getattr(value, name) for name in names]
    return value.values() if isinstance(value, Mapping) else value


def walked(value: Any, *, depth: int, items: int, leaves: tuple[type, ...] = ()) -> Iterator[Any]:  # noqa: ANN401 - any value
    """Yield a value and the lists, mappings and objects in it, outer ones first: no texts, numbers or services.

    Args:
        value: What to look through.
        depth: Levels below it that are looked at.
        items: Most values of one list or object that are looked at.
        leaves: Types whose values are not looked into.
    """
    yield value
    if depth == 0 or is_one_of(value, leaves) or not has_parts(type(value)):  # type: ignore[arg-type]  # as above
        return
    for each in islice(parts_of(value), items):
        if has_parts(type(each)):  # type: ignore[arg-type]  # as above
            yield from walked(each, depth=depth - 1, items=items, leaves=leaves)


def is_one_of(value: Any, wanted: tuple[type, ...]) -> bool:  # noqa: ANN401 - any value
    """Whether a value is of one of some types; `isinstance` takes microseconds where one of them is a model."""
    return _is_subclass(type(value), wanted)  # type: ignore[arg-type]  # mypy takes no type for hashable


@lru_cache(maxsize=4096)
def _is_subclass(kind: type, wanted: tuple[type, ...]) -> bool:
    return issubclass(kind, wanted)


@lru_cache(maxsize=4096)
def has_parts(kind: type) -> bool:
    """Whether values of a type are lists, mappings or objects of data, which can be looked into."""
    if issubclass(kind, str | bytes | bytearray | memoryview):
        return False
    if issubclass(kind, BaseModel | Mapping | Sequence | Set):
        return True
    return is_dataclass(kind)


def is_data(value: Any) -> bool:  # noqa: ANN401 - any value
    """Whether a value that a dataflow is given is data, not a service such as a client."""
    kind = type(value)
    if _is_subclass(kind, _PLAIN):  # type: ignore[arg-type]  # as above
        return True
    if _is_subclass(kind, _MAPPING):  # type: ignore[arg-type]  # as above
        return all(map(is_data, value.values()))
    return _is_subclass(kind, _ITEMS) and all(map(is_data, islice(value, _NUMBERS_SHOWN)))  # type: ignore[arg-type]


def is_service(value: Any) -> bool:  # noqa: ANN401 - any value
    """Whether a value does something, or holds what does: a client, a function, an object of such."""
    if value is None or is_data(value) or _shape(value) is not None:
        return False
    parts = members(value)
    if parts is None:
        return not isinstance(value, Sequence | Set)
    return any(callable(each) or (members(each) is None and is_service(each)) for each in parts.values())
