"""The errors of servers of language models as those of the port."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from llm_engineering.application.language_models.port import (
    BrokenReplyError,
    LanguageModelError,
    ModelFailedError,
    ModelOverloadedError,
    ModelRefusedError,
    ModelUnreachableError,
)

_SHOWN_CHARACTERS: Final = 300
_OVERLOADED: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, 529})
_KEY_NOT_ACCEPTED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_SERVER_ERRORS: Final = 500
_TOO_LONG: Final = ("context length", "context_length", "maximum context", "too long", "input tokens", "too large")


@dataclass(frozen=True, slots=True)
class Server:
    """Whose errors they are, as messages name it."""

    place: str
    """Address or endpoint, without a key."""
    model: str
    model_setting: str
    """Variable that names the model."""
    place_setting: str
    """Variable that names the place."""
    access: str
    """What to do if it lets nobody in."""

    def unreachable(self, cause: str, *, was_sent: bool) -> ModelUnreachableError:
        """Return the error of a call that got no answer."""
        return ModelUnreachableError(
            f"The language model at {self.place} did not answer: {cause[:_SHOWN_CHARACTERS]}.",
            remedy=f"Check that it runs and that {self.place_setting} is right, then try again.",
            was_sent=was_sent,
        )

    def late(self, seconds: float, setting: str) -> ModelUnreachableError:
        """Return the error of a call that took too long."""
        return ModelUnreachableError(
            f"The language model at {self.place} did not answer within {seconds:g} s.",
            remedy=f"Raise {setting}, ask for fewer tokens, or use a faster model.",
        )

    def cut_off(self) -> ModelUnreachableError:
        """Return the error of a stream that ended too early."""
        return ModelUnreachableError(
            f"The language model at {self.place} stopped in the middle of its reply.",
            remedy="Try again; if it happens often, look into the log of the server.",
        )

    def broken(self, cause: str) -> BrokenReplyError:
        """Return the error of a reply that cannot be read."""
        return BrokenReplyError(
            f"The reply of {self.place} cannot be read: {cause[:_SHOWN_CHARACTERS]}.",
            remedy=f"Check that {self.place_setting} names a server with the chat interface of OpenAI.",
        )

    def of_status(self, status: int, said: str, retry_after_seconds: float | None = None) -> LanguageModelError:
        """Return the error of an answer with a status that reports one.

        Args:
            status: HTTP status.
            said: Message of the server.
            retry_after_seconds: What it asks to be left alone for.
        """
        shown = " ".join(said.split())[:_SHOWN_CHARACTERS] or "it gives no reason"
        problem = f"The language model {self.model!r} at {self.place} answered with status {status}: {shown}."
        if status in _OVERLOADED and "insufficient_quota" not in said:
            return ModelOverloadedError(
                problem, remedy="Wait and try again, or send fewer calls.", retry_after_seconds=retry_after_seconds
            )
        if status == HTTPStatus.REQUEST_TIMEOUT:
            return ModelUnreachableError(problem, remedy="Try again.")
        if status >= _SERVER_ERRORS:
            return ModelFailedError(problem, remedy="Try again; the log of the server says more.")
        if status in _KEY_NOT_ACCEPTED:
            # The message is left out: servers repeat parts of the key in it.
            return ModelRefusedError(f"{self.place} does not let this call in (status {status}).", remedy=self.access)
        return ModelRefusedError(problem, remedy=self._remedy(status, said.lower()))

    def _remedy(self, status: int, said: str) -> str:
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return "Add credit at the provider; trying again does not help."
        if any(words in said for words in _TOO_LONG):
            return "Give fewer or shorter passages, or ask for fewer tokens (MAX_NEW_TOKENS_INFERENCE)."
        if status == HTTPStatus.NOT_FOUND:
            return (
                f"Check {self.model_setting} and {self.place_setting}; the addresses of most servers end in /v1, and "
                "some have to pull a model first."
            )
        if status < HTTPStatus.BAD_REQUEST:
            return f"Set {self.place_setting} to the address that it redirects to."
        return f"Check {self.model_setting}; the message says what the server does not take."
