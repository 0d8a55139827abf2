"""Text for the readers of the standard csv module."""

import csv
import io
from typing import Final

_LONGEST_CELL: Final = 2**31 - 1
"""The most that the module takes on every platform, in characters."""


def csv_lines(text: str) -> io.StringIO:
    """Return the lines of a text for a reader of the csv module, and let that read cells of any length.

    The limit of the module, 131,072 characters by itself, holds for the whole process, so that what can be read would
    otherwise depend on who set it last. Where the text comes from has a limit of its own.

    Args:
        text: The content of a table; a byte order mark is ignored.
    """
    csv.field_size_limit(_LONGEST_CELL)
    return io.StringIO(text.removeprefix("\ufeff"), newline="")
