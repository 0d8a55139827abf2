"""How figures are written for people, on a terminal and in the dashboard."""

from collections.abc import Mapping
from typing import TypeGuard


def shown_value(value: object) -> str:
    """Return a figure as people write it: thousands separated, mappings as "key 1, other 2"."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {shown_value(count)}" for key, count in value.items()) or "none"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "" if value is None else str(value)
    return f"{value:,}"


def is_number(value: object) -> bool:
    """Whether a figure is a count or a measure."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_table(value: object) -> TypeGuard[Mapping[str, Mapping[str, object]]]:
    """Whether a figure maps names to figures of their own, such as those of each domain."""
    return isinstance(value, Mapping) and bool(value) and all(isinstance(row, Mapping) for row in value.values())
