import socket
from collections.abc import Sequence
from threading import Event

import pytest

from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.domain.errors import RetryableError
from llm_engineering.infrastructure.address_guard import (
    AddressGuard,
    AddressNotAllowedError,
    HostLookupError,
    HostUnknownError,
    is_public,
    system_addresses,
)


def answering(*addresses: str) -> AddressGuard:
    """A guard for which every name has these addresses."""
    return AddressGuard(resolver=lambda _host, _port: addresses)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("127.255.255.254", id="all of loopback"),
        pytest.param("0.0.0.0", id="this host"),
        pytest.param("0.1.2.3", id="this network"),
        pytest.param("10.0.0.1", id="private, RFC 1918"),
        pytest.param("172.16.0.1", id="private, RFC 1918, second"),
        pytest.param("192.168.1.1", id="private, RFC 1918, third"),
        pytest.param("169.254.169.254", id="link-local: the metadata service of clouds"),
        pytest.param("100.64.0.1", id="shared address space of providers"),
        pytest.param("100.100.100.200", id="metadata service of Alibaba Cloud"),
        pytest.param("192.0.0.192", id="protocol assignments: metadata service of Oracle Cloud"),
        pytest.param("192.0.2.1", id="documentation"),
        pytest.param("198.18.0.1", id="benchmarks"),
        pytest.param("192.88.99.1", id="6to4 relays"),
        pytest.param("224.0.0.1", id="multicast"),
        pytest.param("239.255.255.250", id="multicast, local"),
        pytest.param("240.0.0.1", id="reserved"),
        pytest.param("255.255.255.255", id="broadcast"),
        pytest.param("::", id="this host, IPv6"),
        pytest.param("::1", id="loopback, IPv6"),
        pytest.param("::ffff:127.0.0.1", id="mapped loopback"),
        pytest.param("::ffff:10.0.0.1", id="mapped private"),
        pytest.param("::127.0.0.1", id="compatible, deprecated"),
        pytest.param("64:ff9b::7f00:1", id="NAT64 of loopback"),
        pytest.param("64:ff9b::a9fe:a9fe", id="NAT64 of 169.254.169.254"),
        pytest.param("64:ff9b:1::1", id="NAT64, local"),
        pytest.param("2002:7f00:1::", id="6to4 of loopback"),
        pytest.param("2002:808:808::", id="6to4 of a public address"),
        pytest.param("2001:0:808:808::1", id="Teredo"),
        pytest.param("2001:db8::1", id="documentation, IPv6"),
        pytest.param("3fff::1", id="documentation, IPv6, RFC 9637"),
        pytest.param("fe80::1", id="link-local, IPv6"),
        pytest.param("fe80::1%eth0", id="link-local, IPv6, with its interface"),
        pytest.param("fec0::1", id="site-local, deprecated"),
        pytest.param("fc00::1", id="unique local"),
        pytest.param("fd00:ec2::254", id="unique local: metadata service of AWS"),
        pytest.param("ff02::1", id="multicast, IPv6"),
        pytest.param("100::1", id="discard"),
        pytest.param("5f00::1", id="segment routing"),
        pytest.param("4000::1", id="not assigned"),
    ],
)
def test_an_address_that_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_an_address_that_is_public(address: str) -> None:
    assert is_public(address)


class TestLookups:
    def test_a_lookup_that_hangs_ends_in_time(self) -> None:
        is_over = Event()

        def resolver(host: str, port: int) -> Sequence[str]:
            is_over.wait(10)
            return []

        with pytest.raises(
            HostLookupError, match=r"'a\.example\.org' could not be found: there was no answer"
        ) as caught:
            AddressGuard(resolver=resolver).vetted_addresses("a.example.org", 80, timeout_seconds=0.01)
        is_over.set()

        assert (caught.value.reason, caught.value.host) == (FailureReason.TIMEOUT, "a.example.org")
        assert isinstance(caught.value, RetryableError)

    def test_a_name_server_in_trouble_may_answer_later(self) -> None:
        def resolver(host: str, port: int) -> Sequence[str]:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

        with pytest.raises(HostLookupError, match="Temporary failure") as caught:
            AddressGuard(resolver=resolver).vetted_addresses("a.example.org", 80)

        assert caught.value.reason is FailureReason.UNREACHABLE

    def test_a_defect_of_a_resolver_is_not_hidden(self) -> None:
        def resolver(host: str, port: int) -> Sequence[str]:
            raise KeyError(host)

        with pytest.raises(KeyError, match=r"a\.example\.org"):
            AddressGuard(resolver=resolver).vetted_addresses("a.example.org", 80)


class TestNames:
    def test_the_vetted_addresses_are_told(self) -> None:
        guard = answering("8.8.8.8", "2606:4700::1111")

        assert guard.vetted_addresses("example.org", 443) == ("8.8.8.8", "2606:4700::1111")

    def test_one_private_address_among_public_ones_is_enough(self) -> None:
        with pytest.raises(AddressNotAllowedError, match=r"'a\.example\.org' has the address 10\.0\.0\.1") as caught:
            answering("8.8.8.8", "10.0.0.1").vetted_addresses("a.example.org", 80)

        assert caught.value.reason is FailureReason.ADDRESS_NOT_ALLOWED
        assert "allowed_private_hosts" in caught.value.remedy

    def test_an_answer_that_changes_does_not_change_what_was_vetted(self) -> None:
        answers = iter([["8.8.8.8"], ["127.0.0.1"]])
        guard = AddressGuard(resolver=lambda _host, _port: next(answers))

        assert guard.vetted_addresses("rebinding.example.org", 80) == ["8.8.8.8"]
        with pytest.raises(AddressNotAllowedError, match=r"127\.0\.0\.1"):
            guard.vetted_addresses("rebinding.example.org", 80)

    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "localhost", "0", "0.0.0.0", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "127.1", "::1"]
    )
    def test_every_way_to_write_loopback_is_refused(self, host: str) -> None:
        with pytest.raises(AddressNotAllowedError):
            AddressGuard(resolver=system_addresses).vetted_addresses(host, 80)

    def test_a_name_without_an_address(self) -> None:
        def resolver(host: str, port: int) -> Sequence[str]:
            raise OSError("Name or service not known")

        with pytest.raises(HostUnknownError, match=r"'nowhere\.example' has no address .*not known") as caught:
            AddressGuard(resolver=resolver).vetted_addresses("nowhere.example", 80)

        assert caught.value.reason is FailureReason.UNREACHABLE

    def test_an_empty_answer(self) -> None:
        with pytest.raises(HostUnknownError, match="empty"):
            answering().vetted_addresses("nowhere.example", 80)

    def test_a_name_that_no_name_can_be(self) -> None:
        with pytest.raises(HostUnknownError, match="has no address"):
            AddressGuard(resolver=system_addresses).vetted_addresses("a" * 300, 80)


class TestPorts:
    @pytest.mark.parametrize("port", [22, 25, 3306, 6379, 8080, 27017])
    def test_other_ports_than_those_of_the_web_are_refused(self, port: int) -> None:
        with pytest.raises(AddressNotAllowedError, match=f"port {port}, which is not 80 or 443"):
            answering("8.8.8.8").vetted_addresses("example.org", port)

    def test_other_ports_may_be_asked_for(self) -> None:
        assert answering("8.8.8.8").vetted_addresses("example.org", 22, ports={22}) == ("8.8.8.8",)


class TestAllowedHosts:
    @pytest.mark.parametrize("host", ["wiki.lan", "WIKI.lan", "wiki.lan."])
    def test_an_allowed_host_may_lie_anywhere(self, host: str) -> None:
        guard = AddressGuard(["Wiki.LAN"], resolver=lambda _host, _port: ["10.0.0.1"])

        assert guard.vetted_addresses(host, 8080) == ["10.0.0.1"]

    @pytest.mark.parametrize("host", ["evil.wiki.lan", "wiki.lan.evil.org", "10.0.0.1"])
    def test_nothing_else_is_allowed_with_it(self, host: str) -> None:
        guard = AddressGuard(["wiki.lan"], resolver=lambda _host, _port: ["10.0.0.1"])

        with pytest.raises(AddressNotAllowedError, match="not public"):
            guard.vetted_addresses(host, 80)

    def test_an_ipv6_address_may_be_allowed_with_its_brackets(self) -> None:
        assert AddressGuard(["[::1]"]).vetted_addresses("::1", 8080) == ["::1"]
