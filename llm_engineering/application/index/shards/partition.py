"""Which shard a document belongs to."""

from hashlib import blake2b
from typing import Final

_MULTIPLIER: Final = 2862933555777941757
_64_BITS: Final = (1 << 64) - 1


def shard_of(document_id: str, shards: int) -> int:
    """Return the number of a document's shard, from 0, by jump consistent hashing (J. Lamping and E. Veach, 2014).

    It depends on the id and the number of shards alone: no other document has an influence. With one shard more a
    document stays where it is or moves to the new one, which one in `shards + 1` does.

    Args:
        document_id: Any string.
        shards: How many there are, at least 1.
    """
    digest = blake2b(document_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return jump_hash(int.from_bytes(digest, "big"), shards)


def jump_hash(key: int, buckets: int) -> int:
    """Return the bucket of a key, from 0.

    Args:
        key: 64 bits.
        buckets: How many there are, at least 1.
    """
    number, jump = 0, 0
    while jump < buckets:
        number = jump
        key = (key * _MULTIPLIER + 1) & _64_BITS
        jump = int((number + 1) * ((1 << 31) / ((key >> 33) + 1)))
    return number
