"""Who may ask the service, from where and under which name."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final

from pydantic import SecretStr

from llm_engineering.domain.errors import InvalidInputError

LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1", "[::1]")
MIN_KEY_CHARACTERS: Final = 16
_HOST: Final = re.compile(r"(\*\.)?[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]+\]|\*")
_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.\[\]:-]{1,261}")
_GENERATE: Final = "`python -c 'import secrets; print(secrets.token_urlsafe(32))'` makes one"


class KeyMissingError(InvalidInputError):
    """The service would be open to others than this machine, without a key."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"SERVICE_HOST is {host[:80]!r}, which others can reach, but SERVICE_API_KEYS is not set.",
            remedy=f"Set SERVICE_API_KEYS to a secret of your own ({_GENERATE}), or leave SERVICE_HOST at 127.0.0.1.",
        )
        self.host = host


class WeakKeyError(InvalidInputError):
    """A key can be guessed, or not be sent in a header."""

    def __init__(self, position: int) -> None:
        super().__init__(
            f"Key number {position} of SERVICE_API_KEYS is shorter than {MIN_KEY_CHARACTERS} characters, or has others "
            "than visible ASCII.",
            remedy=f"Take a longer one: {_GENERATE}. Several keys are separated by commas.",
        )
        self.position = position


class InvalidNameError(InvalidInputError):
    """A name of a host, or an origin, is not written as one."""

    def __init__(self, setting: str, value: str, example: str) -> None:
        super().__init__(f"{setting} has {value[:80]!r}, which cannot be used.", remedy=f"Write it as in {example}.")
        self.value = value


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that are accepted, as hashes."""

    digests: tuple[bytes, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, secret: SecretStr | None) -> "Keys":
        """Return the keys of a setting that separates them by commas; none if it is not set.

        Raises:
            WeakKeyError: One of them is too short.
        """
        keys = [key.strip() for key in secret.get_secret_value().split(",") if key.strip()] if secret else []
        for position, key in enumerate(keys, start=1):
            if len(key) < MIN_KEY_CHARACTERS or not key.isascii() or not key.isprintable() or " " in key:
                raise WeakKeyError(position)
        return cls(tuple(_digest(key) for key in keys))

    def __bool__(self) -> bool:
        """Whether there are any: without, everybody may ask."""
        return bool(self.digests)

    def name_of(self, given: str) -> str | None:
        """Return the name that a key goes by in counters, or None if it is not accepted.

        All keys are compared, each in constant time, so that the time that it takes says nothing about them.
        """
        digest = _digest(given)
        matches = [hmac.compare_digest(digest, known) for known in self.digests]
        return f"key {digest.hex()[:12]}" if any(matches) else None


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True, slots=True)
class Access:
    """Who may ask."""

    keys: Keys = Keys()
    hosts: tuple[str, ...] = LOOPBACK_NAMES
    """Names in the header Host that are answered, so that a foreign name that is pointed at this address is not
    (DNS rebinding); "*" for any."""
    origins: tuple[str, ...] = ()
    """Web sites, as "https://example.org", whose scripts may ask from a browser, besides the page of the service."""

    @classmethod
    def of(cls, *, host: str, keys: SecretStr | None, allowed_hosts: str | None, cors_origins: str | None) -> "Access":
        """Return the access that settings describe, for a service that listens at `host`.

        Without `allowed_hosts` a service on loopback answers to the names of loopback, and another one, where every
        request needs a key, to any.

        Raises:
            KeyMissingError: Others than this machine could ask, and no key is set.
            WeakKeyError: A key is too short.
            InvalidNameError: A host or an origin is not written as one.
        """
        known = Keys.of(keys)
        if not known and not is_loopback(host):
            raise KeyMissingError(host)
        names = _names("SERVICE_ALLOWED_HOSTS", allowed_hosts, _HOST, '"twin.example.org"')
        origins = _names("SERVICE_CORS_ORIGINS", cors_origins, _ORIGIN, '"https://example.org"')
        default = LOOPBACK_NAMES if is_loopback(host) else ("*",)
        return cls(known, (*names, *LOOPBACK_NAMES) if names else default, origins)


def _names(setting: str, value: str | None, pattern: re.Pattern[str], example: str) -> tuple[str, ...]:
    names = [name.strip() for name in (value or "").split(",") if name.strip()]
    for name in names:
        if not pattern.fullmatch(name):
            raise InvalidNameError(setting, name, example)
    return tuple(names)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address; a name other than "localhost" counts as reachable."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def given_key(headers: Mapping[str, str]) -> str | None:
    """Return the key of a request: `Authorization: Bearer KEY` or `X-API-Key: KEY`."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return headers.get("x-api-key")


def is_own_origin(origin: str, host: str, allowed: Sequence[str]) -> bool:
    """Tell whether a browser says that the page of this service asks, or one that may.

    The scheme is left out: behind a proxy that speaks TLS the service does not know its own.
    """
    own = origin.partition("://")[2]
    return (bool(own) and own.lower() == host.lower()) or origin in allowed
