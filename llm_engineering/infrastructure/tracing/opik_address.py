"""Where Opik answers, and whether a key may be sent there."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from llm_engineering.domain.errors import InvalidInputError

OPIK_CLOUD: Final = "https://www.comet.com/opik/api"


class InvalidOpikAddressError(InvalidInputError):
    """Opik cannot be reached as the settings say, or not safely."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy=remedy)


@dataclass(frozen=True, slots=True)
class OpikAccess:
    """Whom traces are sent to."""

    url: str
    """Base address of the interface, without a slash at its end."""
    key: SecretStr | None
    workspace: str | None
    project: str

    @classmethod
    def checked(cls, url: str | None, key: SecretStr | None, *, workspace: str | None, project: str) -> "OpikAccess":
        """Return the access that some settings describe; without an address it is Comet's cloud.

        Raises:
            InvalidOpikAddressError: The address cannot be used, or the key would cross a network unencrypted.
        """
        address = (url or OPIK_CLOUD).rstrip("/")
        try:
            parts = urlsplit(address)
            is_usable = (
                parts.scheme in {"http", "https"} and bool(parts.hostname) and not (parts.query or parts.fragment)
            )
        except ValueError:
            is_usable = False
        # What cannot be read is not shown: it may hold a password anywhere.
        if not is_usable or parts.username is not None or parts.password is not None:
            raise InvalidOpikAddressError(
                "OPIK_URL_OVERRIDE is not the http:// or https:// address of an Opik server, or holds a password.",
                'Set it to an address like "http://localhost:5173/api", and OPIK_API_KEY if the server needs a key.',
            )
        if key is not None and parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
            raise InvalidOpikAddressError(
                f"The key of OPIK_API_KEY would be sent unencrypted to {parts.hostname}.",
                "Use an address with https://, or unset OPIK_API_KEY if the server needs no key.",
            )
        if key is not None and not all("!" <= character <= "~" for character in key.get_secret_value()):
            raise InvalidOpikAddressError(
                "The key of OPIK_API_KEY holds white space or characters outside ASCII.",
                "Copy it again, without line breaks.",
            )
        return cls(address, key, workspace, project)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
