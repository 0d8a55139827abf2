"""One HTTP request and its answer: capped, timed, in its turn, and every fault named."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

import httpcore2

from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.application.crawl.links import InvalidLinkError, WebLink
from llm_engineering.infrastructure.address_guard import AddressGuard
from llm_engineering.infrastructure.guarded_network import GuardedNetwork, deadline_in, deadline_suspended
from llm_engineering.infrastructure.host_pace import HostPace
from llm_engineering.infrastructure.http_bodies import ACCEPTED_ENCODING, Body, BodyTooLargeError, read_body
from llm_engineering.infrastructure.http_errors import faults_named
from llm_engineering.infrastructure.http_statuses import SUCCESS, requested_wait_seconds

MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MAX_IDLE_CONNECTIONS: Final = 32
_MAX_REFUSAL_BYTES: Final = 16_384
_REFUSAL_SECONDS: Final = 1.0
_NO_BODY: Final = Body(b"", 0)

RequestHeaders = Callable[[WebLink], Mapping[str, str]]
"""Returns the headers that an address is asked with, besides those of every request."""


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
    received_bytes: int = 0
    """Bytes of the body on the wire."""
    retry_after_seconds: float | None = None
    """How long the server asks to be left alone; None if it does not ask for it."""


class HttpClient:
    """Asks for pages over connections that are kept open for the next page of the same host.

    Certificates are verified. Neither proxies nor credentials are read from the environment, and no cookies are kept.
    May be used by several threads at once; there are as many connections as threads that ask.

    Args:
        guard: Says which addresses may be connected to.
        user_agent: What the client says that it is.
        read_timeout_seconds: Longest wait for a connection, and for the next bytes.
        ssl_context: Which certificates are trusted; the system's by default.
        pace: Says when which host may be asked; by default two requests to a host may be under way at once.
    """

    def __init__(
        self,
        guard: AddressGuard,
        *,
        user_agent: str,
        read_timeout_seconds: float,
        ssl_context: ssl.SSLContext | None = None,
        pace: HostPace | None = None,
    ) -> None:
        self.pace: Final = pace or HostPace()
        self._headers = [(b"User-Agent", user_agent.encode()), (b"Accept-Encoding", ACCEPTED_ENCODING.encode())]
        self._timeouts = dict.fromkeys(("connect", "read", "write", "pool"), read_timeout_seconds)
        self._network = GuardedNetwork(guard)
        self._ssl_context = ssl_context
        self._pools = ExitStack()

    @property
    def received_bytes(self) -> int:
        """Bytes that have come over the network so far, those of failed requests included."""
        return self._network.received_bytes

    def close(self) -> None:
        """Close the connections."""
        self._pools.close()

    def get(
        self,
        link: WebLink,
        *,
        max_bytes: int,
        is_cut: bool = False,
        headers: RequestHeaders = lambda _link: {},
        before_request: Callable[[WebLink], None] = lambda _link: None,
    ) -> Answer:
        """Return the answer to a GET request; redirects are followed.

        Args:
            link: What is asked for.
            max_bytes: Cap on the body, compressed and decompressed.
            is_cut: Whether a body beyond the cap is cut there instead of refused.
            headers: Called with each address for the headers that are sent to it.
            before_request: Called with each address before it is asked for; raises to prevent it.

        Raises:
            FetchError: No answer came, or it breaks a rule. An answer that reports an error is an answer.
        """
        for _ in range(MAX_REDIRECTS + 1):
            before_request(link)
            answer = self._answer(link, headers, max_bytes, is_cut)
            if answer.status not in _REDIRECTS:
                return answer
            link = _redirected(answer)
        raise FetchError(
            FailureReason.TOO_MANY_REDIRECTS,
            f"After {MAX_REDIRECTS} redirects the server redirects once more, to {link.address}.",
            remedy="Give the link of the page itself, as a browser shows it in the end.",
        )

    def _answer(self, link: WebLink, headers: RequestHeaders, max_bytes: int, is_cut: bool) -> Answer:
        with self._turn(link.host):
            answer = self._exchange(link, headers, max_bytes, is_cut)
            if answer.retry_after_seconds is not None:
                self.pace.rest(link.host, answer.retry_after_seconds)
            return answer

    @contextmanager
    def _turn(self, host: str) -> Iterator[None]:
        with ExitStack() as turn:
            with deadline_suspended():  # the time of a page begins when its host may be asked
                turn.enter_context(self.pace.turn(host))
            yield

    def _exchange(self, link: WebLink, headers: RequestHeaders, max_bytes: int, is_cut: bool) -> Answer:
        pool = self._tls_pool if link.scheme == "https" else self._plain_pool
        with (
            faults_named(link, max_bytes),
            pool.stream(
                "GET",
                link.address,
                # Headers may hold a token: they are in no variable, whose value a traceback may show.
                headers=[*self._headers, *((name.encode(), value.encode()) for name, value in headers(link).items())],
                extensions={"timeout": self._timeouts},
            ) as response,
        ):
            return _read_answer(link, response, max_bytes, is_cut)

    @cached_property
    def _plain_pool(self) -> httpcore2.ConnectionPool:
        return self._pool(None)

    @cached_property
    def _tls_pool(self) -> httpcore2.ConnectionPool:
        # Reading the certificates of the system takes a while, and is not needed for plain HTTP.
        return self._pool(self._ssl_context or httpcore2.default_ssl_context())

    def _pool(self, ssl_context: ssl.SSLContext | None) -> httpcore2.ConnectionPool:
        pool = httpcore2.ConnectionPool(
            ssl_context=ssl_context,
            max_connections=None,  # each thread has one at most, and none waits for those of slow hosts
            max_keepalive_connections=_MAX_IDLE_CONNECTIONS,
            network_backend=self._network,
            keepalive_expiry=15,
        )
        return self._pools.enter_context(pool)


def _read_answer(link: WebLink, response: httpcore2.Response, max_bytes: int, is_cut: bool) -> Answer:
    headers = {_text(name).lower(): _text(value) for name, value in response.headers}
    if response.status in SUCCESS:
        if not is_cut and _declared_bytes(headers) > max_bytes:
            raise BodyTooLargeError
        body = read_body(response.iter_stream(), headers.get("content-encoding", ""), max_bytes, is_cut=is_cut)
    else:
        body = _NO_BODY
        _pass_over(response)
    return Answer(
        link=link,
        status=response.status,
        headers=headers,
        body=body.content,
        received_bytes=body.received_bytes,
        retry_after_seconds=requested_wait_seconds(response.status, headers, datetime.now(UTC)),
    )


def _pass_over(response: httpcore2.Response) -> None:
    """Read the body of a refusal if it is short: the connection can be used again only after its end."""
    left = _MAX_REFUSAL_BYTES
    # The status says it all. Where the rest breaks off, only the connection is lost.
    faults = (httpcore2.ProtocolError, httpcore2.TimeoutException, httpcore2.NetworkError)
    with suppress(*faults), deadline_in(_REFUSAL_SECONDS):
        for chunk in response.iter_stream():
            left -= len(chunk)
            if left < 0:
                return


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
