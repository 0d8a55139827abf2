"""What callers are told when something is wrong: one shape for all errors, that of OpenAI's interface.

An error of the caller is told in full. Of one on this side only the kind is told, the rest stands in the log under the
id of the request: where stores lie and which servers are asked is nobody's business outside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from llm_engineering.application.feedback.writing import UnknownAnswerError
from llm_engineering.application.index.catalog import NoLiveIndexError
from llm_engineering.application.language_models.port import LanguageModelError, ModelOverloadedError
from llm_engineering.application.summarize.stored_documents import UnknownDocumentError
from llm_engineering.application.summarize.summary import TooManyPartsFailedError
from llm_engineering.domain.errors import InvalidInputError, RetryableError

CLIENT_GONE: Final = 499
"""Status in log and counters of a request whose client did not wait; nobody receives it."""
_TOLD_FAULTS: Final = 10
_RETRY_SECONDS: Final = 5


class Problem(BaseModel):
    """What is wrong."""

    type: str = Field(description="A name for programs.", examples=["invalid_request"])
    message: str = Field(
        description="A sentence for people.", examples=["query: String should have at least 1 character"]
    )
    code: str | None = Field(default=None, description="As `type`; OpenAI's clients read it.")
    param: str | None = None
    request_id: str = Field(description="The id under which the log has more.")


class ProblemBody(BaseModel):
    """The body of every response that is no success."""

    error: Problem


@dataclass(frozen=True, slots=True)
class Told:
    """What a caller is told of an error."""

    status: int
    type: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_our_fault(self) -> bool:
        """Whether the cause lies on this side, so that the log should have it."""
        return self.status >= 500  # noqa: PLR2004 - where server errors begin

    def body(self, request_id: str) -> ProblemBody:
        """Return the response's body."""
        return ProblemBody(
            error=Problem(type=self.type, message=encodable(self.message), code=self.type, request_id=request_id)
        )

    def response(self, request_id: str) -> Response:
        """Return the response."""
        return Response(
            self.body(request_id).model_dump_json(), self.status, dict(self.headers), media_type="application/json"
        )


class BusyError(RetryableError):
    """So many requests are worked on or wait that this one is turned away."""

    def __init__(self, inside: int, retry_after_seconds: int) -> None:
        super().__init__(f"{inside} requests are being worked on or wait.", remedy="Try again in a moment.")
        self.retry_after_seconds = retry_after_seconds


def told(error: BaseException) -> Told:
    """Return what a caller is told of an error."""
    match error:
        case RequestValidationError():
            return Told(422, "invalid_request", validation_message(error.errors()))
        case HTTPException():
            return _told_status(error)
        case ClientDisconnect():
            return Told(CLIENT_GONE, "client_gone", "The client did not wait.")
        case UnknownAnswerError() | UnknownDocumentError():
            return Told(404, snake_case(type(error).__name__), str(error))
        case InvalidInputError() if not isinstance(error, LanguageModelError):
            return Told(422, snake_case(type(error).__name__), str(error))
        case _:
            return _told_of_this_side(error)


def _told_of_this_side(error: BaseException) -> Told:
    match error:
        case TimeoutError():
            return Told(504, "deadline_exceeded", "The answer took too long. Ask for fewer passages, or try again.")
        case BusyError():
            return Told(503, "busy", str(error), _retry_after(error.retry_after_seconds))
        case LanguageModelError() | TooManyPartsFailedError():
            return _told_of_model(error)
        case NoLiveIndexError():
            message = "Nothing has been indexed yet. Run the feature pipeline (`make demo` does), then ask again."
            return Told(503, "no_index", message, _retry_after(None))
        case RetryableError():
            message = "A store cannot be reached. Try again in a moment."
            return Told(503, "store_unavailable", message, _retry_after(None))
        case _:
            message = "Something went wrong that should not. The log of the service has it under this request's id."
            return Told(500, "internal_error", message)


def _told_of_model(error: BaseException) -> Told:
    if isinstance(error, ModelOverloadedError):
        message = "The language model has too much to do. Try again in a moment."
        return Told(503, "model_overloaded", message, _retry_after(error.retry_after_seconds))
    message = "The language model gave no usable reply. The log of the service says why."
    return Told(503, "model_unavailable", message, _retry_after(None))


_STATUS_MESSAGES: Final = {
    400: ("bad_request", "The body cannot be read. Send JSON in UTF-8."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take this method."),
    413: ("body_too_large", "The body is too large."),
    415: ("unsupported_media_type", "Send the body as application/json."),
}


def _told_status(error: HTTPException) -> Told:
    kind, message = _STATUS_MESSAGES.get(error.status_code, ("http_error", str(error.detail)))
    return Told(error.status_code, kind, message, error.headers or {})


def _retry_after(seconds: float | None) -> dict[str, str]:
    return {"Retry-After": str(max(1, round(seconds)) if seconds else _RETRY_SECONDS)}


def validation_message(faults: Sequence[Mapping[str, Any]]) -> str:
    """Return the faults of a request in one line: where and what, never the value itself, which may be a secret."""
    told_faults = [f"{_place(fault['loc'])}: {fault['msg']}" for fault in faults[:_TOLD_FAULTS]]
    more = len(faults) - len(told_faults)
    return "; ".join(told_faults) + (f"; and {more} more" if more > 0 else "")


def _place(location: Sequence[object]) -> str:
    names = [str(part)[:60] for part in location if part != "body"]
    return ".".join(names[:8]) or "body"


def encodable(text: str) -> str:
    """Return a text that UTF-8 can write: half characters, which JSON can carry, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def snake_case(name: str) -> str:
    """Return the name of an error as a type: "UnknownAuthorError" is "unknown_author"."""
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name.removesuffix("Error")).lstrip("_")


_DESCRIPTIONS: Final = {
    400: "The body cannot be read.",
    401: "A key is needed, and none or a wrong one was sent.",
    403: "The page of another site asks.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    422: "Something in the request cannot be used; the message says what.",
    429: "Too many requests; Retry-After says when the next one may come.",
    503: "Too much to do, no index, no store or no model; Retry-After says when to try again.",
    504: "The answer took too long.",
}
ERROR_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ProblemBody, "description": description} for status, description in _DESCRIPTIONS.items()
}
"""For the OpenAPI description of everything that takes a body."""
READING_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    status: ERROR_RESPONSES[status] for status in (401, 403, 422, 429, 503, 504)
}
"""For that of everything that does not."""
