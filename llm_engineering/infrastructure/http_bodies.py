"""Reads the body of an HTTP answer without trusting what the server says about its size."""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_GZIP: Final = zlib.MAX_WBITS | 16
_GZIP_MAGIC: Final = b"\x1f\x8b"

ACCEPTED_ENCODING: Final = "gzip"
"""The only compression that is asked for: each further one is further code that reads untrusted bytes."""


class BodyTooLargeError(Exception):
    """The body is longer than the cap, compressed or decompressed."""


class BodyUnreadableError(Exception):
    """The body cannot be decompressed: it is damaged, cut off, or compressed in a way that was not asked for."""


@dataclass(frozen=True, slots=True)
class Body:
    """The body of an answer."""

    content: bytes
    """Decompressed."""
    received_bytes: int
    """How many bytes of it came over the network, as compressed."""


def read_body(chunks: Iterable[bytes], encoding: str, max_bytes: int, *, is_cut: bool = False) -> Body:
    """Return the decompressed body; hardly more than the cap is ever held in memory.

    Args:
        chunks: The body as it comes from the network.
        encoding: Value of the header Content-Encoding; empty if there is none.
        max_bytes: Cap on the bytes from the network and on those of the result.
        is_cut: Whether a body beyond the cap is cut there instead of refused.

    Raises:
        BodyTooLargeError: The cap is exceeded; what follows is not read.
        BodyUnreadableError: It cannot be decompressed.
    """
    arriving = _Counted(chunks)
    content = b"".join(_decoded(_capped(arriving, max_bytes, is_cut), encoding, max_bytes, is_cut))
    return Body(content, arriving.bytes)


class _Counted:
    """Chunks whose bytes are counted as they pass."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.bytes = 0
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.bytes += len(chunk)
            yield chunk


def _decoded(chunks: Iterator[bytes], encoding: str, max_bytes: int, is_cut: bool) -> Iterator[bytes]:
    match encoding.strip().lower():
        case "" | "identity":
            return chunks
        case "gzip" | "x-gzip":
            return _capped(_decompressed(chunks, max_bytes), max_bytes, is_cut)
        case other:
            raise BodyUnreadableError(f"it is compressed as {other[:40]!r}")


def _capped(chunks: Iterable[bytes], max_bytes: int, is_cut: bool) -> Iterator[bytes]:
    left = max_bytes
    for chunk in chunks:
        if len(chunk) > left and not is_cut:
            raise BodyTooLargeError
        yield chunk[:left]
        left -= len(chunk)
        if left < 0:
            return


def _decompressed(chunks: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    """Yield the decompressed bytes, in pieces of at most one byte more than the cap. Members may follow each other."""
    member = zlib.decompressobj(_GZIP)
    chunk = b""
    try:
        for chunk in chunks:
            yield member.decompress(chunk, max_bytes + 1)
            while member.unused_data.startswith(_GZIP_MAGIC):
                rest, member = member.unused_data, zlib.decompressobj(_GZIP)
                yield member.decompress(rest, max_bytes + 1)
    except zlib.error as error:
        raise BodyUnreadableError(str(error)) from error
    if chunk and not member.eof:
        raise BodyUnreadableError("it is cut off")
