import pytest
from pydantic import SecretStr

from llm_engineering.infrastructure.language_models.addresses import (
    InvalidModelUrlError,
    ModelAddress,
    ModelKeyInTheClearError,
    UnsendableModelKeyError,
)


@pytest.mark.parametrize(
    ("given", "url", "host", "is_loopback"),
    [
        ("http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/v1", "127.0.0.1", True),
        ("http://localhost:11434/v1", "http://localhost:11434/v1", "localhost", True),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1", "::1", True),
        ("https://api.openai.com/v1", "https://api.openai.com/v1", "api.openai.com", False),
        ("http://localhost.evil.example/v1", "http://localhost.evil.example/v1", "localhost.evil.example", False),
    ],
)
def test_an_address_is_understood(given: str, url: str, host: str, *, is_loopback: bool) -> None:
    address = ModelAddress.parse(given)

    assert (address.url, address.host, address.is_loopback) == (url, host, is_loopback)


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8000", "ftp://host/v1", "http://", "http://host:port", "http://ada:hunter2@host", "http://h?key=hunter2"]
)  # fmt: skip
def test_what_is_no_address_is_refused_without_its_secret(url: str) -> None:
    with pytest.raises(InvalidModelUrlError, match="OPENAI_BASE_URL") as caught:
        ModelAddress.parse(url)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["https://host.example/v1", "http://127.0.0.1:1/v1", "http://localhost/v1"])
def test_a_key_goes_where_nobody_else_reads_it(url: str) -> None:
    ModelAddress.parse(url).require_fit_for(SecretStr("hunter2"))


@pytest.mark.parametrize("url", ["http://host.example/v1", "http://192.168.0.2:8000/v1"])
def test_a_key_does_not_cross_a_network_in_the_clear(url: str) -> None:
    address = ModelAddress.parse(url)
    address.require_fit_for(None)

    with pytest.raises(ModelKeyInTheClearError, match="https://") as caught:
        address.require_fit_for(SecretStr("hunter2"))

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("key", ["hunter 2", "hunter2\n", "hünter2"])
def test_a_key_has_to_fit_into_a_header(key: str) -> None:
    with pytest.raises(UnsendableModelKeyError, match=r"OPENAI_API_KEY \(\d characters\)"):
        ModelAddress.parse("https://host.example").require_fit_for(SecretStr(key))
