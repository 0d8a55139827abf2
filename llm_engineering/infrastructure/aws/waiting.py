"""Waits for what AWS does on its own, for a time that is bounded."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from llm_engineering.domain.errors import RetryableError
from llm_engineering.infrastructure.aws.errors import AwsBusyError

T = TypeVar("T")

_BUSY_TRIES: Final = 5
"""Looks in a row that AWS may leave unanswered: a wait of half an hour does not end for one of them."""


class WaitedTooLongError(RetryableError):
    """Something in AWS did not come to an end in the time that was set."""

    def __init__(self, what: str, status: str, seconds: float) -> None:
        super().__init__(
            f"{what} is still {status} after {seconds / 60:g} minutes. AWS goes on with it.",
            remedy="Run the command again to go on waiting, or raise `wait_minutes`.",
        )
        self.status = status


@dataclass(frozen=True, slots=True)
class Clock:
    """Tells the time and lets it go by; tests have one of their own."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long to wait, how often to look, and who is told."""

    seconds: float = 3600.0
    every: float = 15.0
    clock: Clock = Clock()
    say: Callable[[str], None] = lambda _text: None
    """Is given a line at each change of the status, and one about every minute."""

    def until_settled(self, what: str, look: Callable[[], tuple[str, T | None]]) -> T:
        """Return what `look` gives when it is settled.

        Args:
            what: Is waited for; for messages.
            look: Returns the status as AWS calls it, and the result, or None as long as there is none.

        Raises:
            WaitedTooLongError: The time is over.
        """
        begin = self.clock.now()
        said_at, said_status = begin, ""
        busy = 0
        while True:
            try:
                status, result = look()
                busy = 0
            except AwsBusyError:
                busy += 1
                if busy >= _BUSY_TRIES:
                    raise
                status, result = said_status, None
            if result is not None:
                return result
            waited = self.clock.now() - begin
            if status != said_status or self.clock.now() - said_at >= 60:  # noqa: PLR2004 - seconds of a minute
                self.say(f"{what}: {status} ({waited / 60:.0f} of at most {self.seconds / 60:g} minutes)")
                said_at, said_status = self.clock.now(), status
            if waited >= self.seconds:
                raise WaitedTooLongError(what, status or "unknown", self.seconds)
            self.clock.sleep(min(self.every, max(self.seconds - waited, 0.1)))
