"""Which version of a stored prompt is current, and how it came to be."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from llm_engineering.domain.models import FrozenModel


class PinAction(StrEnum):
    """What changed the current version."""

    PIN = "pin"
    ROLLBACK = "rollback"


class PinEvent(FrozenModel):
    """One change of the current version of a prompt; events are only added, never changed."""

    name: str
    action: PinAction
    version: str
    """What is current after it."""
    happened_at: datetime


def pinned_versions(events: Iterable[PinEvent]) -> tuple[str, ...]:
    """Return the versions of one prompt that rolling back goes through, the current one last.

    Args:
        events: Those of the prompt, in the order of time.
    """
    versions: list[str] = []
    for event in events:
        if event.action is PinAction.ROLLBACK:
            versions.pop()
        elif versions[-1:] != [event.version]:
            versions.append(event.version)
    return tuple(versions)
