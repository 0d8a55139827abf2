"""Reads what a language model replied where it was asked for samples, and mends broken JSON."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.samples import SampleKind

_STRING_OR_TRAILING_COMMA: Final = re.compile(r'"(?:[^"\\]|\\.)*"|,(?=\s*[\]}])', re.DOTALL)
_DECODER: Final = json.JSONDecoder(strict=False)
"""Takes line breaks inside strings, which models often forget to escape."""
_ARRAY: Final = re.compile(r'"samples"\s*:\s*\[|^\s*\[')


class InstructPair(FrozenModel):
    """One sample as a model is to reply it."""

    instruction: str
    answer: str


class PreferenceTriple(FrozenModel):
    """One preference sample as a model is to reply it."""

    instruction: str
    chosen: str
    rejected: str


class InstructReply(FrozenModel):
    """What a model is to reply."""

    samples: tuple[InstructPair, ...]


class PreferenceReply(FrozenModel):
    """What a model is to reply."""

    samples: tuple[PreferenceTriple, ...]


Reply = InstructReply | PreferenceReply
REPLY_TYPES: Final[dict[SampleKind, type[Reply]]] = {
    SampleKind.INSTRUCT: InstructReply,
    SampleKind.PREFERENCE: PreferenceReply,
}
_ITEM_TYPES: Final[dict[SampleKind, type[InstructPair | PreferenceTriple]]] = {
    SampleKind.INSTRUCT: InstructPair,
    SampleKind.PREFERENCE: PreferenceTriple,
}


@dataclass(frozen=True, slots=True)
class ReadReply:
    """The samples of a reply."""

    reply: Reply
    is_whole: bool
    """Whether nothing that the model wrote is missing; not so if the reply broke off, or a sample lacks something."""


def read_reply(text: str, kind: SampleKind) -> ReadReply | None:
    """Return the samples of a reply, also of a broken one; None if nothing of it can be used.

    A reply that is as it should be is taken as it is, with no samples if it says so. Of any other those samples are
    taken that are whole: there may be words or a code fence around the JSON, commas too many, samples that lack
    something, a list without the object around it, or an end that is missing.
    """
    try:
        return ReadReply(REPLY_TYPES[kind].model_validate_json(text), is_whole=True)
    except ValidationError:
        objects, is_whole = _objects(text)
    items = [_item(each, kind) for each in objects]
    found = [item for item in items if item is not None]
    if not found:
        return None
    reply = REPLY_TYPES[kind].model_validate({"samples": found})
    return ReadReply(reply, is_whole=is_whole and len(found) == len(items))


def _item(value: Mapping[str, Any], kind: SampleKind) -> InstructPair | PreferenceTriple | None:
    item_type = _ITEM_TYPES[kind]
    try:
        return item_type.model_validate({name: value.get(name) for name in item_type.model_fields})
    except ValidationError:  # it lacks something; the others are whole all the same
        return None


def _objects(text: str) -> tuple[list[dict[str, Any]], bool]:
    """Return the JSON objects of the list in a text, as far as they can be read, and whether these are all."""
    begun = _ARRAY.search(text)
    rest = text[begun.end() :] if begun else ""
    found: list[dict[str, Any]] = []
    is_whole = True
    while (place := rest.find("{")) >= 0:
        rest = rest[place:]
        read = _first_object(rest) or _first_object(_without_trailing_commas(rest))
        if read is None:
            rest = rest[1:]
            is_whole = False
            continue
        value, rest = read
        found.append(value)
    return found, is_whole and "]" in rest


def _without_trailing_commas(text: str) -> str:
    return _STRING_OR_TRAILING_COMMA.sub(lambda found: found[0] if found[0].startswith('"') else "", text)


def _first_object(text: str) -> tuple[dict[str, Any], str] | None:
    """Return the object that a text begins with, and the text after it; None if it begins with none."""
    try:
        value, end = _DECODER.raw_decode(text)
    except ValueError:
        return None
    return (value, text[end:]) if isinstance(value, dict) else None
