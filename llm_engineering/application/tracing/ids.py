"""Identifiers of traces."""

import secrets
import time
from typing import Final
from uuid import UUID

_RANDOM_BITS: Final = 74
_VERSION_7: Final = 0x7 << 76
_VARIANT: Final = 0b10 << 62


def new_trace_id(unix_milliseconds: int | None = None) -> str:
    """Return a new UUID of version 7 (RFC 9562, 5.7): its order is that of time, and Opik takes no other version.

    Args:
        unix_milliseconds: The time that it carries, by default now; from 0 to 2**48 - 1.
    """
    milliseconds = time.time_ns() // 1_000_000 if unix_milliseconds is None else unix_milliseconds
    random = secrets.randbits(_RANDOM_BITS)
    high, low = random >> 62, random & ((1 << 62) - 1)
    return str(UUID(int=milliseconds << 80 | _VERSION_7 | high << 64 | _VARIANT | low))
