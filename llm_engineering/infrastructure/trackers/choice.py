"""The tracker that the settings choose."""

from importlib.util import find_spec
from typing import Final
from urllib.parse import urlsplit

from loguru import logger
from pydantic import SecretStr

from llm_engineering.application.train.no_tracker import NoTracker
from llm_engineering.application.train.tracking import ExperimentTracker
from llm_engineering.domain.errors import InvalidInputError, TwinError
from llm_engineering.infrastructure.trackers.comet_tracker import CometRun, CometTracker
from llm_engineering.infrastructure.vector_stores.server_addresses import is_loopback
from llm_engineering.settings import Settings

COMET_FOLDER: Final = "comet"
"""Below the data folder: runs that wait to be uploaded."""
_INSTALL: Final = "pip install 'llm-twin[train]' (or: make setup)"


class CometMissingError(TwinError):
    """Runs are to be recorded for Comet, but its library is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "The library 'comet-ml', which records runs of training, is not installed.",
            remedy=f"Install it: {_INSTALL}; or set EXPERIMENT_TRACKER=off.",
        )


class CometSettingsError(InvalidInputError):
    """Comet cannot be reached as the settings say, or not safely."""


def experiment_tracker(settings: Settings, name: str) -> ExperimentTracker:
    """Return a tracker for a run; the caller finishes it.

    With `EXPERIMENT_TRACKER=auto` the run goes to Comet if there is a key, else into a ZIP below the data folder.

    Args:
        settings: Say whether and where.
        name: What the run is called.

    Raises:
        CometMissingError: The library is not there, and the settings name it.
        CometSettingsError: There is no key for `online`, or it would cross a network unencrypted.
    """
    chosen = settings.experiment_tracker
    if chosen == "off":
        return NoTracker()
    key = None if chosen == "offline" else _key(settings, is_required=chosen == "online")
    if find_spec("comet_ml") is None:
        if chosen != "auto":
            raise CometMissingError
        logger.info("the run is recorded nowhere, because comet-ml is not installed: {install}", install=_INSTALL)
        return NoTracker()
    run = CometRun(
        folder=settings.data_folder / COMET_FOLDER,
        name=name,
        project=settings.comet_project,
        workspace=settings.comet_workspace,
        key=key,
        url=settings.comet_url_override if key is not None else None,
        secrets=settings.secrets,
    )
    return CometTracker(run)


def _key(settings: Settings, *, is_required: bool) -> SecretStr | None:
    key, url = settings.comet_api_key, settings.comet_url_override
    if key is None:
        if is_required:
            raise CometSettingsError(
                "EXPERIMENT_TRACKER is online, but there is no key of Comet.",
                remedy="Set COMET_API_KEY, or EXPERIMENT_TRACKER=offline to keep runs in ZIP files.",
            )
        return None
    if url is not None:
        _require_safe(url)
    return key


def _require_safe(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, scheme, has_password = parts.hostname, parts.scheme, parts.password is not None
    except ValueError:
        host, scheme, has_password = None, "", False
    # What cannot be read is not shown: it may hold a password anywhere.
    if host is None or has_password or scheme not in {"http", "https"}:
        raise CometSettingsError(
            "COMET_URL_OVERRIDE is not the http:// or https:// address of a Comet server, or holds a password.",
            remedy="Set it to an address like https://comet.example.org/clientlib/, or unset it for Comet's cloud.",
        )
    if scheme == "http" and not is_loopback(host):
        raise CometSettingsError(
            f"The key of COMET_API_KEY would be sent unencrypted to {host}.",
            remedy="Use an address with https://, or EXPERIMENT_TRACKER=offline.",
        )
