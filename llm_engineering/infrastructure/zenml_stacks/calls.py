"""One way to call ZenML's client, so that a change can be shown before it is made."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from zenml.client import Client
from zenml.exceptions import ZenMLBaseException

from llm_engineering.domain.errors import TwinError

_READING: Final = ("get_", "list_")
_SHOWN_CHARACTERS: Final = 400
_REFUSALS: Final = (ZenMLBaseException, KeyError, ValueError, RuntimeError, OSError)
"""What ZenML's client raises if it, its server or the way there does not do something."""


class ZenmlRefusedError(TwinError):
    """ZenML did not do what it was asked for."""

    def __init__(self, operation: str, kind: str, said: str) -> None:
        super().__init__(
            f"ZenML's {operation} failed with {kind}: {' '.join(said.split())[:_SHOWN_CHARACTERS]}",
            remedy="Run the command again when that is mended: it takes what is there. `zenml status` says which store "
            "or server is asked.",
        )
        self.operation = operation


class ZenmlCalls(Protocol):
    """Makes calls of ZenML's client, by the name of the method and its parameters."""

    def call(self, operation: str, **parameters: object) -> Any:  # noqa: ANN401 - any answer of the client
        """Return the answer of a call.

        Raises:
            ZenmlRefusedError: ZenML refused it or did not answer.
        """


class ClientCalls:
    """Calls ZenML for real."""

    def call(self, operation: str, **parameters: object) -> Any:  # noqa: ANN401 - as in the Protocol
        """Return the answer of a call; an error repeats no value of a secret."""
        try:
            return getattr(Client(), operation)(**parameters)
        except _REFUSALS as error:
            said = str(error)
            for secret in _secret_texts(operation, parameters):
                said = said.replace(secret, "****")
            raise ZenmlRefusedError(operation, type(error).__name__, said) from None


class ShownCalls:
    """Calls that change nothing: they are shown, and only what reads is asked.

    Args:
        show: Is given the text of each call.
        asked: Answers what is only read.
    """

    def __init__(self, show: Callable[[str], None], asked: ZenmlCalls) -> None:
        self._show = show
        self._asked = asked

    def call(self, operation: str, **parameters: object) -> Any:  # noqa: ANN401 - as in the Protocol
        """Show a call; return what is there if it only reads, else None."""
        self._show(shown_call(operation, parameters))
        return self._asked.call(operation, **parameters) if operation.startswith(_READING) else None


def shown_call(operation: str, parameters: Mapping[str, Any]) -> str:
    """Return a call as text: its name, and its parameters as JSON without the values of a secret."""
    if not parameters:
        return f"zenml.{operation}"
    shown = {
        key: dict.fromkeys(value, "****") if _holds_secrets(operation, key, value) else value
        for key, value in parameters.items()
    }
    return f"zenml.{operation} {json.dumps(shown, ensure_ascii=False, indent=2, default=str)}"


def _holds_secrets(operation: str, key: str, value: object) -> bool:
    return "secret" in operation and key in {"values", "add_or_update_values"} and isinstance(value, Mapping)


def _secret_texts(operation: str, parameters: Mapping[str, object]) -> Iterator[str]:
    for key, value in parameters.items():
        if _holds_secrets(operation, key, value) and isinstance(value, Mapping):
            yield from filter(None, map(str, value.values()))


def only(items: Sequence[Any]) -> Any:  # noqa: ANN401 - models of ZenML
    """Return the first of what was found by an exact name, or None."""
    return items[0] if items else None
