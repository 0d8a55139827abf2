"""What a person may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(given: str, allowed: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the allowed word that is closest, or nothing if none is close."""
    close = get_close_matches(given, list(allowed), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
