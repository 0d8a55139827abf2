"""What goes wrong between sockets and bytes, as errors that say so in words."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpcore2

from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.application.crawl.links import WebLink
from llm_engineering.domain.errors import RetryableError
from llm_engineering.infrastructure.http_bodies import BodyTooLargeError, BodyUnreadableError


class TemporaryFetchError(FetchError, RetryableError):
    """There is no page now, but there may be one later."""

    def __init__(self, reason: FailureReason, problem: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason, problem, remedy="Try again later; if it stays so, remove the link.")
        self.retry_after_seconds = retry_after_seconds
        """How long the server asks to wait; None if it does not say."""


@contextmanager
def faults_named(link: WebLink, max_bytes: int) -> Iterator[None]:
    """Raise what the `with` block raises as a `FetchError`.

    Args:
        link: What is asked for in the block.
        max_bytes: Cap on the body.
    """
    try:
        yield
    except BodyTooLargeError as error:
        raise FetchError(
            FailureReason.TOO_LARGE,
            f"The page {link.address} is larger than {max_bytes} bytes.",
            remedy="Raise max_page_bytes if it is an article all the same; else remove the link.",
        ) from error
    except (BodyUnreadableError, httpcore2.ProtocolError) as error:
        raise TemporaryFetchError(
            FailureReason.BAD_RESPONSE, f"The answer of {link.address} cannot be read: {_sentence(error)}"
        ) from error
    except httpcore2.TimeoutException as error:
        raise TemporaryFetchError(
            FailureReason.TIMEOUT, f"{link.address} did not answer in time: {_sentence(error)}"
        ) from error
    except httpcore2.NetworkError as error:
        raise _network_error(link, error) from error


def _network_error(link: WebLink, error: httpcore2.NetworkError) -> FetchError:
    # httpcore2 makes its errors of those of Python, but does not keep them as the cause.
    if any(isinstance(argument, ssl.SSLError) for argument in error.args):
        return FetchError(
            FailureReason.TLS_ERROR,
            f"No trusted connection to {link.host} came about: {_sentence(error)}",
            remedy="Check that the link opens in a browser without a warning; certificates are always verified.",
        )
    return TemporaryFetchError(FailureReason.UNREACHABLE, f"{link.host} cannot be reached: {_sentence(error)}")


def _sentence(error: Exception) -> str:
    return f"{str(error).rstrip('.') or type(error).__name__}."
