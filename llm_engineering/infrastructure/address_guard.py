"""Keeps crawlers inside the public internet (server-side request forgery, OWASP A10:2021).

A link, or a redirect on a page, may name a host of the private network: a router, a cloud's metadata service, a
database without a password. A host name is resolved once, every address is checked, and the connection is made to an
address that was checked: an answer of the DNS that changes in between changes nothing.
"""

import socket
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from threading import Thread
from typing import Final

from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.infrastructure.http_errors import TemporaryFetchError

Resolver = Callable[[str, int], Sequence[str]]
"""Returns the IP addresses of a host and port; raises OSError if there are none."""

WEB_PORTS: Final = frozenset({80, 443})
_LOOKUP_TIMEOUT_SECONDS: Final = 15.0
_NAT64: Final = IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_NOT_PUBLIC: Final = tuple(
    map(
        IPv4Network,
        ("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "224.0.0.0/3"),
    )
)
"""What `is_global` lets pass in some version of Python 3.11, although the IANA registries of special addresses do not
call it globally reachable; multicast and reserved addresses."""
_NOT_PUBLIC_6: Final = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
"""The same for IPv6, with the addresses of Teredo and 6to4, which lead to any IPv4 address."""


class AddressNotAllowedError(FetchError):
    """A host or port is not one that crawlers may connect to."""

    def __init__(self, host: str, fault: str) -> None:
        super().__init__(
            FailureReason.ADDRESS_NOT_ALLOWED,
            f"The host {host[:100]!r} {fault}.",
            remedy="If it is yours, name it under allowed_private_hosts in the YAML of the run; else remove the link.",
        )
        self.host = host


class HostUnknownError(FetchError):
    """A host name has no address."""

    def __init__(self, host: str, cause: str) -> None:
        super().__init__(
            FailureReason.UNREACHABLE,
            f"The host {host[:100]!r} has no address ({cause}).",
            remedy="Check the spelling of the link, and the connection to the internet.",
        )
        self.host = host


class HostLookupError(TemporaryFetchError):
    """Nobody could say just now which addresses a host name has."""

    def __init__(self, reason: FailureReason, host: str, fault: str) -> None:
        super().__init__(reason, f"The addresses of the host {host[:100]!r} could not be found: {fault}.")
        self.host = host


def system_addresses(host: str, port: int) -> Sequence[str]:
    """Return the addresses that the operating system finds for a host; it decides how long that may take."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for _, _, _, _, address in found))


class AddressGuard:
    """Says which addresses a crawler may connect to.

    Args:
        allowed_hosts: Host names and IP addresses that are allowed on any port, wherever they lead.
        resolver: Finds the addresses of a host.
    """

    def __init__(self, allowed_hosts: Collection[str] = (), resolver: Resolver = system_addresses) -> None:
        self._allowed_hosts = frozenset(host.lower().removesuffix(".").strip("[]") for host in allowed_hosts)
        self._resolver = resolver

    def vetted_addresses(
        self,
        host: str,
        port: int,
        *,
        ports: Collection[int] = WEB_PORTS,
        timeout_seconds: float = _LOOKUP_TIMEOUT_SECONDS,
    ) -> Sequence[str]:
        """Return the IP addresses to connect to for a host, in the order in which they are to be tried.

        Args:
            host: Name or IP address.
            port: What is to be connected to.
            ports: The ports that are allowed on public hosts.
            timeout_seconds: How long the addresses are waited for.

        Raises:
            AddressNotAllowedError: At least one of its addresses is not public, or the port is not allowed.
            HostUnknownError: It has no address.
            HostLookupError: Whether it has one was not to be found out, or not in time.
        """
        name = host.lower().removesuffix(".")
        is_allowed = name in self._allowed_hosts
        if not is_allowed and port not in ports:
            allowed = " or ".join(map(str, sorted(ports)))
            raise AddressNotAllowedError(host, f"is asked for on port {port}, which is not {allowed}")
        addresses = self._resolved(name, port, timeout_seconds)
        private = next((address for address in addresses if not is_allowed and not is_public(address)), None)
        if private is not None:
            raise AddressNotAllowedError(host, f"has the address {private}, which is not public")
        return addresses

    def _resolved(self, host: str, port: int, timeout_seconds: float) -> Sequence[str]:
        try:
            addresses = _looked_up(self._resolver, host, port).result(timeout_seconds)
        except TimeoutError as error:
            fault = f"there was no answer within {timeout_seconds:.0f} seconds"
            raise HostLookupError(FailureReason.TIMEOUT, host, fault) from error
        except (OSError, UnicodeError) as error:  # no address; a name that cannot be encoded
            if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
                raise HostLookupError(FailureReason.UNREACHABLE, host, str(error)) from error
            raise HostUnknownError(host, str(error)) from error
        if not addresses:
            raise HostUnknownError(host, "the answer is empty")
        return addresses


def _looked_up(resolver: Resolver, host: str, port: int) -> Future[Sequence[str]]:
    """Return the addresses to be, which a thread of its own asks for: nothing can call off a lookup that hangs.

    The thread is a daemon, unlike those of an executor, so that it does not keep the program from ending either.
    """
    addresses: Future[Sequence[str]] = Future()

    def look_up() -> None:
        try:
            addresses.set_result(resolver(host, port))
        except Exception as error:  # noqa: BLE001 - raised again where the result is waited for
            addresses.set_exception(error)

    Thread(target=look_up, name=f"lookup of {host[:50]}", daemon=True).start()
    return addresses


def is_public(address: str) -> bool:
    """Whether an IP address is reachable from everywhere, and leads nowhere else by being translated."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv4Address):
        return ip.is_global and not any(ip in network for network in _NOT_PUBLIC)
    embedded = _embedded(ip)
    if embedded is not None:
        return is_public(str(embedded))
    return ip in _GLOBAL_UNICAST and ip.is_global and not any(ip in network for network in _NOT_PUBLIC_6)


def _embedded(ip: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for: mapped, or behind a NAT64 gateway (RFC 6052)."""
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped
