"""The port of language models. The suite `tests/contracts/language_model.py` holds its adapters and fakes."""

from collections.abc import AsyncIterator
from typing import Protocol

from llm_engineering.domain.errors import InvalidInputError, RetryableError, TwinError
from llm_engineering.domain.language_models import Completion, ModelIdentity, ModelRequest


class LanguageModel(Protocol):
    """Writes text. Calls may run at the same time; a call that is cancelled stops asking."""

    @property
    def identity(self) -> ModelIdentity:
        """Which model it is."""
        ...

    async def completion(self, request: ModelRequest) -> Completion:
        """Return what the model says.

        Raises:
            ModelUnreachableError: No answer: refused, cut off or over the time that is set.
            ModelOverloadedError: The server says that it has too much to do (429, 503).
            ModelFailedError: The server failed (another 5xx).
            ModelRefusedError: The request will never be answered: no such model, a key that is not accepted, a prompt
                that is too long, a schema that the server does not support.
            BrokenReplyError: What came is no reply: bad JSON, or text that `json_schema` forbids.
            BudgetSpentError: The budget does not allow for the call; nothing was sent.
        """
        ...

    def stream(self, request: ModelRequest) -> AsyncIterator[str | Completion]:
        """Yield the pieces of the text as they come, none empty, and last the whole completion.

        The pieces joined are the completion's text. A stream that ends before the model has finished raises
        `ModelUnreachableError` after the pieces that came. Raises what `completion` does.
        """
        ...

    async def close(self) -> None:
        """Release connections; safe to call twice."""
        ...


class LanguageModelError(TwinError):
    """A language model gave no usable reply."""


class ModelUnreachableError(LanguageModelError, RetryableError):
    """A language model did not answer, or not to the end.

    Args:
        problem: What broke.
        remedy: What to do about it.
        was_sent: Whether the model may have read the request, and somebody may have to pay for it.
    """

    def __init__(self, problem: str, *, remedy: str, was_sent: bool = True) -> None:
        super().__init__(problem, remedy=remedy)
        self.was_sent = was_sent


class ModelOverloadedError(LanguageModelError, RetryableError):
    """A language model has too much to do."""

    def __init__(self, problem: str, *, remedy: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(problem, remedy=remedy)
        self.retry_after_seconds = retry_after_seconds


class ModelFailedError(LanguageModelError, RetryableError):
    """The server of a language model failed."""


class ModelRefusedError(LanguageModelError, InvalidInputError):
    """A language model will not answer this request, however often it is asked."""


class BrokenReplyError(LanguageModelError, RetryableError):
    """The reply of a language model cannot be read."""


class BudgetSpentError(LanguageModelError):
    """The next call would cost more than the budget has left."""
