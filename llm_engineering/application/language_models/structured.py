"""Replies that are to be JSON objects of a schema."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from jsonschema.exceptions import SchemaError
from jsonschema.validators import validator_for

from llm_engineering.application.language_models.port import BrokenReplyError, ModelRefusedError

_FENCED: Final = re.compile(r"```(?:json)?[ \t]*\n(?P<inside>.*)\n[ \t]*```", re.DOTALL | re.IGNORECASE)
_SHOWN_CHARACTERS: Final = 200


class UnusableSchemaError(ModelRefusedError):
    """A JSON Schema breaks the rules of JSON Schema."""

    def __init__(self, fault: str) -> None:
        super().__init__(
            f"The JSON Schema for the reply cannot be used: {fault[:_SHOWN_CHARACTERS]}.",
            remedy="Correct the schema in the code that asks.",
        )
        self.fault = fault


class ReplyNotOfSchemaError(BrokenReplyError):
    """A reply is no JSON, or not as its schema says."""

    def __init__(self, reply: str, fault: str) -> None:
        super().__init__(
            f"The model was asked for JSON of a schema, but {fault[:_SHOWN_CHARACTERS]} "
            f"in {reply[:_SHOWN_CHARACTERS]!r}.",
            remedy="Ask again, allow for more tokens if the reply ends early, or use a larger model.",
        )
        self.reply = reply
        self.fault = fault


def require_usable_schema(schema: Mapping[str, Any]) -> None:
    """Check a schema before a model is asked.

    Raises:
        UnusableSchemaError: It breaks the rules of JSON Schema.
    """
    try:
        validator_for(dict(schema)).check_schema(dict(schema))
    except SchemaError as error:
        raise UnusableSchemaError(error.message) from error


def json_text(reply: str, schema: Mapping[str, Any]) -> str:
    """Return the JSON of a reply without the white space and the code fence that models like to put around it.

    Raises:
        ReplyNotOfSchemaError: It is no JSON, or the schema forbids it.
    """
    text = reply.strip()
    fenced = _FENCED.fullmatch(text)
    text = fenced["inside"].strip() if fenced else text
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ReplyNotOfSchemaError(reply, f"there is no JSON ({error})") from error
    fault = next(iter(validator_for(dict(schema))(dict(schema)).iter_errors(value)), None)
    if fault is not None:
        raise ReplyNotOfSchemaError(reply, f"{fault.json_path} is wrong ({fault.message})") from fault
    return text
