"""How much one page may take while a browser shows it."""

from dataclasses import dataclass
from typing import Final

from llm_engineering.application.crawl.fetching import FailureReason, FetchError

CLOSING_SECONDS: Final = 5.0
"""How long to wait at most for a page, the browser or its driver to end."""


@dataclass(frozen=True, slots=True)
class RenderCaps:
    """Caps per page."""

    timeout_seconds: float = 30
    """From the start of its scripts to its text."""
    settle_seconds: float = 5
    """How long to wait at most until it is read, and again until it asks for nothing more for half a second; then it is
    taken as it is."""
    max_requests: int = 100
    """Scripts and data that are fetched for it."""
    max_bytes: int = 20_000_000
    """Of all these together, and of the page in the end."""

    def exceeded(self, url: str) -> FetchError:
        """Return the error for a page that asks for more."""
        return FetchError(
            FailureReason.TOO_LARGE,
            f"The page {url} asks for more than {self.max_requests} files, {self.max_bytes} bytes or "
            f"{self.timeout_seconds:g} seconds while its scripts run.",
            remedy="Remove the link.",
        )
