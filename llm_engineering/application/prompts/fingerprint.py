"""The content hash of a prompt: of all that decides what it says."""

import ast
import hashlib
import inspect
import json
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from pydantic import BaseModel

from llm_engineering.domain.language_models import ChatMessage


def prompt_hash(function: Callable[..., object], renderings: Sequence[Sequence[ChatMessage]]) -> str:
    """Return the SHA-256 of a prompt's function, all of the project that it uses, and what it says for some inputs.

    What is used are functions, whose text counts, and constants, whose values count, wherever they are defined and
    however deep they lie. Docstrings do not count, because no model sees them; all other characters do, comments too,
    so that a locked version stays as it was. Classes and other libraries count through the renderings. A text is taken
    as it stands in its file, not as Python parses it, so that the hash is the same on all machines and versions of
    Python.

    Raises:
        UntraceablePromptError: The function uses something whose content cannot be told.
    """
    material = {
        "parts": sorted(map(_json, _parts(function))),
        "renderings": [[(message.role.value, message.content) for message in messages] for messages in renderings],
    }
    return hashlib.sha256(_json(material).encode("utf-8", "surrogatepass")).hexdigest()


class UntraceablePromptError(TypeError):
    """A prompt uses something whose content cannot be hashed; whoever writes the prompt has to change that."""

    def __init__(self, name: str, part: object) -> None:
        super().__init__(
            f"The prompt uses {name}, which is {type(part).__name__!r}. Its content cannot be hashed. Use functions, "
            "imported by their names, and constants made of text, numbers, patterns, tuples and mappings."
        )


def function_text(function: FunctionType) -> str:
    """Return the text of a function without its docstring, as it stands in its file.

    Raises:
        UntraceablePromptError: It is no function that stands in a file by itself.
    """
    lines = textwrap.dedent(inspect.getsource(function)).split("\n")
    definition = ast.parse("\n".join(lines)).body[0]
    if not isinstance(definition, ast.FunctionDef):
        raise UntraceablePromptError(function.__name__, function)
    if ast.get_docstring(definition) is not None:
        docstring = definition.body[0]
        first, last = docstring.lineno - 1, (docstring.end_lineno or docstring.lineno) - 1
        # Columns are counted in bytes.
        before = lines[first].encode()[: docstring.col_offset].decode()
        after = lines[last].encode()[docstring.end_col_offset :].decode()
        rest = before + after
        lines[first : last + 1] = [rest] if rest.strip() else []
    return "\n".join(lines)


def _parts(function: Callable[..., object]) -> Iterator[tuple[str, Any]]:
    """Yield the name and the content of a function and of all that it uses, each once."""
    package = function.__module__.partition(".")[0]
    waiting: list[tuple[str, object]] = [(function.__name__, function)]
    seen: set[int] = set()
    while waiting:
        name, part = waiting.pop()
        if id(part) in seen or _is_of_no_account(part, package):
            continue
        seen.add(id(part))
        if isinstance(part, FunctionType):
            yield part.__name__, function_text(part)
            waiting.extend(_used(part))
        else:
            yield name, _content(name, part)


def _used(function: FunctionType) -> Iterator[tuple[str, object]]:
    """Yield what the names in the body of a function stand for, except its own and Python's."""
    (definition,) = ast.parse(function_text(function)).body
    for node in ast.walk(definition):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in function.__globals__:
            yield node.id, function.__globals__[node.id]


def _is_of_no_account(part: object, package: str) -> bool:
    if isinstance(part, type | BuiltinFunctionType):
        return True
    if isinstance(part, ModuleType):
        return part.__name__.partition(".")[0] != package
    is_foreign = isinstance(part, FunctionType) and part.__module__.partition(".")[0] != package
    return is_foreign or type(part).__module__ in {"typing", "types"}


def _content(name: str, part: object) -> Any:  # noqa: ANN401 - a JSON value
    """Return the JSON value of a constant."""
    if part is None or isinstance(part, str | int | float | bool):
        return part
    if isinstance(part, re.Pattern):
        return [part.pattern, part.flags]
    if isinstance(part, BaseModel):
        return part.model_dump(mode="json")
    if isinstance(part, Mapping):
        return {str(key): _content(name, value) for key, value in part.items()}
    if isinstance(part, Sequence):
        return [_content(name, each) for each in part]
    if isinstance(part, frozenset | set):
        return sorted(_json(_content(name, each)) for each in part)
    raise UntraceablePromptError(name, part)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
