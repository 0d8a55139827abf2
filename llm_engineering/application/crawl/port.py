"""What a crawl needs from outside: pages, as a web server sends them or as a browser shows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Protocol

from pydantic import SecretStr

Freshness = Mapping[str, str]
"""What a source wants to be told at the next visit, to say whether anything has changed since: the entity tag and the
date of a page ("etag", "last_modified"; RFC 9110, 13), the commit of a repository ("commit"). Empty at first."""
NOTHING_KNOWN: Final[Freshness] = MappingProxyType({})
HTML_PAGES: Final = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"
"""The header Accept of somebody who wants pages."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a web server answered with a success status, or that it has nothing new."""

    url: str
    """Address after redirects."""
    content_type: str
    """Media type in lower case without parameters, e.g. "text/html"; empty if the server gave none."""
    body: bytes
    """The decompressed body as it came."""
    charset: str | None = None
    """Character set that the server declared, if any."""
    freshness: Freshness = field(default_factory=dict)
    """What to hand in at the next visit."""
    is_unchanged: bool = False
    """Whether the server says that the page is what it was (status 304); the body is empty then."""
    received_bytes: int = 0
    """Bytes of the body on the wire, as compressed."""


class Fetcher(Protocol):
    """Gets web pages, politely and safely; may be used by several threads at once."""

    def fetch(
        self, url: str, *, known: Freshness = NOTHING_KNOWN, accept: str = HTML_PAGES, token: SecretStr | None = None
    ) -> Page:
        """Return the page at an address.

        Args:
            url: A web address.
            known: The freshness of the last visit: what has not changed since is not sent again.
            accept: Value of the header Accept.
            token: Sent as a bearer token over TLS (or to loopback), to the host of the address only, never to one that
                it redirects to.

        Raises:
            FetchError: There is no page to be had; the error's `reason` says why, in the words of
                `llm_engineering.application.crawl.fetching`.
        """
        ...


class PageRenderer(Protocol):
    """Shows web pages as a browser does, for those that only scripts fill."""

    def render(self, url: str) -> Page:
        """Return the page at an address after its scripts have run; its body is UTF-8.

        Raises:
            FetchError: There is no page to be had.
        """
        ...
