"""Where calls run that would keep an event loop from its other work."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Threads:
    """A bounded pool of threads, which whoever made it also closes; calls wait for a free one in order."""

    executor: Executor

    async def result(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what a function returns that is called in one of the threads.

        A call that has begun is not interrupted when the one who waits for it is cancelled.
        """
        return await asyncio.get_running_loop().run_in_executor(self.executor, partial(function, *args, **kwargs))
