"""Addresses of Qdrant servers, and to which of them a key may be sent."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

from llm_engineering.domain.errors import InvalidInputError

_DEFAULT_PORT: Final = 6333


class InvalidServerUrlError(InvalidInputError):
    """An address is not that of a web server.

    Args:
        shown: As much of the address as may be shown.
        reason: What is wrong with it.
    """

    def __init__(self, shown: str, reason: str) -> None:
        super().__init__(
            f"QDRANT_URL {shown[:100]!r} {reason}.",
            remedy='Set it to an address like "http://localhost:6333" or "https://name.cloud.qdrant.io:6333".',
        )
        self.shown = shown
        self.reason = reason


class KeyInTheClearError(InvalidInputError):
    """A key would cross a network unencrypted."""

    def __init__(self, server: str) -> None:
        super().__init__(
            f"The key of QDRANT_API_KEY would be sent unencrypted to {server}.",
            remedy="Use an address with https://, or unset QDRANT_API_KEY if the server needs no key.",
        )
        self.server = server


class UnsendableKeyError(InvalidInputError):
    """A key holds characters that no HTTP header can carry."""

    def __init__(self, length: int) -> None:
        super().__init__(
            f"The key of QDRANT_API_KEY ({length} characters) holds white space or characters outside ASCII.",
            remedy="Copy it again, without line breaks.",
        )
        self.length = length


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a Qdrant server answers over HTTP."""

    url: str
    """Scheme, host, port and path, as they were understood; it holds no password."""
    is_loopback: bool
    """Whether the way there does not leave this machine."""
    is_encrypted: bool

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read an address; without a port it means Qdrant's port 6333.

        Raises:
            InvalidServerUrlError: It is no http or https address, or holds a user name or password.
        """
        parts, port = _split(url)
        if parts.username is not None or parts.password is not None:
            # The rest of it is not shown either: it may be a part of the password.
            raise InvalidServerUrlError(f"{parts.scheme}://...", "holds a user name or password; use QDRANT_API_KEY")
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise InvalidServerUrlError(url, "is not the http:// or https:// address of a server")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        return cls(
            # Put together anew, so that the client cannot understand another host than was checked here.
            url=f"{parts.scheme}://{host}:{port}{parts.path.rstrip('/')}",
            is_loopback=is_loopback(parts.hostname),
            is_encrypted=parts.scheme == "https",
        )

    def headers(self, api_key: SecretStr | None) -> dict[str, str]:
        """Return the headers that carry a key to this server; none without a key.

        Raises:
            KeyInTheClearError: The key would leave this machine unencrypted.
            UnsendableKeyError: The key does not fit into a header.
        """
        if api_key is None:
            return {}
        if not (self.is_encrypted or self.is_loopback):
            raise KeyInTheClearError(self.url)
        key = api_key.get_secret_value()
        # The HTTP library would print the key in its error message.
        if not all("!" <= character <= "~" for character in key):
            raise UnsendableKeyError(len(key))
        return {"api-key": key}


def _split(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        # The address itself is not shown: what cannot be read may hold a password anywhere.
        raise InvalidServerUrlError("...", "cannot be read") from error
    return parts, port or _DEFAULT_PORT


def is_loopback(host: str) -> bool:
    """Return whether the way to a host does not leave this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
