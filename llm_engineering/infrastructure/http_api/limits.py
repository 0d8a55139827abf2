"""What one caller, and all together, may ask of the service."""

import math
from dataclasses import dataclass
from typing import Final

from limits import RateLimitItem, parse_many

from llm_engineering.domain.errors import InvalidInputError

UNLIMITED: Final = "none"


class InvalidRateError(InvalidInputError):
    """A rate is not written as one."""

    def __init__(self, rate: str) -> None:
        super().__init__(
            f"SERVICE_RATE_LIMIT is {rate[:80]!r}, which is no rate.",
            remedy='Write it as "60/minute", several as "10/second; 300/hour", or "none" for no limit.',
        )
        self.rate = rate


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLimits:
    """Limits of a running service; those of a question itself stand in `Question`."""

    rates: tuple[RateLimitItem, ...] = ()
    """How often one key, or without keys one address, may ask; empty: as often as it likes."""
    max_body_bytes: int = 262_144
    max_concurrency: int = 8
    """Requests that are worked on at the same time."""
    max_waiting: int = 64
    """Further requests that wait for their turn; those beyond are turned away."""
    deadline_seconds: float = 60.0
    """For one request, its wait included."""
    body_seconds: float = 10.0
    """In which the body of a request has to arrive."""
    ping_seconds: float = 15.0
    """A stream with nothing to say sends a comment this often, so that no proxy takes it for dead."""

    @property
    def retry_after_seconds(self) -> int:
        """What somebody who is turned away is told to wait."""
        return max(1, math.ceil(self.deadline_seconds / 30))


def rates_of(text: str) -> tuple[RateLimitItem, ...]:
    """Return the rates that a setting names; none for "none".

    Raises:
        InvalidRateError: It names none.
    """
    if text.strip().lower() == UNLIMITED:
        return ()
    try:
        rates = tuple(parse_many(text))
    except ValueError as error:
        raise InvalidRateError(text) from error
    if not rates or any(rate.amount < 1 for rate in rates):
        raise InvalidRateError(text)
    return rates
