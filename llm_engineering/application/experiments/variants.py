"""What a variant of the answer changes: prompts, retrieval and how the model is asked, all of them together."""

from typing import Any

from pydantic import BaseModel, model_serializer

from llm_engineering.application.answer.configuration import Answering
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.identity import content_hash


class SameVariantsError(InvalidInputError):
    """Both variants are the same."""

    def __init__(self) -> None:
        super().__init__(
            "A and B change the same, so that there is nothing to compare.",
            remedy="Let one of them change versions of prompts, the retrieval or how the model is asked.",
        )


class AnswerChanges(Answering):
    """A variant: what it sets of `Answering`. Several changes are one variant; what is not set stays as it is.

    As JSON it is only what was set, so that reading it again changes nothing else.
    """

    @model_serializer(mode="plain")
    def _what_is_set(self) -> dict[str, Any]:
        return _set_fields(self)

    def __eq__(self, other: object) -> bool:
        """Whether two variants set the same; to set a default is a change too, as it may be configured otherwise."""
        return isinstance(other, AnswerChanges) and _set_fields(self) == _set_fields(other)

    def __hash__(self) -> int:
        """Return a hash that equal variants share."""
        return hash(self.model_dump_json())

    @property
    def named(self) -> dict[str, Any]:
        """What is set, by its place, e.g. "prompts.answer"."""
        return dict(_leaves(_set_fields(self)))

    def over(self, base: Answering) -> Answering:
        """Return how a variant answers, given how answers are configured without it."""
        return Answering.model_validate(_merged(base.model_dump(), _set_fields(self)))


def fingerprint(answering: Answering, *others: str) -> str:
    """Return a hash of all that answers depend on: how they are made, and what else a caller names."""
    return content_hash(answering.model_dump_json(), *others)


def _set_fields(model: BaseModel) -> dict[str, Any]:
    """Return the fields that were set as JSON values, also inside other models."""
    found: dict[str, Any] = {}
    for name in type(model).model_fields:
        value = getattr(model, name)
        if name in model.model_fields_set:
            found[name] = _set_fields(value) if isinstance(value, BaseModel) else value
    return found


def _leaves(fields: dict[str, Any], path: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in fields.items():
        found += _leaves(value, f"{path}{name}.") if isinstance(value, dict) else [(f"{path}{name}", value)]
    return found


def _merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        inner = merged.get(key)
        merged[key] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged
