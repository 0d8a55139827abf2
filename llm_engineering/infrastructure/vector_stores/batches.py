"""How much of a collection is sent or read at a time."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

ItemT = TypeVar("ItemT")

POINTS_PER_WRITE: Final = 256
"""Points of one write: some megabytes as JSON with vectors of 1,000 numbers; a server takes 32 MB."""
RECORDS_PER_PAGE: Final = 1000
"""Records of one page when a collection is read through."""


def batches(items: Sequence[ItemT], size: int) -> Iterator[Sequence[ItemT]]:
    """Yield the items in order, `size` at a time, the last time fewer."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
