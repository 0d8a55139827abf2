"""Clients of Qdrant servers."""

import math

from pydantic import SecretStr
from qdrant_client import QdrantClient

from llm_engineering.infrastructure.vector_stores.server_addresses import ServerAddress


def server_client(address: ServerAddress, api_key: SecretStr | None, *, timeout_seconds: float) -> QdrantClient:
    """Return a client; nothing is sent yet.

    Args:
        address: Of the server's REST interface.
        api_key: Key of the server, if it needs one.
        timeout_seconds: How long one try may wait, rounded up to whole seconds.

    Raises:
        KeyInTheClearError: The key would leave this machine unencrypted.
        UnsendableKeyError: The key does not fit into a header.
    """
    return QdrantClient(
        url=address.url,
        # Given as `api_key`, a key to a loopback address would raise a warning about plain HTTP.
        headers=address.headers(api_key),
        timeout=math.ceil(timeout_seconds),
        # Would ask the server from a thread of its own and print a warning when that fails.
        check_compatibility=False,
        # A proxy of the environment has no business between this machine and itself, least of all with the key.
        trust_env=not address.is_loopback,
    )
