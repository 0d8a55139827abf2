"""Calls of a Qdrant server: repeated where that can help, with errors that name the server and never the key."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import httpx  # what qdrant-client speaks HTTP with: it hands httpx's errors on
from loguru import logger
from pydantic import ValidationError
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from llm_engineering.domain.errors import InvalidInputError, StoreUnavailableError

ResultT = TypeVar("ResultT")

PAUSES_SECONDS: Final = (0.2, 0.8)
"""How long to wait before the second try and before the third, which is the last."""

_UNAUTHORIZED: Final = {401, 403}
_TOO_MANY_REQUESTS: Final = 429
_SERVER_ERROR: Final = 500


class ServerUnreachableError(StoreUnavailableError):
    """There is no connection to a server."""

    def __init__(self, server: str, reason: str) -> None:
        super().__init__(
            f"The Qdrant server at {server} cannot be reached ({reason[:200]}).",
            remedy="See that it runs and that QDRANT_URL is right; without QDRANT_URL the embedded store is used.",
        )
        self.server = server
        self.reason = reason


class ServerSilentError(StoreUnavailableError):
    """A server took a request and did not answer in time."""

    def __init__(self, server: str) -> None:
        super().__init__(
            f"The Qdrant server at {server} did not answer in time.",
            remedy="Try again, or wait longer with STORE_TIMEOUT_SECONDS.",
        )
        self.server = server


class ServerFailedError(StoreUnavailableError):
    """A server answered that it failed."""

    def __init__(self, server: str, status: int) -> None:
        super().__init__(
            f"The Qdrant server at {server} failed (HTTP status {status}).",
            remedy="Try again; if it goes on, its log says why.",
        )
        self.server = server
        self.status = status


class RequestRefusedError(StoreUnavailableError):
    """A server would not do what it was asked."""

    def __init__(self, server: str, status: int, reason: str) -> None:
        super().__init__(
            f"The Qdrant server at {server} refused a request (HTTP status {status}): {reason[:200]}.",
            remedy="See that nobody deletes or alters the collection, and that the server is version 1.16 or newer.",
        )
        self.server = server
        self.status = status
        self.reason = reason


class NotQdrantError(StoreUnavailableError):
    """What answers at an address is no Qdrant server."""

    def __init__(self, server: str) -> None:
        super().__init__(
            f"What answers at {server} does not talk like a Qdrant server.",
            remedy="See that QDRANT_URL is the address of Qdrant's REST interface, usually port 6333.",
        )
        self.server = server


class AccessDeniedError(InvalidInputError):
    """A server wants another key, or the key may not do what was asked."""

    def __init__(self, server: str, status: int) -> None:
        super().__init__(
            f"The Qdrant server at {server} denied access (HTTP status {status}).",
            remedy="Set QDRANT_API_KEY to a key that is valid there and that may do this.",
        )
        self.server = server
        self.status = status


@dataclass(frozen=True, slots=True)
class ServerCalls:
    """How one server is called."""

    server: str
    """Address of the server, for people to read."""
    pauses_seconds: tuple[float, ...] = PAUSES_SECONDS
    """Pauses before the second try and those after it."""

    def result(self, call: Callable[[], ResultT]) -> ResultT:
        """Make a call and return its result; a call may be made several times, so it must not matter how often.

        A call is repeated when the server answered too late or with a status from 500, not when there was no
        connection: who waits for a server that is not there wants to know soon.

        Raises:
            ServerUnreachableError: There was no connection, or it broke.
            ServerSilentError: No answer came in time.
            ServerFailedError: The server answered with a status from 500.
            RequestRefusedError: It answered with another error.
            AccessDeniedError: It wants another key.
            NotQdrantError: The answer was not one of Qdrant's.
        """
        for pause in self.pauses_seconds:
            try:
                return self._attempt(call)
            except (ServerSilentError, ServerFailedError) as error:
                logger.warning("{problem} Trying again in {pause} s", problem=error.problem, pause=pause)
                time.sleep(pause)
        return self._attempt(call)

    def _attempt(self, call: Callable[[], ResultT]) -> ResultT:
        try:
            return call()
        except UnexpectedResponse as error:
            raise self._answered(error.status_code or 0, error.content) from error
        except ResourceExhaustedResponse as error:
            raise RequestRefusedError(self.server, _TOO_MANY_REQUESTS, error.message) from error
        except ResponseHandlingException as error:
            raise self._not_answered(error.source) from error
        except (json.JSONDecodeError, AssertionError) as error:
            # The client takes for granted that an answer is JSON, and asserts that it has a result.
            raise NotQdrantError(self.server) from error

    def _answered(self, status: int, content: bytes) -> StoreUnavailableError | AccessDeniedError:
        if status in _UNAUTHORIZED:
            return AccessDeniedError(self.server, status)
        if status >= _SERVER_ERROR:
            return ServerFailedError(self.server, status)
        return RequestRefusedError(self.server, status, content.decode(errors="replace"))

    def _not_answered(self, source: Exception) -> StoreUnavailableError:
        if isinstance(source, ValidationError):
            return NotQdrantError(self.server)
        if isinstance(source, httpx.TimeoutException) and not isinstance(source, httpx.ConnectTimeout):
            return ServerSilentError(self.server)
        return ServerUnreachableError(self.server, str(source) or type(source).__name__)
