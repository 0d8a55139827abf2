import gzip
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.infrastructure.http_bodies import BodyTooLargeError, BodyUnreadableError, read_body


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def test_a_plain_body_comes_as_it_is() -> None:
    assert read_body([b"bread ", b"and salt"], "", 100).content == b"bread and salt"


@pytest.mark.parametrize("encoding", ["identity", " Identity "])
def test_identity_is_no_compression(encoding: str) -> None:
    assert read_body([b"bread"], encoding, 100).content == b"bread"


@given(body=st.binary(max_size=2000), size=st.integers(1, 300))
def test_a_compressed_body_is_decompressed_however_it_arrives(body: bytes, size: int) -> None:
    assert read_body(pieces(gzip.compress(body), size), "gzip", 5000).content == body


def test_the_members_of_a_compressed_body_follow_each_other() -> None:
    data = gzip.compress(b"bread ") + gzip.compress(b"and ") + gzip.compress(b"salt")

    assert read_body(pieces(data, 7), "x-gzip", 100).content == b"bread and salt"


def test_an_empty_body_may_be_declared_as_compressed() -> None:
    assert read_body([], "gzip", 100).content == b""


def test_what_came_over_the_network_is_counted() -> None:
    compressed = gzip.compress(b"bread " * 100)

    assert read_body([b"bread ", b"and salt"], "", 100).received_bytes == 14
    assert read_body(pieces(compressed, 7), "gzip", 1000).received_bytes == len(compressed)


def test_a_body_of_the_size_of_the_cap_is_read() -> None:
    assert read_body([b"x" * 60, b"x" * 40], "", 100).content == b"x" * 100


def test_what_follows_the_cap_is_not_read() -> None:
    arriving = iter([b"x" * 60, b"x" * 60, b"never read"])

    with pytest.raises(BodyTooLargeError):
        read_body(arriving, "", 100)

    assert next(arriving) == b"never read"


def test_a_bomb_takes_hardly_more_memory_than_the_cap() -> None:
    bomb = gzip.compress(bytes(20_000_000))
    tracemalloc.start()

    with pytest.raises(BodyTooLargeError):
        read_body([bomb], "gzip", 100_000)

    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_a_body_can_be_cut_at_the_cap() -> None:
    assert read_body([b"bread and salt"], "", 9, is_cut=True).content == b"bread and"
    assert read_body([gzip.compress(b"x" * 1000)], "gzip", 100, is_cut=True).content == b"x" * 100


@pytest.mark.parametrize(
    ("data", "encoding", "message"),
    [
        (b"bread", "gzip", "incorrect header"),
        (gzip.compress(b"bread")[:-1], "gzip", "cut off"),
        (b"bread", "br", "'br'"),
        (gzip.compress(gzip.compress(b"bread")), "gzip, gzip", "'gzip, gzip'"),
    ],
    ids=["not gzip", "cut off", "unknown", "twice"],  # the data holds the time, which would make other names each run
)
def test_a_body_that_cannot_be_decompressed(data: bytes, encoding: str, message: str) -> None:
    with pytest.raises(BodyUnreadableError, match=message):
        read_body([data], encoding, 1000)
