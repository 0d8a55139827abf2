"""What locust's clients do: ask question after question without a pause. Run by `benchmarks.service_load`."""

import random
import re
from itertools import chain
from typing import Final

from locust import FastHttpUser, constant, task

from benchmarks.service_index import DOCS

_HEADINGS: Final = list(
    chain.from_iterable(
        re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE) for page in sorted(DOCS.glob("*.md"))
    )
)


class Asker(FastHttpUser):
    """Asks about a heading of the documentation, in words of its own."""

    wait_time = constant(0)

    @task
    def ask(self) -> None:
        """Ask one question."""
        heading = random.choice(_HEADINGS)  # noqa: S311 - no secret
        question = {"query": f"What is said about {heading} and why?", "limit": 5}
        with self.rest("POST", "/rag", json=question) as response:
            if response.js is None or not response.js.get("text"):
                response.failure("no answer")  # type: ignore[no-untyped-call]  # of locust
