"""What servers with OpenAI's chat interface are asked with, and what is left out for those that take less."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Final

from llm_engineering.domain.language_models import ModelRequest, Role

_UNKNOWN: Final = (
    "unsupported",
    "not support",
    "unrecognized",
    "unknown",
    "extra",
    "not permitted",
    "only the default",
)
"""Words of messages about a field that a server does not take, as opposed to a value that is wrong."""
_SCHEMA_WORDS: Final = ("response_format", "json_schema", "schema", "guided", "structured", "strict")


class SchemaMode(IntEnum):
    """How a server is told that a reply is to be JSON, from what binds most to what binds least."""

    JSON_SCHEMA = 0
    JSON_OBJECT = 1
    PROMPT = 2


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server takes."""

    length_field: str = "max_tokens"
    """OpenAI's newer models refuse it and want `max_completion_tokens`, which many other servers do not know."""
    takes_temperature: bool = True
    takes_seed: bool = True
    tells_usage: bool = True
    """Whether it can be asked to count tokens in a stream."""
    schema_mode: SchemaMode = SchemaMode.JSON_SCHEMA

    def body(self, request: ModelRequest, *, is_streamed: bool) -> dict[str, Any]:
        """Return what is asked, without the name of the model."""
        body: dict[str, Any] = {
            "messages": [message.model_dump(mode="json") for message in self._messages(request)],
            self.length_field: request.max_output_tokens,
        }
        if self.takes_temperature:
            body["temperature"] = request.temperature
        if self.takes_seed and request.seed is not None:
            body["seed"] = request.seed
        if request.json_schema is not None and self.schema_mode is not SchemaMode.PROMPT:
            body["response_format"] = _response_format(request.json_schema, self.schema_mode)
        if is_streamed:
            body["stream"] = True
            if self.tells_usage:
                body["stream_options"] = {"include_usage": True}
        return body

    def _messages(self, request: ModelRequest) -> tuple[Any, ...]:
        if request.json_schema is None or self.schema_mode is SchemaMode.JSON_SCHEMA:
            return request.messages
        return told_schema(request).messages

    def simpler(self, message: str, request: ModelRequest) -> "Dialect | None":
        """Return what to try after a refusal; None if the message names nothing that could be left out.

        Args:
            message: What the server said, with the name of the field if it gave one.
            request: What was asked.
        """
        said = message.lower()
        is_unknown = any(words in said for words in _UNKNOWN)
        if self.length_field == "max_tokens" and "max_completion_tokens" in said:
            return replace(self, length_field="max_completion_tokens")
        if self.length_field == "max_completion_tokens" and "max_completion_tokens" in said and is_unknown:
            return replace(self, length_field="max_tokens")
        if self.tells_usage and ("stream_options" in said or "include_usage" in said):
            return replace(self, tells_usage=False)
        if self.takes_temperature and "temperature" in said and is_unknown:
            return replace(self, takes_temperature=False)
        if self.takes_seed and request.seed is not None and "seed" in said and is_unknown:
            return replace(self, takes_seed=False)
        return self._looser(said) if request.json_schema is not None else None

    def _looser(self, said: str) -> "Dialect | None":
        if self.schema_mode is SchemaMode.PROMPT or not any(word in said for word in _SCHEMA_WORDS):
            return None
        return replace(self, schema_mode=SchemaMode(self.schema_mode + 1))


def told_schema(request: ModelRequest) -> ModelRequest:
    """Return a request whose messages say that the reply is to be JSON of its schema.

    The words go to the front of the first system message: chat templates take only one, at the beginning.
    """
    words = (
        "Reply with one JSON object and nothing else. This JSON Schema describes it:\n"
        f"{json.dumps(dict(request.json_schema or {}), ensure_ascii=False)}"
    )
    first, *rest = request.messages
    if first.role is Role.SYSTEM:
        messages = (first.model_copy(update={"content": f"{words}\n\n{first.content}"}), *rest)
    else:
        messages = (first.model_copy(update={"role": Role.SYSTEM, "content": words}), *request.messages)
    return request.model_copy(update={"messages": messages})


def _response_format(schema: Mapping[str, Any], mode: SchemaMode) -> dict[str, Any]:
    if mode is SchemaMode.JSON_OBJECT:
        return {"type": "json_object"}
    described = {"name": "reply", "schema": dict(schema)}
    return {"type": "json_schema", "json_schema": {**described, **({"strict": True} if _is_closed(schema) else {})}}


def _is_closed(schema: Any) -> bool:  # noqa: ANN401 - any part of a schema
    """Return whether OpenAI can hold a model to a schema: its objects name all that they may have, and want it."""
    if isinstance(schema, list):
        return all(map(_is_closed, schema))
    if not isinstance(schema, Mapping):
        return True
    if "properties" in schema or schema.get("type") == "object":
        properties = schema.get("properties", {})
        if schema.get("additionalProperties") is not False or set(schema.get("required", ())) != set(properties):
            return False
    return all(map(_is_closed, schema.values()))
