"""Addresses of servers of language models, and to which of them a key may be sent."""

from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import SecretStr

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.infrastructure.vector_stores.server_addresses import is_loopback

OPENAI: Final = "https://api.openai.com/v1"


class InvalidModelUrlError(InvalidInputError):
    """An address is not that of a server of language models."""

    def __init__(self, shown: str, reason: str) -> None:
        super().__init__(
            f"OPENAI_BASE_URL {shown[:100]!r} {reason}.",
            remedy='Set it to an address like "http://127.0.0.1:8000/v1" or "https://api.openai.com/v1".',
        )
        self.shown = shown


class ModelKeyInTheClearError(InvalidInputError):
    """A key would cross a network unencrypted."""

    def __init__(self, server: str) -> None:
        super().__init__(
            f"The key of OPENAI_API_KEY would be sent unencrypted to {server}.",
            remedy="Use an address with https://, or unset OPENAI_API_KEY if the server needs no key.",
        )
        self.server = server


class UnsendableModelKeyError(InvalidInputError):
    """A key holds characters that no HTTP header can carry."""

    def __init__(self, length: int) -> None:
        super().__init__(
            f"The key of OPENAI_API_KEY ({length} characters) holds white space or characters outside ASCII.",
            remedy="Copy it again, without line breaks.",
        )
        self.length = length


@dataclass(frozen=True, slots=True)
class ModelAddress:
    """Where a server of language models answers."""

    url: str
    """As it was understood, without a slash at its end; it holds no password."""
    host: str
    is_loopback: bool
    is_encrypted: bool

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read an address.

        Raises:
            InvalidModelUrlError: It is no http or https address, or holds a user name, a password or a query.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            # What cannot be read may hold a password anywhere.
            raise InvalidModelUrlError("...", "cannot be read") from error
        if parts.username is not None or parts.password is not None:
            raise InvalidModelUrlError(f"{parts.scheme}://...", "holds a user name or password; use OPENAI_API_KEY")
        if parts.query or parts.fragment:
            raise InvalidModelUrlError(f"{parts.scheme}://...", "holds a ? or #, behind which a key may stand")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise InvalidModelUrlError(url, "is not the http:// or https:// address of a server")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        netloc = host if port is None else f"{host}:{port}"
        return cls(
            # Put together anew, so that the client cannot understand another host than was checked here.
            url=f"{parts.scheme}://{netloc}{parts.path.rstrip('/')}",
            host=parts.hostname,
            is_loopback=is_loopback(parts.hostname),
            is_encrypted=parts.scheme == "https",
        )

    def require_fit_for(self, key: SecretStr | None) -> None:
        """Check that a key may be sent there.

        Raises:
            ModelKeyInTheClearError: It would leave this machine unencrypted.
            UnsendableModelKeyError: It does not fit into a header.
        """
        if key is None:
            return
        if not (self.is_encrypted or self.is_loopback):
            raise ModelKeyInTheClearError(self.url)
        # The HTTP library would print the key in its error message.
        if not all("!" <= character <= "~" for character in key.get_secret_value()):
            raise UnsendableModelKeyError(len(key))
