import pytest
from pydantic import SecretStr

from llm_engineering.infrastructure.vector_stores.server_addresses import (
    InvalidServerUrlError,
    KeyInTheClearError,
    ServerAddress,
    UnsendableKeyError,
)

KEY = SecretStr("s3cret-key")


@pytest.mark.parametrize(
    ("url", "understood"),
    [
        ("http://localhost:6333", "http://localhost:6333"),
        ("http://localhost", "http://localhost:6333"),
        ("https://Name.Cloud.Qdrant.io", "https://name.cloud.qdrant.io:6333"),
        ("https://example.com:443/qdrant/", "https://example.com:443/qdrant"),
        ("http://[::1]:6333/", "http://[::1]:6333"),
    ],
)
def test_an_address_is_written_out(url: str, understood: str) -> None:
    assert ServerAddress.parse(url).url == understood


@pytest.mark.parametrize(
    "url", ["", "localhost:6333", "ftp://localhost", "http://", "http:///path", "http://host?x=1", "http://host#x"]
)
def test_what_is_no_address_of_a_server_is_refused(url: str) -> None:
    with pytest.raises(InvalidServerUrlError, match="is not the http:// or https:// address of a server") as refused:
        ServerAddress.parse(url)
    assert refused.value.shown == url


@pytest.mark.parametrize("url", ["http://ada:s3cret@host", "https://s3cret@host", "http://localhost\\@s3cret.example"])
def test_a_password_in_an_address_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(InvalidServerUrlError, match="use QDRANT_API_KEY") as refused:
        ServerAddress.parse(url)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("url", ["http://host:port", "http://host:99999", "http://[::1"])
def test_an_address_that_cannot_be_read_is_refused(url: str) -> None:
    with pytest.raises(InvalidServerUrlError, match="cannot be read"):
        ServerAddress.parse(url)


@pytest.mark.parametrize(
    "url", ["http://localhost", "http://127.0.0.1", "http://127.8.0.1:80", "http://[::1]", "https://example.com"]
)
def test_a_key_goes_to_this_machine_or_encrypted(url: str) -> None:
    assert ServerAddress.parse(url).headers(KEY) == {"api-key": "s3cret-key"}


@pytest.mark.parametrize(
    "url", ["http://example.com", "http://10.0.0.1", "http://0.0.0.0", "http://127.0.0.1.example.com", "http://qdrant"]
)
def test_a_key_goes_nowhere_else(url: str) -> None:
    with pytest.raises(KeyInTheClearError, match="https://") as refused:
        ServerAddress.parse(url).headers(KEY)
    assert refused.value.server == f"{url}:6333"
    assert "s3cret" not in str(refused.value)


def test_without_a_key_there_is_no_header() -> None:
    assert ServerAddress.parse("http://example.com").headers(None) == {}


@pytest.mark.parametrize("key", ["s3cret\n", "s3 cret", "s3crét", "s3cret\x00"])
def test_a_key_that_fits_into_no_header_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(UnsendableKeyError, match=r"without line breaks") as refused:
        ServerAddress.parse("http://localhost").headers(SecretStr(key))
    assert refused.value.length == len(key)
    assert "s3" not in str(refused.value)
