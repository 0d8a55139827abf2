"""Whether the ZenML server that this machine's client is connected to answers."""

import socket
from typing import Final
from urllib.parse import urlsplit

from zenml.config.global_config import GlobalConfiguration
from zenml.enums import StoreType

from llm_engineering.domain.errors import StoreUnavailableError

_TIMEOUT_SECONDS: Final = 3.0
_PORTS: Final = {"http": 80, "https": 443}


class ZenmlServerSilentError(StoreUnavailableError):
    """ZenML's client is connected to a server that does not answer, as after a restart of the machine."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"ZenML is connected to the server at {url}, which does not answer ({reason}).",
            remedy="Start the dashboard again with `make dashboard` (`zenml login --local`), or go on without it: "
            "`zenml logout`. Neither loses a run.",
        )
        self.url = url


def checked_zenml_server() -> str | None:
    """Return the address of the ZenML server that runs are recorded by; None if that is a local database.

    Raises:
        ZenmlServerSilentError: The server does not accept a connection.
    """
    store = GlobalConfiguration().store_configuration
    if store.type != StoreType.REST:
        return None
    check_answers(store.url)
    return store.url


def check_answers(url: str) -> None:
    """Connect to the server of an address and hang up.

    Raises:
        ZenmlServerSilentError: It does not accept a connection within three seconds.
    """
    parts = urlsplit(url)
    try:
        address = (parts.hostname or "", parts.port or _PORTS[parts.scheme])
        socket.create_connection(address, timeout=_TIMEOUT_SECONDS).close()
    except OSError as error:
        raise ZenmlServerSilentError(url, error.strerror or type(error).__name__) from error
