import pytest
from pydantic import SecretStr

from llm_engineering.infrastructure.http_api.access import (
    LOOPBACK_NAMES,
    Access,
    InvalidNameError,
    KeyMissingError,
    Keys,
    WeakKeyError,
    given_key,
    is_loopback,
    is_own_origin,
)

KEY = "correct-horse-battery-staple"
OTHER = "another-key-of-good-length"


def access(
    host: str = "127.0.0.1", keys: str | None = None, hosts: str | None = None, origins: str | None = None
) -> Access:
    return Access.of(host=host, keys=SecretStr(keys) if keys else None, allowed_hosts=hosts, cors_origins=origins)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "LocalHost"])
def test_loopback_needs_no_key(host: str) -> None:
    assert is_loopback(host)
    assert access(host) == Access(Keys(), LOOPBACK_NAMES, ())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", "localhost.example.org", ""])
def test_elsewhere_a_key_is_needed(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(KeyMissingError, match="SERVICE_API_KEYS is not set"):
        access(host)
    assert access(host, KEY).hosts == ("*",)


def test_every_key_is_accepted_and_no_other() -> None:
    keys = Keys.of(SecretStr(f" {KEY}, {OTHER},"))

    assert keys.name_of(KEY) != keys.name_of(OTHER) is not None
    assert keys.name_of(f"{KEY} ") is None
    assert keys.name_of("") is None
    assert keys.name_of("\ud800") is None


def test_keys_show_nowhere() -> None:
    keys = Keys.of(SecretStr(KEY))

    assert KEY not in f"{keys!r} {keys.name_of(KEY)}"
    assert str(keys.digests[0]) not in repr(keys)


@pytest.mark.parametrize("keys", ["tooshort", f"{KEY},tooshort", "white space in a key", "schlüssel-mit-umlaut"])
def test_a_weak_key_is_refused_without_being_told(keys: str) -> None:
    with pytest.raises(WeakKeyError) as caught:
        Keys.of(SecretStr(keys))

    assert keys not in str(caught.value)


@pytest.mark.parametrize("hosts", ["http://a.org", "a b", "a.org:80", "*.*"])
def test_a_host_that_is_none_is_refused(hosts: str) -> None:
    with pytest.raises(InvalidNameError, match="SERVICE_ALLOWED_HOSTS"):
        access(hosts=hosts)


@pytest.mark.parametrize("origins", ["a.org", "https://a.org/path", "*", "null", "file://a"])
def test_an_origin_that_is_none_is_refused(origins: str) -> None:
    with pytest.raises(InvalidNameError, match="SERVICE_CORS_ORIGINS"):
        access(origins=origins)


def test_named_hosts_are_added_to_those_of_loopback() -> None:
    assert access("0.0.0.0", KEY, "twin.example.org, *.ada.dev").hosts == (
        "twin.example.org", "*.ada.dev", "localhost", "127.0.0.1", "[::1]",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({}, None),
        ({"authorization": f"Bearer {KEY}"}, KEY),
        ({"authorization": f"bearer  {KEY} "}, KEY),
        ({"x-api-key": KEY}, KEY),
        ({"authorization": f"Basic {KEY}"}, None),
        ({"authorization": "Bearer "}, None),
        ({"authorization": "Bearer ", "x-api-key": KEY}, KEY),
    ],
)
def test_a_key_comes_in_one_of_two_headers(headers: dict[str, str], key: str | None) -> None:
    assert given_key(headers) == key


@pytest.mark.parametrize(
    ("origin", "is_own"),
    [
        ("http://localhost:8000", True),
        ("https://localhost:8000", True),
        ("https://friend.org", True),
        ("http://localhost:8001", False),
        ("http://localhost", False),
        ("http://evil.org", False),
        ("null", False),
        ("", False),
        ("https://friend.org.evil.org", False),
    ],
)
def test_only_the_own_page_and_allowed_sites_are_own(origin: str, is_own: bool) -> None:
    assert is_own_origin(origin, "localhost:8000", ("https://friend.org",)) is is_own
