"""Identifiers that follow from what a thing is, so that writing it twice is writing it once."""

import hashlib
import json
from typing import Final
from uuid import UUID, uuid5

NAMESPACE: Final = UUID("6f0c1f5e-6c0a-5d0e-9d63-2a4a1f8f7b11")
"""The namespace of every identifier of the project. Changing it orphans every stored record."""


def identifier(*natural_key: str) -> str:
    """Return the UUID (version 5, RFC 9562) of a natural key.

    The parts are joined as a JSON list, so that ("a", "bc") and ("ab", "c") differ.
    """
    return str(uuid5(NAMESPACE, json.dumps(natural_key, ensure_ascii=False)))


def content_hash(*parts: str | None) -> str:
    """Return the SHA-256 of the parts in hexadecimal; `None` and the empty string differ."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()
