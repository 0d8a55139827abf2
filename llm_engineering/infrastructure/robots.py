"""Asks sites what crawlers may fetch: robots.txt as RFC 9309 reads it."""

from typing import Final

from protego import Protego

from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.application.crawl.links import WebLink
from llm_engineering.infrastructure.http_client import HttpClient, TemporaryFetchError, retry_after_seconds

_MAX_BYTES: Final = 512_000
"""RFC 9309, 2.5: at least 500 kibibytes are to be read."""
_TROUBLE: Final = frozenset({429, *range(500, 600)})
"""Status 429 is counted with them, as large search engines do: a server that asks for fewer requests gets fewer."""


class RobotsTxt:
    """The rules of all sites of a run; each site is asked once.

    Without rules everything is allowed: the file does not exist, or the server refuses it (status 4xx) or redirects
    without end. Where the server is in trouble, nothing is allowed. What follows the first 500 KiB is not read.

    Args:
        client: Asks the sites.
        user_agent: Name of the crawler, which rules may address.
    """

    def __init__(self, client: HttpClient, user_agent: str) -> None:
        self._client = client
        self._user_agent = user_agent
        self._rules: dict[WebLink, Protego] = {}

    def check(self, link: WebLink) -> None:
        """Return if a page may be fetched.

        Raises:
            FetchError: It may not, or the site cannot be asked; a site that is in trouble is asked again next time.
        """
        address = link.joined("/robots.txt")
        if address not in self._rules:
            self._rules[address] = self._fetched(address)
        if not self._rules[address].can_fetch(link.address, self._user_agent):
            raise FetchError(
                FailureReason.ROBOTS_DISALLOWED,
                f"{address.address} asks crawlers not to fetch {link.address}.",
                remedy="Remove the link, or ask the site's owner for a copy.",
            )

    def _fetched(self, address: WebLink) -> Protego:
        try:
            answer = self._client.get(address, max_bytes=_MAX_BYTES, is_cut=True)
        except FetchError as error:
            if error.reason is FailureReason.TOO_MANY_REDIRECTS:
                return Protego.parse("")
            raise
        if answer.status in _TROUBLE:
            raise TemporaryFetchError(
                FailureReason.ROBOTS_DISALLOWED,
                f"{address.address} answers with status {answer.status}, so nothing of the site may be fetched.",
                retry_after_seconds=retry_after_seconds(answer),
            )
        return Protego.parse(answer.body.decode(errors="replace"))
