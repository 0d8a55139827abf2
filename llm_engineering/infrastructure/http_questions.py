"""What is asked for: the headers for each address on the way to a page, and what is kept for the next visit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from pydantic import SecretStr

from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.application.crawl.links import WebLink
from llm_engineering.application.crawl.port import Freshness
from llm_engineering.infrastructure.http_client import Answer
from llm_engineering.infrastructure.http_statuses import NOT_MODIFIED

_CONDITIONS: Final[Mapping[str, tuple[str, str]]] = {
    "etag": ("etag", "If-None-Match"),
    "last_modified": ("last-modified", "If-Modified-Since"),
}
"""The header by which an answer states a kind of freshness, and the one by which it is handed in (RFC 9110, 13.1)."""
_REDIRECTED_TO: Final = "redirected_to"
"""Whose freshness it is, if it is not that of the address that was asked for."""
_BEARER_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""RFC 6750, 2.1."""


@dataclass(frozen=True, slots=True)
class Question:
    """One page that is asked for."""

    link: WebLink
    known: Freshness
    """The freshness of the last visit."""
    accept: str
    token: SecretStr | None = None
    """A bearer token, which goes to the origin of the link and to no other."""

    def __post_init__(self) -> None:
        if self.token is not None and not _BEARER_TOKEN.fullmatch(self.token.get_secret_value()):
            raise FetchError(
                FailureReason.FORBIDDEN,
                f"The token for {self.link.host} is empty or holds a character that no bearer token has.",
                remedy="Copy it again into the settings, without quotation marks, spaces and line breaks.",
            )

    def headers(self, hop: WebLink) -> Mapping[str, str]:
        """Return the headers for an address that was asked for, or redirected to."""
        return {"Accept": self.accept, **self._conditions(hop), **self._credentials(hop)}

    def is_answered_by(self, answer: Answer) -> bool:
        """Whether an answer says that the page is still what it was."""
        return answer.status == NOT_MODIFIED and bool(self._conditions(answer.link))

    def freshness(self, answer: Answer) -> Freshness:
        """Return what to hand in at the next visit of the page; what an unchanged page does not state is kept."""
        known = {name: self.known[name] for name in _CONDITIONS if name in self.known}
        stated = {name: answer.headers[header] for name, (header, _) in _CONDITIONS.items() if header in answer.headers}
        fresh = {**known, **stated} if answer.status == NOT_MODIFIED else stated
        if fresh and answer.link != self.link:
            return {**fresh, _REDIRECTED_TO: answer.link.address}
        return fresh

    def _conditions(self, hop: WebLink) -> Mapping[str, str]:
        """Return the conditions for an address whose freshness is known.

        Others are asked without: the date of one page would make an older one that it now redirects to look unchanged.
        """
        if hop.address != self.known.get(_REDIRECTED_TO, self.link.address):
            return {}
        return {header: self.known[name] for name, (_, header) in _CONDITIONS.items() if self.known.get(name)}

    def _credentials(self, hop: WebLink) -> Mapping[str, str]:
        if self.token is None or _origin(hop) != _origin(self.link) or not _is_private(hop):
            return {}
        return {"Authorization": f"Bearer {self.token.get_secret_value()}"}


def _origin(link: WebLink) -> tuple[str, str, int]:
    return link.scheme, link.host, link.port


def _is_private(link: WebLink) -> bool:
    """Whether nobody can read on the way what is sent to an address."""
    if link.scheme == "https" or link.host == "localhost":
        return True
    try:
        return ip_address(link.host).is_loopback
    except ValueError:  # a name
        return False
