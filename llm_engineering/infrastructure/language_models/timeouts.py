"""How long a language model is waited for."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ModelTimeouts:
    """Seconds."""

    connect: float = 5.0
    """For a connection."""
    whole: float = 120.0
    """For a call, from its beginning to the last piece, the time that the reader of a stream takes not counted."""
    token: float = 60.0
    """For the first piece of a stream, and from each to the next one."""


STANDARD_TIMEOUTS: Final = ModelTimeouts()


async def timed(
    items: AsyncIterator[T], timeouts: ModelTimeouts, late: Callable[[float, str], Exception]
) -> AsyncGenerator[T]:
    """Yield what comes in time.

    The time in which the reader does something else is not counted, and nothing interrupts the reader.

    Args:
        items: What is waited for.
        timeouts: How long.
        late: Makes the error of what came too late from the seconds and the name of the setting.
    """
    loop = asyncio.get_running_loop()
    left = timeouts.whole
    while True:
        limit = min(timeouts.token, left)
        began = loop.time()
        try:
            async with asyncio.timeout(limit):
                item = await anext(items)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            is_whole = limit == left
            setting = "LANGUAGE_MODEL_TIMEOUT_SECONDS" if is_whole else "LANGUAGE_MODEL_TOKEN_TIMEOUT_SECONDS"
            raise late(timeouts.whole if is_whole else timeouts.token, setting) from error
        left = max(left - (loop.time() - began), 0.0)
        yield item
