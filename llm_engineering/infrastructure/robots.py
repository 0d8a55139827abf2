"""Asks sites what crawlers may fetch, and how often: robots.txt as RFC 9309 reads it."""

from concurrent.futures import Future
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final

from protego import Protego

from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.application.crawl.links import WebLink
from llm_engineering.infrastructure.guarded_network import deadline_in, deadline_suspended
from llm_engineering.infrastructure.http_client import HttpClient
from llm_engineering.infrastructure.http_errors import TemporaryFetchError

_MAX_BYTES: Final = 512_000
"""RFC 9309, 2.5: at least 500 kibibytes are to be read."""
_TROUBLE: Final = frozenset({429, *range(500, 600)})
"""Status 429 is counted with them, as large search engines do: a server that asks for fewer requests gets fewer."""


@dataclass(frozen=True, slots=True)
class _Rules:
    rules: Protego
    delay_seconds: float
    """Least time between two requests that the site asks for; 0 if it does not."""


class RobotsTxt:
    """The rules of all sites of a run; each site is asked once. May be used by several threads at once.

    Without rules everything is allowed: the file does not exist, or the server refuses it (status 4xx) or redirects
    without end. Where the server is in trouble, nothing is allowed. What follows the first 500 KiB is not read.

    Crawl-delay and Request-rate, which RFC 9309 leaves to each crawler, are obeyed for the whole host. Of a site that
    asks for a longer delay than the cap nothing is fetched, as by Apache Nutch (`fetcher.max.crawl.delay`): to come
    more often than it asks for would be impolite, and thousands of seconds between two pages would never end.

    Args:
        client: Asks the sites.
        user_agent: Name of the crawler, which rules may address.
        timeout_seconds: For one robots.txt, from the connection to the last byte, redirects included.
        max_delay_seconds: Longest delay between two requests that is obeyed.
    """

    def __init__(
        self, client: HttpClient, user_agent: str, *, timeout_seconds: float, max_delay_seconds: float
    ) -> None:
        self._client = client
        self._user_agent = user_agent
        self._timeout_seconds = timeout_seconds
        self._max_delay_seconds = max_delay_seconds
        self._rules: dict[WebLink, Future[_Rules]] = {}
        self._lock = Lock()

    def check(self, link: WebLink) -> None:
        """Return if a page may be fetched.

        Raises:
            FetchError: It may not, or the site cannot be asked; a site that is in trouble is asked again next time.
        """
        address = replace(link, target="/robots.txt")
        site = self._site(address)
        if site.delay_seconds > self._max_delay_seconds:
            raise FetchError(
                FailureReason.ROBOTS_DISALLOWED,
                f"{address.address} asks crawlers to wait {site.delay_seconds:g} seconds between two requests.",
                remedy=f"Raise max_crawl_delay_seconds, which is {self._max_delay_seconds:g}, or remove the link.",
            )
        if not site.rules.can_fetch(link.address, self._user_agent):
            raise FetchError(
                FailureReason.ROBOTS_DISALLOWED,
                f"{address.address} asks crawlers not to fetch {link.address}.",
                remedy="Remove the link, or ask the site's owner for a copy.",
            )

    def _site(self, address: WebLink) -> _Rules:
        """Return the rules of a site. One thread asks for them, the others wait for its answer or its failure."""
        with self._lock:
            known = self._rules.get(address)
            asked = known or self._rules.setdefault(address, Future())
        if known is None:
            self._ask(address, asked)
        if asked.done():
            return asked.result()
        with deadline_suspended():  # it is not the page that takes the time
            return asked.result()

    def _ask(self, address: WebLink, asked: Future[_Rules]) -> None:
        try:
            with deadline_suspended(), deadline_in(self._timeout_seconds):
                asked.set_result(self._fetched(address))
        except BaseException as error:
            with self._lock:
                del self._rules[address]
            asked.set_exception(error)
            raise

    def _fetched(self, address: WebLink) -> _Rules:
        rules = Protego.parse(self._text(address))
        delay = self._delay_seconds(rules)
        if delay <= self._max_delay_seconds:
            self._client.pace.slow_down(address.host, delay)
        return _Rules(rules, delay)

    def _text(self, address: WebLink) -> str:
        try:
            answer = self._client.get(address, max_bytes=_MAX_BYTES, is_cut=True)
        except FetchError as error:
            if error.reason is FailureReason.TOO_MANY_REDIRECTS:
                return ""
            raise
        if answer.status in _TROUBLE:
            raise TemporaryFetchError(
                FailureReason.ROBOTS_DISALLOWED,
                f"{address.address} answers with status {answer.status}, so nothing of the site may be fetched.",
                retry_after_seconds=answer.retry_after_seconds,
            )
        return answer.body.decode(errors="replace")

    def _delay_seconds(self, rules: Protego) -> float:
        rate = rules.request_rate(self._user_agent)
        delays = (rules.crawl_delay(self._user_agent), rate and rate.seconds / rate.requests)
        return max((delay for delay in delays if delay is not None and delay > 0), default=0.0)
