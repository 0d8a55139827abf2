"""One HTTP request and its answer: capped, timed, and every fault named."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpcore2

from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.application.crawl.links import InvalidLinkError, WebLink
from llm_engineering.domain.errors import RetryableError
from llm_engineering.infrastructure.address_guard import AddressGuard
from llm_engineering.infrastructure.guarded_network import GuardedNetwork
from llm_engineering.infrastructure.http_bodies import (
    ACCEPTED_ENCODING,
    BodyTooLargeError,
    BodyUnreadableError,
    read_body,
)

MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
SUCCESS: Final = range(200, 300)


class TemporaryFetchError(FetchError, RetryableError):
    """There is no page now, but there may be one later."""

    def __init__(self, reason: FailureReason, problem: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason, problem, remedy="Try again later; if it stays so, remove the link.")
        self.retry_after_seconds = retry_after_seconds
        """How long the server asks to wait; None if it does not say."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    link: WebLink
    """The address that answered, after redirects."""
    status: int
    headers: Mapping[str, str]
    """By their names in lower case; of repeated ones the last."""
    body: bytes
    """Decompressed; empty unless the status is a success."""


class HttpClient:
    """Asks for pages over connections that are kept open for the next page of the same host.

    Certificates are verified. Neither proxies nor credentials are read from the environment, and no cookies are kept.

    Args:
        guard: Says which addresses may be connected to.
        user_agent: What the client says that it is.
        read_timeout_seconds: Longest wait for a connection, and for the next bytes.
        ssl_context: Which certificates are trusted; the system's by default.
    """

    def __init__(
        self,
        guard: AddressGuard,
        *,
        user_agent: str,
        read_timeout_seconds: float,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._headers = (
            ("User-Agent", user_agent),
            ("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"),
            ("Accept-Encoding", ACCEPTED_ENCODING),
        )
        self._timeouts = dict.fromkeys(("connect", "read", "write", "pool"), read_timeout_seconds)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=ssl_context or httpcore2.default_ssl_context(),
            network_backend=GuardedNetwork(guard),
            keepalive_expiry=15,
        )

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def get(
        self,
        link: WebLink,
        *,
        max_bytes: int,
        is_cut: bool = False,
        before_request: Callable[[WebLink], None] = lambda _link: None,
    ) -> Answer:
        """Return the answer to a GET request; redirects are followed.

        Args:
            link: What is asked for.
            max_bytes: Cap on the body, compressed and decompressed.
            is_cut: Whether a body beyond the cap is cut there instead of refused.
            before_request: Called with each address before it is asked for; raises to prevent it.

        Raises:
            FetchError: No answer came, or it breaks a rule. An answer that reports an error is an answer.
        """
        for _ in range(MAX_REDIRECTS + 1):
            before_request(link)
            answer = self._exchange(link, max_bytes, is_cut)
            if answer.status not in _REDIRECTS:
                return answer
            link = _redirected(answer)
        raise FetchError(
            FailureReason.TOO_MANY_REDIRECTS,
            f"After {MAX_REDIRECTS} redirects the server redirects once more, to {link.address}.",
            remedy="Give the link of the page itself, as a browser shows it in the end.",
        )

    def _exchange(self, link: WebLink, max_bytes: int, is_cut: bool) -> Answer:
        extensions = {"timeout": self._timeouts}
        with (
            _faults_named(link, max_bytes),
            self._pool.stream("GET", link.address, headers=self._headers, extensions=extensions) as response,
        ):
            headers = {_text(name).lower(): _text(value) for name, value in response.headers}
            body = b""
            if response.status in SUCCESS:
                if not is_cut and _declared_bytes(headers) > max_bytes:
                    raise BodyTooLargeError
                encoding = headers.get("content-encoding", "")
                body = read_body(response.iter_stream(), encoding, max_bytes, is_cut=is_cut)
            return Answer(link=link, status=response.status, headers=headers, body=body)


def _text(header: bytes) -> str:
    """Return a header's text: most servers that send more than ASCII send UTF-8."""
    try:
        return header.decode()
    except UnicodeDecodeError:
        return header.decode("latin-1")


def _declared_bytes(headers: Mapping[str, str]) -> int:
    declared = headers.get("content-length", "")
    return int(declared) if declared.isdecimal() else 0


def _redirected(answer: Answer) -> WebLink:
    try:
        return answer.link.joined(answer.headers.get("location", ""))
    except InvalidLinkError as error:
        raise FetchError(
            FailureReason.BAD_RESPONSE,
            f"{answer.link.address} redirects to {error.link[:200]!r}, which is no web address.",
            remedy="Give the link of the page itself.",
        ) from error


@contextmanager
def _faults_named(link: WebLink, max_bytes: int) -> Iterator[None]:
    """Turn what goes wrong between sockets and bytes into errors that say so in words."""
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


def retry_after_seconds(answer: Answer) -> float | None:
    """Return how long the server asks to wait (RFC 9110, 10.2.3); None if it does not say."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):  # no date, or one without a time zone
        return None
