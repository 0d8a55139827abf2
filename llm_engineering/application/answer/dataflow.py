"""Hamilton, of which everything that takes part in the dataflow of an answer is imported from here.

Whoever imports Hamilton's decorators makes it look for some twenty libraries that it has extensions for, and import
those that are installed: seconds, and hundreds of megabytes. No node here is a column of a table, so it is told that
it has looked already. It reports nothing to anybody (its telemetry was removed in version 1.89).
"""

import logging  # noqa: TID251 - Hamilton logs through it
from typing import Final

from hamilton import registry

registry.INITIALIZED = True

from hamilton.async_driver import AsyncDriver, Builder  # noqa: E402 - after the line above
from hamilton.function_modifiers import config  # noqa: E402
from hamilton.lifecycle import LifecycleAdapter  # noqa: E402

__all__ = ["AsyncDriver", "Builder", "LifecycleAdapter", "config", "silenced"]

_LOGGER: Final = "hamilton"


def silenced() -> None:
    """Keep Hamilton from printing the inputs of a node that failed, which hold questions and texts of others.

    The error itself is raised all the same.
    """
    logging.getLogger(_LOGGER).setLevel(logging.CRITICAL + 1)
