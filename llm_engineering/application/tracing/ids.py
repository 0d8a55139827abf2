"""Identifiers of traces and spans: UUIDs of version 7 (RFC 9562, 5.7), whose order is that of time.

Opik takes no other version, and what is stored by them can be listed in the order in which it happened.
"""

import hashlib
import secrets
import time
from datetime import datetime
from typing import Final
from uuid import UUID

_RANDOM_BITS: Final = 74
_VERSION: Final = 7


def new_trace_id() -> str:
    """Return a new identifier that carries the time of now; for traces and for spans."""
    return _version_7(time.time_ns() // 1_000_000, secrets.randbits(_RANDOM_BITS))


def is_time_ordered(text: str) -> bool:
    """Whether a text is a UUID of version 7."""
    try:
        return UUID(text).version == _VERSION
    except ValueError:
        return False


def time_ordered(text: str, at: datetime) -> str:
    """Return an identifier as it is if it is a UUID of version 7, else the one that belongs to it and a time."""
    if is_time_ordered(text):
        return str(UUID(text))
    digest = int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest())
    return _version_7(int(at.timestamp() * 1000), digest >> (256 - _RANDOM_BITS))


def _version_7(milliseconds: int, random: int) -> str:
    high, low = random >> 62, random & ((1 << 62) - 1)
    return str(UUID(int=milliseconds << 80 | _VERSION << 76 | high << 64 | 0b10 << 62 | low))
