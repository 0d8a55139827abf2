"""Reads what a language model replied where it was asked for samples, and mends broken JSON."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from pydantic import ValidationError

from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.samples import SampleKind

_TRAILING_COMMA: Final = re.compile(r",(?=\s*[\]}])")
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


def read_reply(text: str, kind: SampleKind) -> Reply | None:
    """Return the samples of a reply, also of a broken one; None if nothing of it can be used.

    A reply that is as it should be is taken as it is, with no samples if it says so. Of any other those samples are
    taken that are whole: there may be words or a code fence around the JSON, commas too many, samples that lack
    something, a list without the object around it, or an end that is missing.
    """
    try:
        return REPLY_TYPES[kind].model_validate_json(text)
    except ValidationError:
        found = tuple(_whole(text, kind))
    return REPLY_TYPES[kind].model_validate({"samples": found}) if found else None


def _whole(text: str, kind: SampleKind) -> Iterator[InstructPair | PreferenceTriple]:
    item_type = _ITEM_TYPES[kind]
    for item in _objects(text):
        try:
            yield item_type.model_validate({name: item.get(name) for name in item_type.model_fields})
        except ValidationError:  # it lacks something; the others are whole all the same
            continue


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects of the list of samples that a text holds, as far as they can be read."""
    begun = _ARRAY.search(text)
    rest = text[begun.end() :] if begun else ""
    while (place := rest.find("{")) >= 0:
        rest = rest[place:]
        read = _first_object(rest) or _first_object(_TRAILING_COMMA.sub("", rest))
        if read is None:
            rest = rest[1:]
            continue
        value, rest = read
        yield value


def _first_object(text: str) -> tuple[dict[str, Any], str] | None:
    """Return the object that a text begins with, and the text after it; None if it begins with none."""
    try:
        value, end = _DECODER.raw_decode(text)
    except ValueError:
        return None
    return (value, text[end:]) if isinstance(value, dict) else None
