"""What locust's clients do: ask, pause if that is set, and ask again. Run by `benchmarks.service_load`."""

import os
import random
import re
from itertools import chain
from typing import Final

from locust import FastHttpUser, between, task

from benchmarks.service_index import DOCS, PAUSE, REPEATED

_HEADINGS: Final = list(
    chain.from_iterable(
        re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE) for page in sorted(DOCS.glob("*.md"))
    )
)
_PAUSE_SECONDS: Final = float(os.environ.get(PAUSE, "0"))
_AGAIN: Final = [f"What is said about {heading} and why?" for heading in _HEADINGS[:100]]


class Asker(FastHttpUser):
    """Asks about headings of the documentation, in words of its own."""

    # People do not ask in step.
    wait_time = between(0.5 * _PAUSE_SECONDS, 1.5 * _PAUSE_SECONDS)

    @task
    def ask(self) -> None:
        """Ask one question."""
        one, other = random.sample(_HEADINGS, 2)
        new = f"What is said about {one} and {other}?"
        asked = random.choice(_AGAIN) if REPEATED in os.environ else new  # noqa: S311 - no secret
        with self.rest("POST", "/rag", json={"query": asked, "limit": 5}) as response:
            if response.js is None or not response.js.get("text"):
                response.failure("no answer")  # type: ignore[no-untyped-call]  # of locust
